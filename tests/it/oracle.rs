//! The rules of the synchronisation, written a second time and from the other end: not "what is to be done for this
//! person" but "what must ZenQMS look like in the end". Slow, simple, and sharing nothing with the planner.

use std::collections::{BTreeMap, BTreeSet};

use simulator::{Account, AccountNumber, Person, RoleNumber, World};
use uuid::Uuid;

/// What hangs on which group.
pub(crate) type Roles = BTreeMap<Uuid, BTreeSet<u64>>;

/// An account without its id, which a new one gets from ZenQMS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) external_id: Option<String>,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) title: String,
    pub(crate) is_active: bool,
    pub(crate) roles: BTreeSet<u64>,
}

pub(crate) fn seen(account: &Account) -> Seen {
    Seen {
        external_id: account.external_id.as_deref().map(str::to_owned),
        email: account.email.to_string(),
        first_name: account.first_name.to_string(),
        last_name: account.last_name.to_string(),
        title: account.title.to_string(),
        is_active: account.is_active,
        roles: account.roles.iter().map(|role| role.0).collect(),
    }
}

/// What ZenQMS holds, in an order of its own.
pub(crate) fn accounts(world: &World) -> Vec<Seen> {
    let mut all: Vec<Seen> = world.accounts.iter().map(seen).collect();
    all.sort();
    all
}

/// Who is to be synchronised; whoever leaves loses his account.
pub(crate) struct Boundary {
    /// By what he is, if that says anything.
    pub(crate) admits: Option<fn(&Person) -> bool>,
    /// By being in one of these groups, if there is one.
    pub(crate) groups: Vec<Uuid>,
}

impl Boundary {
    pub(crate) const NONE: Self = Self { admits: None, groups: Vec::new() };
}

/// What ZenQMS must hold after an initial sync of this world.
pub(crate) fn expected(world: &World, roles: &Roles, initial_sync: bool, transitive: bool) -> Vec<Seen> {
    expected_within(world, roles, initial_sync, transitive, &Boundary::NONE)
}

/// The same, where not everybody is to be synchronised.
pub(crate) fn expected_within(
    world: &World,
    roles: &Roles,
    initial_sync: bool,
    transitive: bool,
    boundary: &Boundary,
) -> Vec<Seen> {
    let oracle = Oracle { world, roles, initial_sync, transitive, boundary };
    let mut all: BTreeMap<AccountNumber, Seen> =
        world.accounts.iter().map(|account| (account.id, oracle.existing(account))).collect();
    let mut new = Vec::new();
    for person in oracle.living() {
        match oracle.by_email(person) {
            Some(Found::Nothing) => new.extend(oracle.created(person)),
            Some(Found::Unlinked(account)) => {
                let account = oracle.world.accounts.get(account).unwrap();
                all.insert(account.id, oracle.linked(account, person));
            }
            None => {}
        }
    }
    let mut all: Vec<Seen> = all.into_values().chain(new).collect();
    all.sort();
    all
}

/// What differs, and only that.
pub(crate) fn difference(is: &[Seen], should: &[Seen]) -> Option<String> {
    let only = |these: &[Seen], others: &[Seen]| {
        let mut these: Vec<_> = these.iter().filter(|one| !others.contains(one)).cloned().collect();
        these.sort_by(|one, other| one.external_id.cmp(&other.external_id));
        these.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join("\n  ")
    };
    let (is, should) = (only(is, should), only(should, is));
    let same = is.is_empty() && should.is_empty();
    (!same).then(|| format!("ZenQMS holds\n  {is}\nand should hold\n  {should}"))
}

/// Fails with what differs.
pub(crate) fn assert_same(is: &[Seen], should: &[Seen]) {
    let difference = difference(is, should);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

struct Oracle<'a> {
    world: &'a World,
    roles: &'a Roles,
    initial_sync: bool,
    transitive: bool,
    boundary: &'a Boundary,
}

/// Where a person stands.
#[derive(PartialEq)]
enum Side {
    Inside,
    Outside,
    /// A group that nobody is in any more says nothing of who was.
    Unknown,
}

/// The account that carries a person's address, if it can be his.
enum Found {
    Nothing,
    Unlinked(AccountNumber),
}

struct Complete {
    mail: String,
    first_name: String,
    last_name: String,
    title: String,
}

