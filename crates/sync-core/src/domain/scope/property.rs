use std::fmt;

use crate::domain::Attribute;

/// A property of a person that a filter may ask for: a single text, readable with `User.Read.All`, tracked by delta queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// One that can stand in for a missing field as well.
    Attribute(Attribute),
    /// `mail`
    Mail,
    /// `jobTitle`
    JobTitle,
    /// `userType`: `Member`, `Guest`, or nothing in old objects.
    UserType,
    /// `employeeId`
    EmployeeId,
    /// `city`
    City,
    /// `country`
    Country,
    /// `usageLocation`: the two letters of a country.
    UsageLocation,
    /// `onPremisesExtensionAttributes/extensionAttribute1` to `15`.
    Extension(Extension),
}

/// Which of the fifteen extension attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extension(u8);

impl Extension {
    /// Where Graph keeps them.
    pub const PARENT: &'static str = "onPremisesExtensionAttributes";

    /// The number, from 1 to 15.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What the directory shows of a property. `null` and blank are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a>(pub Option<&'a str>);

impl Shown<'_> {
    /// Whether it is this text; capitals make no difference, as they make none to Graph (Graph docs: `$filter`).
    #[must_use]
    pub fn is(self, text: &str) -> bool {
        self.0.is_some_and(|own| folded(own) == folded(text))
    }
}

/// Character by character: what a sigma becomes depends on where it stands, and a part of a text has to fold as the whole does.
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|character| if character == 'ς' { 'σ' } else { character }).collect()
}

impl Property {
    const PLAIN: [Self; 7] =
        [Self::Mail, Self::JobTitle, Self::UserType, Self::EmployeeId, Self::City, Self::Country, Self::UsageLocation];

    /// The property of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let plain = Self::PLAIN.into_iter().find(|property| property.selected() == name);
        let attribute = || Attribute::ALL.into_iter().find(|attribute| attribute.name() == name).map(Self::Attribute);
        let extension = || {
            let number = name.strip_prefix(Extension::PARENT)?.strip_prefix("/extensionAttribute")?;
            let number = (1..=15).find(|known: &u8| known.to_string() == number)?;
            Some(Self::Extension(Extension(number)))
        };
        plain.or_else(attribute).or_else(extension)
    }

    /// What has to be asked for, so that Graph shows it.
    #[must_use]
    pub const fn selected(self) -> &'static str {
        match self {
            Self::Attribute(attribute) => attribute.name(),
            Self::Mail => "mail",
            Self::JobTitle => "jobTitle",
            Self::UserType => "userType",
            Self::EmployeeId => "employeeId",
            Self::City => "city",
            Self::Country => "country",
            Self::UsageLocation => "usageLocation",
            Self::Extension(_) => Extension::PARENT,
        }
    }

    pub(super) fn names() -> String {
        let plain = Self::PLAIN.into_iter().map(Self::selected);
        let names: Vec<&str> = plain.chain(Attribute::ALL.into_iter().map(Attribute::name)).collect();
        format!("{} or {}/extensionAttribute1 to 15", names.join(", "), Extension::PARENT)
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.selected())?;
        match self {
            Self::Extension(Extension(number)) => write!(f, "/extensionAttribute{number}"),
            _ => Ok(()),
        }
    }
}
