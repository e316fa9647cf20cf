//! Whether ZenQMS says of a person what the directory says. Worked out here afresh from the two simulated services, so
//! that what is shown does not rest on the planner's word.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use simulator::{Account, Person, World};
use sync_core::domain::Mapping;
use sync_core::ports::Nesting;
use uuid::Uuid;

/// Something that both sides have, and that may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cell {
    /// Whether there is an account.
    Account,
    Name,
    Email,
    Title,
    Active,
    Roles,
}

/// What is to agree with what.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The names of the roles that each mapped group gives.
    roles: BTreeMap<Uuid, Vec<String>>,
    nesting: Nesting,
    /// Whether people without an account get one.
    creates: bool,
}

impl Rules {
    pub(crate) fn new(mapping: &Mapping, nesting: Nesting, creates: bool) -> Self {
        let named = |group| mapping.roles_of(group).filter_map(|role| Some(mapping.role(role)?.name.clone())).collect();
        let roles = mapping.groups().map(|group| (Uuid::from_bytes(group.to_bytes()), named(group))).collect();
        Self { roles, nesting, creates }
    }

    /// The names of the roles that a group gives.
    pub(crate) fn roles_of(&self, group: Uuid) -> &[String] {
        self.roles.get(&group).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A world, ready to be compared.
pub(crate) struct Comparison<'a> {
    world: &'a World,
    rules: &'a Rules,
    members: BTreeMap<Uuid, BTreeSet<Uuid>>,
    mapped: BTreeSet<&'a str>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(world: &'a World, rules: &'a Rules) -> Self {
        let transitive = rules.nesting == Nesting::Transitive;
        let members = rules.roles.keys().map(|&group| (group, world.members_of(group, transitive))).collect();
        let mapped = rules.roles.values().flatten().map(String::as_str).collect();
        Self { world, rules, members, mapped }
    }

    /// The one account that is linked to a person.
    pub(crate) fn account_of(&self, person: Uuid) -> Option<&'a Account> {
        let id = person.to_string();
        let mut linked = self.world.accounts.by_external_id(&id).map(|account| account.id);
        let only = linked.next().filter(|_| linked.next().is_none())?;
        self.world.accounts.get(only)
    }

    /// The names of the roles that an account holds, and for each whether it hangs on a group.
    pub(crate) fn roles_held(&self, account: &Account) -> Vec<(&'a str, bool)> {
        let names = account.roles.iter().filter_map(|role| Some(&*self.world.roles.get(role)?.name));
        names.map(|name| (name, self.mapped.contains(name))).collect()
    }

    /// The names of the roles that a person's groups give him.
    pub(crate) fn roles_due(&self, person: Uuid) -> BTreeSet<&'a str> {
        let groups = self.members.iter().filter(|(_, members)| members.contains(&person));
        groups.flat_map(|(group, _)| self.rules.roles_of(*group)).map(String::as_str).collect()
    }

    /// What does not agree.
    pub(crate) fn differing(&self, person: Uuid) -> Vec<Cell> {
        let account = self.account_of(person);
        let living = self.world.people.get(person).filter(|person| person.deleted.is_none());
        match (living, account) {
            (None, account) => account.filter(|account| account.is_active).map(|_| Cell::Active).into_iter().collect(),
            (Some(person), None) => self.is_due_an_account(person).then_some(Cell::Account).into_iter().collect(),
            (Some(person), Some(account)) => self.differing_from(person, account),
        }
    }

    fn differing_from(&self, person: &Person, account: &Account) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut mark = |cell, differs: bool| cells.extend(differs.then_some(cell));
        match Complete::of(person) {
            Some(Complete { first, last, title, mail }) => {
                mark(Cell::Name, first != &*account.first_name || last != &*account.last_name);
                mark(Cell::Email, mail.to_lowercase() != account.email.to_lowercase());
                mark(Cell::Title, title != &*account.title);
                mark(Cell::Active, person.account_enabled.is_some_and(|enabled| enabled != account.is_active));
            }
            // Of somebody incomplete nothing is written, but that he may not sign in any more.
            None => mark(Cell::Active, person.account_enabled == Some(false) && account.is_active),
        }
        let held: BTreeSet<&str> = self.roles_held(account).into_iter().map(|(name, _)| name).collect();
        let due = self.roles_due(person.id);
        let is_default = |name: &str| self.world.roles.values().any(|role| role.is_default && &*role.name == name);
        let too_many = held.iter().any(|name| self.mapped.contains(name) && !due.contains(name) && !is_default(name));
        mark(Cell::Roles, too_many || !due.is_subset(&held));
        cells
    }

    /// Whether there is nothing in the way of an account.
    fn is_due_an_account(&self, person: &Person) -> bool {
        let Some(Complete { mail, .. }) = Complete::of(person).filter(|_| self.rules.creates) else { return false };
        let is_same = |other: &str| other.trim().to_lowercase() == mail.to_lowercase();
        let rivals = self.world.people.iter().filter(|other| {
            other.id != person.id && other.deleted.is_none() && other.mail.as_deref().is_some_and(is_same)
        });
        let linked = self.world.accounts.by_email(mail).any(|account| account.external_id.is_some());
        !linked && rivals.count() == 0
    }
}

