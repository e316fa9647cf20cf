use std::fmt;

use super::{AccountId, DirectoryUserId, Email, Field, Personal, Profile, ProfileChanges, RoleId};

/// An account as ZenQMS describes it. What the service left out is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// Whom the account is linked to; `None` when the field is null or empty.
    pub external_id: Option<ExternalId>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// The first name.
    pub first_name: Option<Personal>,
    /// The last name.
    pub last_name: Option<Personal>,
    /// The job title.
    pub title: Option<Personal>,
    /// Whether the account may be used.
    pub is_active: Option<bool>,
    /// The roles held; `None` when the service did not say.
    pub roles: Option<Vec<AccountRole>>,
}

impl Account {
    /// Whether the account is linked to `user`.
    #[must_use]
    pub fn is_linked_to(&self, user: DirectoryUserId) -> bool {
        self.external_id == Some(ExternalId::Directory(user))
    }

    /// What a field holds, as a text; `None` where ZenQMS shows nothing.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Personal> {
        match field {
            Field::Email => self.email.as_ref().map(Email::as_personal).cloned(),
            Field::FirstName => self.first_name.clone(),
            Field::LastName => self.last_name.clone(),
            Field::Title => self.title.clone(),
            Field::IsActive => self.is_active.map(|active| Personal::new(&active.to_string())),
        }
    }
}

/// A role as an account holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountRole {
    /// The role's id.
    pub id: RoleId,
    /// Whether ZenQMS gives this role to everybody; such a role is never removed.
    pub is_default: bool,
}

/// What an account's `external_id` holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExternalId {
    /// The form of a directory object id.
    Directory(DirectoryUserId),
    /// Anything else: another system's id. Never touched.
    Foreign(Box<str>),
}

impl ExternalId {
    /// Reads the field; `None` for an empty text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        Some(DirectoryUserId::parse(text).map_or_else(|_| Self::Foreign(text.into()), Self::Directory))
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(id) => id.fmt(f),
            // It may be anything a customer ever put there, a name included.
            Self::Foreign(text) => write!(f, "<foreign, {} characters>", text.chars().count()),
        }
    }
}

/// An account to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Whom the account will be linked to.
    pub external_id: DirectoryUserId,
    /// The required fields.
    pub profile: Profile,
    /// Whether the account may be used.
    pub is_active: bool,
}

impl NewAccount {
    /// The fields that it is created with, the link left aside.
    #[must_use]
    pub fn fields(&self) -> ProfileChanges {
        let Profile { email, first_name, last_name, title } = self.profile.clone();
        ProfileChanges {
            email: Some(email),
            first_name: Some(first_name),
            last_name: Some(last_name),
            title: Some(title),
            is_active: Some(self.is_active),
        }
    }
}

/// A change of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPatch {
    /// What becomes of the link.
    pub link: LinkChange,
    /// The fields that change.
    pub changes: ProfileChanges,
}

/// What a change does to an account's `external_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// It stays as it is.
    Keep,
    /// It is set.
    Set(DirectoryUserId),
    /// It is emptied.
    Clear,
}