fn text(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn mail(person: &Person) -> Option<String> {
    text(person.mail.as_deref())
}

fn complete(person: &Person) -> Option<Complete> {
    Some(Complete {
        mail: mail(person)?,
        first_name: text(person.given_name.as_deref())?,
        last_name: text(person.surname.as_deref())?,
        title: text(person.job_title.as_deref())?,
    })
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

impl Oracle<'_> {
    fn living(&self) -> impl Iterator<Item = &Person> {
        self.world.people.iter().filter(|person| person.deleted.is_none())
    }

    fn is_unreadable(person: &Person) -> bool {
        mail(person).is_none()
            && text(person.given_name.as_deref()).is_none()
            && text(person.surname.as_deref()).is_none()
            && text(person.job_title.as_deref()).is_none()
            && person.account_enabled.is_none()
    }

    fn side(&self, person: &Person) -> Side {
        let Boundary { admits, groups } = self.boundary;
        match admits {
            Some(_) if person.account_enabled.is_none() => return Side::Unknown,
            Some(admits) if !admits(person) => return Side::Outside,
            _ => {}
        }
        let members: Vec<_> = groups.iter().map(|&group| self.world.members_of(group, self.transitive)).collect();
        if groups.is_empty() || members.iter().any(|members| members.contains(&person.id)) {
            Side::Inside
        } else if person.account_enabled.is_none() || members.iter().any(BTreeSet::is_empty) {
            Side::Unknown
        } else {
            Side::Outside
        }
    }

    fn linked_accounts(&self, person: &Person) -> Vec<&Account> {
        let id = person.id.to_string();
        self.world.accounts.iter().filter(|account| account.external_id.as_deref() == Some(id.as_str())).collect()
    }

    /// The living person to whom an account is linked, unless another account is linked to him as well.
    fn owner(&self, account: &Account) -> Option<&Person> {
        let id = account.external_id.as_deref()?.parse().ok()?;
        let person = self.world.people.get(id).filter(|person| person.deleted.is_none())?;
        (self.linked_accounts(person).len() == 1).then_some(person)
    }

    fn is_shared(&self, person: &Person, address: &str) -> bool {
        self.living().any(|other| other.id != person.id && mail(other).is_some_and(|mail| same(&mail, address)))
    }

    /// The accounts that carry an address once everybody has moved who can.
    fn holders(&self, address: &str, waiting: &BTreeSet<AccountNumber>) -> Vec<&Account> {
        let all = self.world.accounts.iter().filter(|account| same(&account.email, address));
        all.filter(|account| !self.moves(account, waiting)).collect()
    }

    /// Whether an account takes on another address. `waiting` are accounts that wait for the answer: a ring moves nowhere.
    fn moves(&self, account: &Account, waiting: &BTreeSet<AccountNumber>) -> bool {
        if !self.initial_sync || waiting.contains(&account.id) {
            return false;
        }
        let Some(person) = self.owner(account).filter(|person| self.side(person) == Side::Inside) else { return false };
        let Some(profile) = complete(person) else { return false };
        let mut waiting = waiting.clone();
        waiting.insert(account.id);
        !same(&profile.mail, &account.email)
            && !self.is_shared(person, &profile.mail)
            && self.holders(&profile.mail, &waiting).iter().all(|holder| holder.id == account.id)
    }

    /// What is found for a person to whom no account is linked; `None` if he must not be written.
    fn by_email(&self, person: &Person) -> Option<Found> {
        let profile = complete(person)?;
        if self.side(person) != Side::Inside
            || !self.linked_accounts(person).is_empty()
            || self.is_shared(person, &profile.mail)
        {
            return None;
        }
        match self.holders(&profile.mail, &BTreeSet::new()).as_slice() {
            [] => Some(Found::Nothing),
            [account] if account.external_id.is_none() => Some(Found::Unlinked(account.id)),
            _ => None,
        }
    }

    fn existing(&self, account: &Account) -> Seen {
        let mut seen = seen(account);
        if !self.initial_sync {
            return seen;
        }
        let Some(person) = self.owner(account) else {
            let id: Option<Uuid> = account.external_id.as_deref().and_then(|id| id.parse().ok());
            if id.and_then(|id| self.world.people.get(id)).is_some_and(|person| person.deleted.is_some())
                && self.world.accounts.iter().filter(|other| other.external_id == account.external_id).count() == 1
            {
                seen.is_active = false;
            }
            return seen;
        };
        if Self::is_unreadable(person) {
            return seen;
        }
        let side = self.side(person);
        if side != Side::Inside {
            seen.is_active &= side == Side::Unknown && person.account_enabled != Some(false);
            return seen;
        }
        if let Some(profile) = complete(person) {
            if self.moves(account, &BTreeSet::new()) {
                seen.email = profile.mail;
            }
            seen.first_name = profile.first_name;
            seen.last_name = profile.last_name;
            seen.title = profile.title;
            seen.is_active = person.account_enabled.unwrap_or(seen.is_active);
        } else if person.account_enabled == Some(false) {
            seen.is_active = false;
        }
        seen.roles = self.roles_of(person, &seen.roles);
        seen
    }

    fn linked(&self, account: &Account, person: &Person) -> Seen {
        let mut seen = seen(account);
        seen.external_id = Some(person.id.to_string());
        if let Some(profile) = complete(person).filter(|_| self.initial_sync) {
            // An address that differs only in case is the same, and stays as it is.
            seen.first_name = profile.first_name;
            seen.last_name = profile.last_name;
            seen.title = profile.title;
            seen.is_active = person.account_enabled.unwrap_or(seen.is_active);
            seen.roles = self.roles_of(person, &seen.roles);
        }
        seen
    }

    fn created(&self, person: &Person) -> Option<Seen> {
        let profile = complete(person)?;
        let is_active = person.account_enabled.filter(|_| self.initial_sync)?;
        let given: BTreeSet<u64> =
            self.world.roles.values().filter(|role| role.is_default).map(|role| role.id.0).collect();
        Some(Seen {
            external_id: Some(person.id.to_string()),
            email: profile.mail,
            first_name: profile.first_name,
            last_name: profile.last_name,
            title: profile.title,
            is_active,
            roles: self.roles_of(person, &given),
        })
    }

    fn roles_of(&self, person: &Person, held: &BTreeSet<u64>) -> BTreeSet<u64> {
        let is_default = |role: u64| self.world.roles.get(&RoleNumber(role)).is_some_and(|role| role.is_default);
        let mut due = BTreeSet::new();
        let mut undecided = BTreeSet::new();
        for (&group, roles) in self.roles {
            let members = self.world.members_of(group, self.transitive);
            if members.contains(&person.id) {
                due.extend(roles.iter().copied());
            } else if members.is_empty() {
                undecided.extend(roles.iter().copied());
            }
        }
        let mapped: BTreeSet<u64> = self.roles.values().flatten().copied().collect();
        let stays = |role: &u64| !mapped.contains(role) || is_default(*role) || undecided.contains(role);
        held.iter().copied().filter(stays).chain(due).collect()
    }
}
