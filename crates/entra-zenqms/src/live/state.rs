//! What the page shows: both directories, side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use simulator::{Account, Member, Person, Simulation, UserType, World};
use uuid::Uuid;

use crate::agreement::{Cell, Comparison, Rules};
use crate::watch::Watch;

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct State {
    revision: u64,
    /// Whether the company lives by itself.
    living: bool,
    groups: Vec<Group>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Group {
    id: Uuid,
    name: String,
    /// The roles that it gives.
    roles: Vec<String>,
}

/// A person, his account, or both.
#[derive(Debug, Serialize)]
struct Row {
    /// The person's id, or the account's.
    key: String,
    person: Option<Entra>,
    account: Option<Zenqms>,
    /// What does not agree.
    differs: Vec<Cell>,
    /// Why it need not.
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Entra {
    id: Uuid,
    name: String,
    mail: Option<String>,
    title: Option<String>,
    enabled: Option<bool>,
    deleted: bool,
    guest: bool,
    /// The groups that the person is in directly.
    groups: Vec<Uuid>,
}

#[derive(Debug, Serialize)]
struct Zenqms {
    id: u64,
    name: String,
    email: String,
    title: String,
    active: bool,
    roles: Vec<Role>,
}

#[derive(Debug, Serialize)]
struct Role {
    name: String,
    /// Whether it hangs on a group.
    mapped: bool,
}

impl State {
    pub(super) fn of(simulation: &Simulation, watch: &Watch, living: bool) -> Option<Self> {
        let rules = watch.rules()?;
        // Before the world is read, so that no news is missed that comes between the two.
        let revision = watch.revision();
        let (groups, mut rows) = simulation.world(|world| (groups(world, rules), rows(world, rules)));
        for row in &mut rows {
            row.reason = row.person.as_ref().and_then(|person| watch.reason(person.id));
        }
        Some(Self { revision, living, groups, rows })
    }
}

fn groups(world: &World, rules: &Rules) -> Vec<Group> {
    let living = world.groups.values().filter(|group| group.deleted.is_none());
    let shown = living.map(|group| Group {
        id: group.id,
        name: group.display_name.to_string(),
        roles: rules.roles_of(group.id).to_vec(),
    });
    shown.collect()
}

/// People by their names, then accounts that are nobody's.
fn rows(world: &World, rules: &Rules) -> Vec<Row> {
    let comparison = Comparison::new(world, rules);
    let mut memberships: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for group in world.groups.values().filter(|group| group.deleted.is_none()) {
        for member in &group.members {
            if let Member::Person(person) = member {
                memberships.entry(*person).or_default().push(group.id);
            }
        }
    }
    let mut shown = BTreeSet::new();
    let mut rows = Vec::new();
    for person in world.people.iter() {
        let account = comparison.account_of(person.id);
        shown.extend(account.map(|account| account.id));
        rows.push(Row {
            key: person.id.to_string(),
            person: Some(entra(person, memberships.remove(&person.id).unwrap_or_default())),
            account: account.map(|account| zenqms(account, &comparison)),
            differs: comparison.differing(person.id),
            reason: None,
        });
    }
    rows.sort_by_cached_key(|row| row.person.as_ref().map(|person| sorted_by(&person.name)));
    let others = world.accounts.iter().filter(|account| !shown.contains(&account.id));
    rows.extend(others.map(|account| Row {
        key: format!("account {}", account.id),
        person: None,
        account: Some(zenqms(account, &comparison)),
        differs: Vec::new(),
        reason: None,
    }));
    rows
}

/// Without what no alphabet has a place for.
fn sorted_by(name: &str) -> String {
    name.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn entra(person: &Person, groups: Vec<Uuid>) -> Entra {
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
    let name = [&person.given_name, &person.surname].into_iter().flatten().map(|part| part.trim()).collect::<Vec<_>>();
    Entra {
        id: person.id,
        name: name.join(" "),
        mail: text(&person.mail),
        title: text(&person.job_title),
        enabled: person.account_enabled,
        deleted: person.deleted.is_some(),
        guest: person.user_type == Some(UserType::Guest),
        groups,
    }
}

fn zenqms(account: &Account, comparison: &Comparison<'_>) -> Zenqms {
    let roles = comparison.roles_held(account).into_iter();
    Zenqms {
        id: account.id.0,
        name: format!("{} {}", account.first_name, account.last_name),
        email: account.email.to_string(),
        title: account.title.to_string(),
        active: account.is_active,
        roles: roles.map(|(name, mapped)| Role { name: name.to_owned(), mapped }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use simulator::{Behaviour, Group as WorldGroup, Role as WorldRole};
    use sync_core::domain::{GroupId, Mapping, Role as MappedRole, RoleId};
    use sync_core::ports::Nesting;

    use super::*;

    const ANNA: Uuid = Uuid::from_u128(1);
    const TEAM: Uuid = Uuid::from_u128(100);

    #[tokio::test]
    async fn the_json_has_what_the_page_reads() {
        let world = World::default()
            .with_person(Person::new(ANNA, "Anna", "<b>", "anna@acme.example", "Lead"))
            .with_group(WorldGroup::new(TEAM, "Team").with_people([ANNA]))
            .with_role(WorldRole::new(7, "QA"))
            .with_account(Account::new(1, "anna@acme.example", "Anna", "<b>", "Analyst").linked_to(ANNA))
            .with_account(Account::new(2, "else@acme.example", "Some", "One", "Guest").with_roles([7]));
        let simulation = Simulation::new(world, Behaviour::default());
        let watch = Watch::new(simulation.clone());
        assert!(State::of(&simulation, &watch, false).is_none(), "nothing is known yet");
        let mut mapping = Mapping::default();
        mapping
            .add(GroupId::from(TEAM), MappedRole { id: RoleId::text("7"), name: "QA".to_owned(), is_default: false });
        watch.begin(Rules::new(&mapping, Nesting::Transitive, true));
        let state = serde_json::to_value(State::of(&simulation, &watch, true).unwrap()).unwrap();
        let expected = json!({
            "revision": 0,
            "living": true,
            "groups": [{"id": TEAM, "name": "Team", "roles": ["QA"]}],
            "rows": [
                {
                    "key": ANNA,
                    "person": {
                        "id": ANNA, "name": "Anna <b>", "mail": "anna@acme.example", "title": "Lead",
                        "enabled": true, "deleted": false, "guest": false, "groups": [TEAM],
                    },
                    "account": {
                        "id": 1, "name": "Anna <b>", "email": "anna@acme.example", "title": "Analyst",
                        "active": true, "roles": [],
                    },
                    "differs": ["title", "roles"],
                    "reason": null,
                },
                {
                    "key": "account 2",
                    "person": null,
                    "account": {
                        "id": 2, "name": "Some One", "email": "else@acme.example", "title": "Guest",
                        "active": true, "roles": [{"name": "QA", "mapped": true}],
                    },
                    "differs": [],
                    "reason": null,
                },
            ],
        });
        assert_eq!(state, expected);
    }
}
