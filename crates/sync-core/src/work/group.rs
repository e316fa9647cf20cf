use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{DirectoryUserId, GroupId};

use super::{Message, Unreadable, Why, read, write};

/// Look at who is in this group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupWork {
    /// Which.
    pub group: GroupId,
    /// Who entered or left.
    pub members: MembersHint,
    /// Why.
    pub why: Why,
    /// When it was first said.
    pub since: Timestamp,
    /// How often it was put off.
    #[serde(default)]
    pub attempt: u32,
    /// Not to be looked at before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// Who entered or left a group. Never more than a hint of whom to look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembersHint {
    /// These.
    These {
        /// People, or what was not said to be something else.
        people: Vec<DirectoryUserId>,
        /// Groups, whose own members are meant.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<GroupId>,
    },
    /// It was not said, or not in a way that can be relied on.
    Unsaid,
}

impl MembersHint {
    /// More than so many are not told one by one. With 39 bytes each they fill half of what SQS takes (256 KiB a message
    /// until 2025).
    pub const MOST: usize = 3_000;

    /// Takes in another hint about the same group.
    pub fn join(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::These { people, groups }, Self::These { people: more, groups: deeper })
                if people.len() + groups.len() + more.len() + deeper.len() <= Self::MOST =>
            {
                people.extend(more);
                groups.extend(deeper);
            }
            _ => *self = Self::Unsaid,
        }
    }

    /// These people, and no group.
    #[must_use]
    pub const fn people(people: Vec<DirectoryUserId>) -> Self {
        Self::These { people, groups: Vec::new() }
    }
}

impl GroupWork {
    /// New work.
    #[must_use]
    pub const fn new(group: GroupId, members: MembersHint, why: Why, since: Timestamp) -> Self {
        Self { group, members, why, since, attempt: 0, not_before: None }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }

    /// The message; see [`UserWork::message`](super::UserWork::message).
    #[must_use]
    pub fn message(&self, unique: &str) -> Message {
        Message { body: write(self), group: self.group.to_string(), deduplication: format!("{}-{unique}", self.group) }
    }

    /// The message in a row of its own: it waits for a time, or is about other people than its neighbours, and need not wait
    /// for them. `name` is a new one.
    #[must_use]
    pub fn message_of_its_own(&self, name: Uuid) -> Message {
        Message::of_its_own(write(self), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_survives_the_queue() {
        let group = GroupId::from_bytes([1; 16]);
        for members in [
            MembersHint::Unsaid,
            MembersHint::people(vec![DirectoryUserId::from_bytes([2; 16])]),
            MembersHint::These { people: Vec::new(), groups: vec![group] },
        ] {
            let work = GroupWork::new(group, members, Why::Sweep, Timestamp::UNIX_EPOCH);
            assert_eq!(GroupWork::read(&work.message("1").body).unwrap(), work);
        }
    }

    #[test]
    fn the_most_members_fit_into_a_message_and_more_are_not_named() {
        let group = GroupId::from_bytes([1; 16]);
        let mut members = MembersHint::people(vec![DirectoryUserId::from_bytes([2; 16]); MembersHint::MOST - 1]);
        members.join(MembersHint::These { people: Vec::new(), groups: vec![group] });
        let work = GroupWork::new(group, members, Why::Sweep, Timestamp::UNIX_EPOCH);
        assert!((100 * 1024..256 * 1024).contains(&work.message("1").body.len()));
        for one_more in [
            MembersHint::people(vec![DirectoryUserId::from_bytes([3; 16])]),
            MembersHint::These { people: Vec::new(), groups: vec![group] },
        ] {
            let mut members = work.members.clone();
            members.join(one_more);
            assert_eq!(members, MembersHint::Unsaid);
        }
    }
}
