use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// An account's id, as the world counts it. Its form in JSON is [`IdForm`](crate::IdForm)'s affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountNumber(pub u64);

/// A role's id, as the world counts it. Its form in JSON is [`IdForm`](crate::IdForm)'s affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleNumber(pub u64);

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RoleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An account of ZenQMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The id. Never changes.
    pub id: AccountNumber,
    /// Whom the account is linked to.
    pub external_id: Option<Arc<str>>,
    /// The e-mail address; unique without regard to case, as far as the API can help it.
    pub email: Arc<str>,
    /// The first name.
    pub first_name: Arc<str>,
    /// The last name.
    pub last_name: Arc<str>,
    /// The job title.
    pub title: Arc<str>,
    /// Whether the account may be used.
    pub is_active: bool,
    /// The roles held.
    pub roles: BTreeSet<RoleNumber>,
}

impl Account {
    /// An active account that is linked to nobody and holds no role.
    #[must_use]
    pub fn new(id: u64, email: &str, first_name: &str, last_name: &str, title: &str) -> Self {
        Self {
            id: AccountNumber(id),
            external_id: None,
            email: email.into(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            title: title.into(),
            is_active: true,
            roles: BTreeSet::new(),
        }
    }

    /// The account, linked to a person of the directory.
    #[must_use]
    pub fn linked_to(mut self, person: Uuid) -> Self {
        self.external_id = Some(person.to_string().into());
        self
    }

    /// The account, out of use.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.is_active = false;
        self
    }

    /// The account with these roles added.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = u64>) -> Self {
        self.roles.extend(roles.into_iter().map(RoleNumber));
        self
    }
}

/// A role of ZenQMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The id. Never changes.
    pub id: RoleNumber,
    /// The name, 2 to 70 characters (ZenQMS help: roles).
    pub name: Arc<str>,
    /// Whether ZenQMS gives the role to every new account.
    pub is_default: bool,
}

impl Role {
    /// A role that is given by hand or by a mapping.
    #[must_use]
    pub fn new(id: u64, name: &str) -> Self {
        Self { id: RoleNumber(id), name: name.into(), is_default: false }
    }

    /// The role, given to every new account.
    #[must_use]
    pub fn by_default(mut self) -> Self {
        self.is_default = true;
        self
    }
}
