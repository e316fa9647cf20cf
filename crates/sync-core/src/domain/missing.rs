use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};

use super::{DirectoryUser, Field, short_name};

#[cfg(test)]
mod tests;

/// What stands in for required fields that the directory lacks. Whoever lacks a field that is not among these is skipped; none
/// is among them unless an administrator says so, since what is written is then not the directory's word.
///
/// ```json
/// {"jobTitle": {"text": "Not stated"}, "mail": {"attribute": "userPrincipalName"}}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingFields(BTreeMap<Field, Instead>);

/// What stands in for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// The same text for everybody.
    Text(Box<str>),
    /// Another property of the person.
    Attribute(Attribute),
}

/// A property that can stand in for another: a single text, readable with `User.Read.All`, tracked by delta queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// `userPrincipalName`
    UserPrincipalName,
    /// `displayName`
    DisplayName,
    /// `department`
    Department,
    /// `companyName`
    CompanyName,
    /// `officeLocation`
    OfficeLocation,
    /// `employeeType`
    EmployeeType,
    /// `mailNickname`
    MailNickname,
}

/// A setting that says nothing usable of missing fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MissingFieldsError {
    /// It has another shape.
    #[error(
        "it cannot be read: {0}; expected JSON such as \
         {{\"jobTitle\": {{\"text\": \"Not stated\"}}, \"mail\": {{\"attribute\": \"userPrincipalName\"}}}}"
    )]
    Malformed(String),
    /// No such field is required.
    #[error("`{0}` is no required field; expected mail, givenName, surname or jobTitle, which are Entra ID's names")]
    UnknownField(String),
    /// A field is there again.
    #[error("{} stands there twice; write it once", .0.directory_name())]
    Twice(Field),
    /// Neither a text nor an attribute, or both.
    #[error("{} needs a `text` or an `attribute`, exactly one of the two", .0.directory_name())]
    NotOne(Field),
    /// No such attribute can be read.
    #[error("`{name}` cannot stand in for {}; expected {}", field.directory_name(), Attribute::names())]
    UnknownAttribute {
        /// The field.
        field: Field,
        /// The attribute as it is written.
        name: String,
    },
    /// ZenQMS requires the field, and a blank text is none.
    #[error("the text for {} is blank; write one, or leave the field out to have whoever lacks it skipped", .0.directory_name())]
    Blank(Field),
    /// Nobody can mean it.
    #[error("the text for {} has {characters} characters; shorten it to {}", field.directory_name(), Instead::LONGEST_TEXT)]
    TooLong {
        /// The field.
        field: Field,
        /// How long it is.
        characters: usize,
    },
    /// An address identifies a person.
    #[error(
        "a text cannot stand in for mail, since two people would share the address; expected {{\"attribute\": \"userPrincipalName\"}}"
    )]
    SharedAddress,
    /// The attribute is no address.
    #[error("{0} cannot stand in for mail, since it is no address; only userPrincipalName can")]
    NoAddress(Attribute),
}

impl MissingFields {
    /// Whether nothing stands in for anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands in for a field.
    #[must_use]
    pub fn instead_of(&self, field: Field) -> Option<&Instead> {
        self.0.get(&field)
    }

    /// The fields for which something stands in.
    pub fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.0.keys().copied()
    }

    /// The properties that have to be read for it, each once.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<Attribute> {
        let attribute = |instead: &Instead| match instead {
            Instead::Attribute(attribute) => Some(*attribute),
            Instead::Text(_) => None,
        };
        self.0.values().filter_map(attribute).collect()
    }

    /// Fills what a person lacks, and notes that in him. Of somebody of whom the directory does not even say whether he may sign in it
    /// is not known what he lacks, and what was not shown: he stays as he is, or a permission that shows but names and addresses
    /// (`User.ReadBasic.All`) would be written over a whole company.
    #[must_use]
    pub fn fill<'a>(&self, mut user: DirectoryUser, attribute: impl Fn(Attribute) -> Option<&'a str>) -> DirectoryUser {
        if self.is_empty() || user.account_enabled.is_none() {
            return user;
        }
        for field in user.missing().iter() {
            let text = match self.instead_of(field) {
                Some(Instead::Text(text)) => Some(&**text),
                Some(Instead::Attribute(name)) => {
                    attribute(*name).filter(|text| field != Field::Email || !is_of_a_guest(text))
                }
                None => None,
            };
            if let Some(text) = text {
                user.substitute(field, text);
            }
        }
        user
    }

    /// Names the setting: the first sixteen digits of its SHA-256; `None` for an empty one.
    #[must_use]
    pub fn digest(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut hasher = Sha256::new();
        for (field, instead) in &self.0 {
            let instead = match instead {
                Instead::Text(text) => format!("text {text:?}"),
                Instead::Attribute(attribute) => format!("attribute {attribute}"),
            };
            hasher.update(format!("{}: {instead};", field.directory_name()));
        }
        Some(short_name(&hasher.finalize()))
    }
}

