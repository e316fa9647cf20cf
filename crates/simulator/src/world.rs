//! One simulated company: who is in its directory, and what its ZenQMS knows of them.
//!
//! Plain data. A test builds a tiny world by hand, a benchmark lets [`CompanyPlan`](crate::CompanyPlan) build a large one.
//! Once a simulation runs it is changed through [`WorldEditor`](crate::WorldEditor), which remembers what was before.

mod account;
mod accounts;
mod closure;
mod group;
mod index;
mod people;
mod person;
mod strata;

use std::collections::BTreeMap;

use uuid::Uuid;

pub use account::{Account, AccountNumber, Role, RoleNumber};
pub use accounts::Accounts;
pub(crate) use accounts::AccountsFilter;
pub use group::{Group, Member};
pub use people::People;
pub use person::{Deleted, Details, Person, UserType};

/// One simulated company.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Everybody in the directory, the deleted among them.
    pub people: People,
    /// The directory's groups, the deleted among them.
    pub groups: BTreeMap<Uuid, Group>,
    /// The roles of ZenQMS.
    pub roles: BTreeMap<RoleNumber, Role>,
    /// The accounts of ZenQMS.
    pub accounts: Accounts,
}

impl World {
    /// The world with one more person.
    #[must_use]
    pub fn with_person(mut self, person: Person) -> Self {
        self.people.insert(person);
        self
    }

    /// The world with one more group.
    #[must_use]
    pub fn with_group(mut self, group: Group) -> Self {
        self.groups.insert(group.id, group);
        self
    }

    /// The world with one more role.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.roles.insert(role.id, role);
        self
    }

    /// The world with one more account.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.accounts.insert(account);
        self
    }
}