/// The fields that a person must have, trimmed.
struct Complete<'a> {
    first: &'a str,
    last: &'a str,
    title: &'a str,
    mail: &'a str,
}

impl<'a> Complete<'a> {
    fn of(person: &'a Person) -> Option<Self> {
        let text =
            |text: &'a Option<std::sync::Arc<str>>| text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        Some(Self {
            first: text(&person.given_name)?,
            last: text(&person.surname)?,
            title: text(&person.job_title)?,
            mail: text(&person.mail)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use simulator::{Group, Role};
    use sync_core::domain::{GroupId, Role as MappedRole, RoleId};

    use super::*;

    const ANNA: Uuid = Uuid::from_u128(1);
    const TEAM: Uuid = Uuid::from_u128(100);

    fn rules() -> Rules {
        let mut mapping = Mapping::default();
        let role = MappedRole { id: RoleId::text("7"), name: "QA".to_owned(), is_default: false };
        mapping.add(GroupId::from(TEAM), role);
        Rules::new(&mapping, Nesting::Transitive, true)
    }

    fn world() -> World {
        World::default()
            .with_person(Person::new(ANNA, "Anna", "Meier", "anna@acme.example", "Analyst"))
            .with_group(Group::new(TEAM, "Team").with_people([ANNA]))
            .with_role(Role::new(7, "QA"))
            .with_account(
                Account::new(1, "ANNA@acme.example", "Anna", "Meier", "Analyst").linked_to(ANNA).with_roles([7]),
            )
    }

    fn differing(world: &World) -> Vec<Cell> {
        Comparison::new(world, &rules()).differing(ANNA)
    }

    #[test]
    fn who_is_in_line_differs_in_nothing() {
        assert_eq!(differing(&world()), []);
    }

    #[test]
    fn each_difference_is_found_by_itself() {
        let mut world = world();
        world.people.update(ANNA, |anna| {
            anna.job_title = Some("Lead".into());
            anna.account_enabled = Some(false);
        });
        assert_eq!(differing(&world), [Cell::Title, Cell::Active]);
        world.groups.clear();
        assert_eq!(differing(&world), [Cell::Title, Cell::Active, Cell::Roles]);
        world.people.update(ANNA, |anna| anna.job_title = None);
        assert_eq!(differing(&world), [Cell::Active, Cell::Roles], "an incomplete profile is not compared");
        world.people.remove(ANNA);
        assert_eq!(differing(&world), [Cell::Active], "whoever is gone has no active account");
    }

    #[test]
    fn an_account_is_missed_only_where_nothing_is_in_its_way() {
        let mut world = World { accounts: simulator::Accounts::default(), ..world() };
        assert_eq!(differing(&world), [Cell::Account]);
        let double = Person::new(Uuid::from_u128(2), "An", "Other", "Anna@acme.example", "Analyst");
        world.people.insert(double);
        assert_eq!(differing(&world), []);
    }
}
