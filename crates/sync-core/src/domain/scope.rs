use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::GroupId;

mod filter;
mod property;
#[cfg(test)]
mod tests;

pub use filter::{Filter, FilterError};
pub use property::{Extension, Property, Shown};

/// What of the scope hangs on groups, and what becomes of those who are outside: it is kept with the mapping. What can be told from
/// a person's own properties is [`Admission`]'s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Who is in one of these is inside; where there is none, everybody is.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// What becomes of the account of somebody who is outside.
    #[serde(default, skip_serializing_if = "Leaving::keeps")]
    pub leaving: Leaving,
    /// The name of the lens that goes with it ([`Lens::digest`](super::Lens::digest)): the two stand in different places, and a
    /// deployment changes the one some minutes before the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
}

impl Scope {
    /// Whether nothing is limited by groups, and nothing happens to whoever is outside.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What becomes of the account of somebody who is outside the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// Nothing: it is left as it is, until he is disabled or deleted.
    #[default]
    Keep,
    /// It is taken out of use, as far as the guard allows.
    Deactivate,
}

impl Leaving {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn keeps(&self) -> bool {
        *self == Self::Keep
    }
}

/// A setting that is neither `keep` nor `deactivate`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nothing that can become of an account; expected keep or deactivate")]
pub struct UnknownLeaving(String);

impl FromStr for Leaving {
    type Err = UnknownLeaving;

    fn from_str(text: &str) -> Result<Self, UnknownLeaving> {
        match text.trim() {
            "keep" => Ok(Self::Keep),
            "deactivate" => Ok(Self::Deactivate),
            other => Err(UnknownLeaving(other.to_owned())),
        }
    }
}

/// Who is in the scope by his own properties. Graph can filter neither single people nor what has changed, and its index of people
/// lags (Graph docs: advanced queries); so everybody is read, and this is asked of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Whether guests are left out.
    pub no_guests: bool,
    /// Who is inside; `None`: everybody.
    pub filter: Option<Filter>,
}

impl Admission {
    /// Whether everybody is inside.
    #[must_use]
    pub const fn is_everybody(&self) -> bool {
        !self.no_guests && self.filter.is_none()
    }

    /// The properties that have to be read for it, each once.
    #[must_use]
    pub fn properties(&self) -> BTreeSet<Property> {
        let mut properties = self.filter.as_ref().map(Filter::properties).unwrap_or_default();
        if self.no_guests {
            properties.insert(Property::UserType);
        }
        properties
    }

    /// Whether somebody who shows these properties is inside.
    pub fn judge<'a>(&self, shown: impl Fn(Property) -> Shown<'a>) -> Within {
        if self.no_guests && shown(Property::UserType).is("Guest") {
            return Within::Outside(Outside::Guest);
        }
        match &self.filter {
            Some(filter) if !filter.admits(&shown) => Within::Outside(Outside::Filter),
            _ => Within::Inside,
        }
    }

    /// What a digest of settings is made of; empty where everybody is inside.
    pub(super) fn write_to(&self, text: &mut String) {
        if self.no_guests {
            text.push_str("no guests;");
        }
        if let Some(filter) = &self.filter {
            text.push_str("filter ");
            text.push_str(filter.as_str());
        }
    }
}

/// Whether a person is in the scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Within {
    /// He is.
    #[default]
    Inside,
    /// He is not.
    Outside(Outside),
    /// The directory did not show enough of him to tell.
    Untold,
}

/// What puts a person outside the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// He is a guest, and guests are left out.
    Guest,
    /// The filter does not admit him.
    Filter,
    /// He is in none of the groups.
    Groups,
}

impl Outside {
    /// In a word, as it stands on record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Filter => "filter",
            Self::Groups => "groups",
        }
    }

    /// Why, as a clause.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "he is a guest, and the setting SyncGuests leaves guests out",
            Self::Filter => "the setting ScopeFilter does not admit him",
            Self::Groups => "he is in none of the groups that the setting ScopeGroups names",
        }
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the setting of the groups: object ids with commas between them.
///
/// # Errors
/// The one that is none.
pub fn scope_groups(setting: &str) -> Result<BTreeSet<GroupId>, super::IdError> {
    setting.split(',').map(str::trim).filter(|id| !id.is_empty()).map(GroupId::parse).collect()
}
