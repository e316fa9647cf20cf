use std::fmt;

use serde::{Deserialize, Serialize};

/// A field that the integration writes. Nothing else is ever written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `mail` → `email`
    Email,
    /// `givenName` → `first_name`
    FirstName,
    /// `surname` → `last_name`
    LastName,
    /// `jobTitle` → `title`
    Title,
    /// `accountEnabled` → `is_active`
    IsActive,
}

impl Field {
    /// The four fields that a person must have in the directory to be synchronised.
    pub const REQUIRED: [Self; 4] = [Self::Email, Self::FirstName, Self::LastName, Self::Title];

    /// The property in Entra ID.
    #[must_use]
    pub const fn directory_name(self) -> &'static str {
        match self {
            Self::Email => "mail",
            Self::FirstName => "givenName",
            Self::LastName => "surname",
            Self::Title => "jobTitle",
            Self::IsActive => "accountEnabled",
        }
    }

    /// The field in ZenQMS.
    #[must_use]
    pub const fn zenqms_name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Title => "title",
            Self::IsActive => "is_active",
        }
    }
}

/// Some of the [`Field`]s.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldSet(u8);

impl FieldSet {
    /// Adds a field.
    pub fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u8;
    }

    /// Whether a field is in it.
    #[must_use]
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// Whether no field is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The fields in it, in the order of [`Field`].
    pub fn iter(self) -> impl Iterator<Item = Field> {
        [Field::Email, Field::FirstName, Field::LastName, Field::Title, Field::IsActive]
            .into_iter()
            .filter(move |&field| self.contains(field))
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut set = Self::default();
        fields.into_iter().for_each(|field| set.insert(field));
        set
    }
}

impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
