use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::faults::Age;
use crate::world::{Details, Group, Member, Person};

/// Every change of people, groups and memberships since the simulation began; an entry's place is its number.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    entries: Vec<Entry>,
    /// What people had once and have no more: a delta shows it as null, and what they never had not at all.
    lost: HashMap<Uuid, Properties>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) what: What,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Person(Uuid, Touch),
    Group(Uuid, Touch),
    Membership { group: Uuid, member: Member, added: bool },
}

/// What became of a person or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    Created,
    /// Nothing that the simulation knows of, if there are no properties.
    Changed(Properties),
    Deleted,
    Restored,
    Purged,
}

/// Some of the properties that can change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties(u32);

const TRACKED: [&str; 18] = [
    "mail",
    "userPrincipalName",
    "givenName",
    "surname",
    "jobTitle",
    "displayName",
    "accountEnabled",
    "userType",
    "department",
    "companyName",
    "officeLocation",
    "employeeType",
    "mailNickname",
    "employeeId",
    "city",
    "country",
    "usageLocation",
    "onPremisesExtensionAttributes",
];

impl Feed {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries from one number up to another.
    pub(crate) fn between(&self, since: usize, until: usize) -> &[Entry] {
        self.entries.get(since..until.min(self.entries.len())).unwrap_or_default()
    }

    /// How many entries a reader sees who is behind by this age.
    pub(crate) fn horizon(&self, age: Option<Age>, now: Timestamp) -> usize {
        match age {
            None => self.entries.len(),
            Some(Age::Changes(changes)) => self.entries.len().saturating_sub(changes),
            Some(Age::Time(time)) => {
                let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
                self.entries.partition_point(|entry| now.duration_since(entry.at) >= time)
            }
        }
    }

    /// Whether a person had this property once and has it no more.
    pub(crate) fn has_lost(&self, person: Uuid, name: &str) -> bool {
        self.lost.get(&person).is_some_and(|lost| lost.contain(name))
    }

    pub(super) fn push(&mut self, at: Timestamp, what: What) {
        self.entries.push(Entry { at, what });
    }

    /// Notes what happened to a person.
    pub(super) fn person(&mut self, at: Timestamp, id: Uuid, before: Option<&Person>, after: Option<&Person>) {
        let touch = match (before, after) {
            (_, None) => Touch::Purged,
            (None, Some(_)) => Touch::Created,
            (Some(before), Some(after)) => {
                let cleared = Properties::of(before).without(Properties::of(after));
                if cleared != Properties::default() {
                    let lost = self.lost.entry(id).or_default();
                    *lost = lost.with(cleared);
                }
                Touch::of(before.deleted.is_some(), after.deleted.is_some(), Properties::differing(before, after))
            }
        };
        self.push(at, What::Person(id, touch));
    }

    /// Notes what happened to a group, and to the memberships in one that was there before.
    pub(super) fn group(&mut self, at: Timestamp, id: Uuid, before: Option<&Group>, after: Option<&Group>) {
        let (before, after) = match (before, after) {
            (Some(before), Some(after)) => (before, after),
            (_, after) => {
                let touch = if after.is_some() { Touch::Created } else { Touch::Purged };
                return self.push(at, What::Group(id, touch));
            }
        };
        let named = Properties::named("displayName", before.display_name != after.display_name);
        let touch = Touch::of(before.deleted.is_some(), after.deleted.is_some(), named);
        if touch != Touch::Changed(Properties::default()) || before.members == after.members {
            self.push(at, What::Group(id, touch));
        }
        for &member in before.members.difference(&after.members) {
            self.push(at, What::Membership { group: id, member, added: false });
        }
        for &member in after.members.difference(&before.members) {
            self.push(at, What::Membership { group: id, member, added: true });
        }
    }
}

impl Touch {
    fn of(was_deleted: bool, is_deleted: bool, changed: Properties) -> Self {
        match (was_deleted, is_deleted) {
            (false, true) => Self::Deleted,
            (true, false) => Self::Restored,
            _ => Self::Changed(changed),
        }
    }

    /// Whether a delta query that tracks these properties, or all, hears of it.
    pub(crate) fn concerns(self, select: Option<&[String]>) -> bool {
        match (self, select) {
            (Self::Changed(properties), Some(names)) => names.iter().any(|name| properties.contain(name)),
            _ => true,
        }
    }

    /// Whether the object was not there before, neither for a delta query nor for its members.
    pub(crate) fn is_new(self) -> bool {
        matches!(self, Self::Created | Self::Restored)
    }
}

impl Properties {
    /// Those that a person has.
    fn of(person: &Person) -> Self {
        let has = |of: fn(&Details) -> &Option<Arc<str>>| person.detail(of).is_some();
        Self::flagged([
            person.mail.is_some(),
            person.user_principal_name.is_some(),
            person.given_name.is_some(),
            person.surname.is_some(),
            person.job_title.is_some(),
            person.display_name.is_some(),
            person.account_enabled.is_some(),
            person.user_type.is_some(),
            has(|details| &details.department),
            has(|details| &details.company_name),
            has(|details| &details.office_location),
            has(|details| &details.employee_type),
            has(|details| &details.mail_nickname),
            has(|details| &details.employee_id),
            has(|details| &details.city),
            has(|details| &details.country),
            has(|details| &details.usage_location),
            has(|details| &details.extension_attribute_1),
        ])
    }

    /// Those that two states of a person differ in.
    fn differing(one: &Person, other: &Person) -> Self {
        let differs = |of: fn(&Details) -> &Option<Arc<str>>| one.detail(of) != other.detail(of);
        Self::flagged([
            one.mail != other.mail,
            one.user_principal_name != other.user_principal_name,
            one.given_name != other.given_name,
            one.surname != other.surname,
            one.job_title != other.job_title,
            one.display_name != other.display_name,
            one.account_enabled != other.account_enabled,
            one.user_type != other.user_type,
            differs(|details| &details.department),
            differs(|details| &details.company_name),
            differs(|details| &details.office_location),
            differs(|details| &details.employee_type),
            differs(|details| &details.mail_nickname),
            differs(|details| &details.employee_id),
            differs(|details| &details.city),
            differs(|details| &details.country),
            differs(|details| &details.usage_location),
            differs(|details| &details.extension_attribute_1),
        ])
    }

    fn named(name: &str, there: bool) -> Self {
        Self::flagged(TRACKED.map(|tracked| there && tracked == name))
    }

    /// In the order of [`TRACKED`].
    fn flagged(flags: [bool; TRACKED.len()]) -> Self {
        Self(flags.into_iter().rev().fold(0, |bits, flag| bits << 1 | u32::from(flag)))
    }

    fn contain(self, name: &str) -> bool {
        TRACKED.iter().position(|tracked| *tracked == name).is_some_and(|place| self.0 >> place & 1 == 1)
    }

    fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }
}