/// The name by which a guest signs in is made of his address at home, and no mail arrives there.
fn is_of_a_guest(name: &str) -> bool {
    name.to_ascii_uppercase().contains("#EXT#")
}

impl Instead {
    /// No title or name is longer, and a function's whole environment is 4 KB.
    pub const LONGEST_TEXT: usize = 100;

    fn read(field: Field, wish: Wish) -> Result<Self, MissingFieldsError> {
        let instead = match (wish.text, wish.attribute) {
            (Some(text), None) => Self::Text(text.trim().into()),
            (None, Some(name)) => {
                let attribute = Attribute::ALL.into_iter().find(|attribute| attribute.name() == name.trim());
                Self::Attribute(attribute.ok_or(MissingFieldsError::UnknownAttribute { field, name })?)
            }
            _ => return Err(MissingFieldsError::NotOne(field)),
        };
        match &instead {
            Self::Text(_) if field == Field::Email => Err(MissingFieldsError::SharedAddress),
            Self::Text(text) if text.is_empty() => Err(MissingFieldsError::Blank(field)),
            Self::Text(text) if text.chars().count() > Self::LONGEST_TEXT => {
                Err(MissingFieldsError::TooLong { field, characters: text.chars().count() })
            }
            Self::Attribute(attribute) if field == Field::Email && *attribute != Attribute::UserPrincipalName => {
                Err(MissingFieldsError::NoAddress(*attribute))
            }
            Self::Text(_) | Self::Attribute(_) => Ok(instead),
        }
    }
}

impl Attribute {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UserPrincipalName,
        Self::DisplayName,
        Self::Department,
        Self::CompanyName,
        Self::OfficeLocation,
        Self::EmployeeType,
        Self::MailNickname,
    ];

    /// The property in Entra ID.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserPrincipalName => "userPrincipalName",
            Self::DisplayName => "displayName",
            Self::Department => "department",
            Self::CompanyName => "companyName",
            Self::OfficeLocation => "officeLocation",
            Self::EmployeeType => "employeeType",
            Self::MailNickname => "mailNickname",
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MissingFields {
    type Err = MissingFieldsError;

    fn from_str(json: &str) -> Result<Self, MissingFieldsError> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        let Wishes(wishes) =
            serde_json::from_str(json).map_err(|error| MissingFieldsError::Malformed(error.to_string()))?;
        let mut all = BTreeMap::new();
        for (name, wish) in wishes {
            let field = Field::REQUIRED.into_iter().find(|field| field.directory_name() == name.trim());
            let field = field.ok_or(MissingFieldsError::UnknownField(name))?;
            // A JSON parser that keeps the last of two equal keys would silently drop what was meant first.
            if all.insert(field, Instead::read(field, wish)?).is_some() {
                return Err(MissingFieldsError::Twice(field));
            }
        }
        Ok(Self(all))
    }
}

/// The setting as it is written.
struct Wishes(Vec<(String, Wish)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `text` or `attribute`")]
struct Wish {
    text: Option<String>,
    attribute: Option<String>,
}

impl<'de> Deserialize<'de> for Wishes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> de::Visitor<'de> for Fields {
            type Value = Wishes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a field's name for each key")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Wishes, A::Error> {
                let mut wishes = Vec::new();
                while let Some(wish) = map.next_entry()? {
                    wishes.push(wish);
                }
                Ok(Wishes(wishes))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
