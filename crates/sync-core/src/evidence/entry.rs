use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::{AccountId, DirectoryUserId, Field, GroupId, Operator, Outside, Personal, RoleId};
use crate::failure::Failure;

use super::Author;

/// A record of somebody's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whom it is about.
    pub user: DirectoryUserId,
    /// Its place in his chain, from 1.
    pub number: u64,
    /// When it was made, UTC.
    pub at: Timestamp,
    /// What it says.
    pub entry: Entry,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nobody holds more than a few, and half of them are the large ones")]
pub enum Entry {
    /// What is about to be written.
    Intent(Intent),
    /// What became of it.
    Outcome(Outcome),
    /// An operator has him taken off the list of the parked.
    Dropped(Dropped),
}

/// Somebody was taken off the list of the parked without being looked at. Stands on record before it is done; never behind an
/// intent whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Who wanted it.
    pub by: Operator,
    /// Since when he had been parked.
    pub parked: Timestamp,
    /// Why, in words; ids only.
    pub because: String,
    /// The version of this software.
    pub version: Cow<'static, str>,
}

impl Dropped {
    /// By this version.
    #[must_use]
    pub const fn new(by: Operator, parked: Timestamp, because: String) -> Self {
        Self { by, parked, because, version: Cow::Borrowed(env!("CARGO_PKG_VERSION")) }
    }
}

/// What is about to be written for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// On whose behalf, and why.
    pub by: Author,
    /// The account; none where one is to be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Whether the directory has deleted the person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Why he is outside the scope, where that is why something is taken. Absent where he is not, so that a record reads as it was before there was a scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Outside>,
    /// The fields that change, the link among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// The roles that are given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<RoleChange>,
    /// The roles that are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<RoleChange>,
}

/// A field that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Which.
    pub field: RecordedField,
    /// What it held; none where ZenQMS showed nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "exposed")]
    pub from: Option<Personal>,
    /// What it is to hold; none where it is emptied.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "exposed")]
    pub to: Option<Personal>,
    /// Whether that is a substitute: the directory lacks the field, and [`MissingFields`](crate::domain::MissingFields) said what
    /// to write instead. Absent where it is not, so that a record reads as it was before there was such a mark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub substitute: bool,
}

/// What the integration writes of an account: the five fields, and the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedField {
    /// `external_id`: whom the account is linked to.
    Link,
    /// A field of the profile.
    Profile(Field),
}

impl RecordedField {
    const ALL: [Self; 6] = [
        Self::Link,
        Self::Profile(Field::Email),
        Self::Profile(Field::FirstName),
        Self::Profile(Field::LastName),
        Self::Profile(Field::Title),
        Self::Profile(Field::IsActive),
    ];

    /// The field's name in ZenQMS.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "external_id",
            Self::Profile(field) => field.zenqms_name(),
        }
    }
}

impl Serialize for RecordedField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for RecordedField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        let known = Self::ALL.into_iter().find(|field| field.name() == name);
        known.ok_or_else(|| de::Error::custom(format!("no field is called `{name}`")))
    }
}

/// A role that is given or taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChange {
    /// Which.
    pub role: RoleId,
    /// What it was called then.
    pub name: String,
    /// The mapped groups that give it: those that the person is in. None where it is taken: he is in none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The intent's number.
    pub of: u64,
    /// The account, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What became of each write. What is not among them was not tried, since one before it had failed.
    pub answers: Vec<Answered>,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Which.
    pub write: Write,
    /// What became of it.
    pub answer: Answer,
}

impl Answered {
    /// What ZenQMS has said to a write.
    #[must_use]
    pub fn of<T>(write: Write, result: &Result<T, Failure>) -> Self {
        let answer = match result {
            Ok(_) => Answer::Done,
            Err(failure) => Answer::Refused(failure.cause.to_string()),
        };
        Self { write, answer }
    }
}

/// A request that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// The account, created or changed.
    Account,
    /// Roles, given.
    RolesGiven,
    /// Roles, taken.
    RolesTaken,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// ZenQMS said that it did it.
    Done,
    /// It was not done; why.
    Refused(String),
    /// No answer came; the account shows it since.
    Shown,
    /// No answer came; the account does not show it.
    NotShown,
    /// No answer came, and what the account holds was not told.
    NotTold,
}

impl Intent {
    /// The writes that it takes.
    pub fn writes(&self) -> impl Iterator<Item = Write> {
        let writes = [
            (!self.fields.is_empty(), Write::Account),
            (!self.given.is_empty(), Write::RolesGiven),
            (!self.taken.is_empty(), Write::RolesTaken),
        ];
        writes.into_iter().filter_map(|(is_wanted, write)| is_wanted.then_some(write))
    }
}

/// In the evidence, and nowhere else, personal data is written as it is.
mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::Personal;

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(text: &Option<Personal>, serializer: S) -> Result<S::Ok, S::Error> {
        match text {
            Some(text) => serializer.serialize_str(text.expose()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Personal>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Ok(text.map(|text| Personal::new(&text)))
    }
}
