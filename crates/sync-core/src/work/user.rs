use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::DirectoryUserId;

use super::{Message, Unreadable, read, write};

/// Look at this directory user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserWork {
    /// Whom.
    pub user: DirectoryUserId,
    /// Why.
    pub why: Why,
    /// When it was first said.
    pub since: Timestamp,
    /// The directory said that he is deleted for good, so that not finding him means just that.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// How often it was put off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// Not to be looked at before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// Why somebody is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Graph sent a notification.
    Notification,
    /// A delta sweep found a change.
    Sweep,
    /// Nothing differed when a change was announced; the read may have been old.
    SecondLook,
    /// The address that he waits for may have become free.
    Neighbour,
    /// Somebody wants it.
    Operator,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl UserWork {
    /// New work.
    #[must_use]
    pub const fn new(user: DirectoryUserId, why: Why, since: Timestamp) -> Self {
        Self { user, why, since, deleted: false, attempt: 0, not_before: None }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }

    /// The message. `unique` tells this piece of work from any other about the same person; the same piece sent twice has
    /// the same.
    #[must_use]
    pub fn message(&self, unique: &str) -> Message {
        Message { body: write(self), group: self.group(), deduplication: format!("{}-{unique}", self.user) }
    }

    /// The message of work that was put off. That it is sent again after a crash does no harm, and is mostly noticed.
    #[must_use]
    pub fn later(&self) -> Message {
        let due = self.not_before.unwrap_or(self.since).as_microsecond();
        self.message(&format!("{due}-{}-{}", self.attempt, u8::from(self.deleted)))
    }

    /// What waits for a time stands in a row of its own: in the person's row, it would hold up whatever comes next for him,
    /// the news that he has left included.
    fn group(&self) -> String {
        if self.not_before.is_some() { format!("{}-later", self.user) } else { self.user.to_string() }
    }

    /// Takes in another piece of work about the same person: one look answers both.
    pub fn merge(&mut self, other: &Self) {
        self.deleted |= other.deleted;
        if other.since < self.since {
            self.since = other.since;
        }
        // A second look is for a change that one look did not find; whoever announces a change anew gets one of his own.
        if self.why == Why::SecondLook {
            self.why = other.why;
        }
        self.attempt = self.attempt.min(other.attempt);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn work() -> UserWork {
        UserWork::new(DirectoryUserId::from_bytes([7; 16]), Why::Notification, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn work_survives_the_queue() {
        let mut work = work();
        assert_eq!(UserWork::read(&work.message("1").body).unwrap(), work);
        work.deleted = true;
        work.attempt = 3;
        work.not_before = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(UserWork::read(&work.later().body).unwrap(), work);
    }

    #[test]
    fn what_waits_holds_nobody_up() {
        let now = work();
        let later = UserWork { not_before: Some(Timestamp::UNIX_EPOCH), ..now.clone() };
        assert_ne!(now.message("1").group, later.later().group);
    }

    #[test]
    fn an_unknown_property_is_ignored_and_a_missing_one_named() {
        let body =
            r#"{"user":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","why":"sweep","since":"2026-11-25T08:00:00Z","x":1}"#;
        assert_eq!(UserWork::read(body).unwrap().why, Why::Sweep);
        assert_eq!(
            UserWork::read("{}").unwrap_err().to_string(),
            "the message is no work: line 1, column 2: it lacks what work has, or has it in another form"
        );
    }

    proptest! {
        /// Whatever stands on the queue, reading it does not panic, and repeats none of it.
        #[test]
        fn strangers_messages_are_read_without_harm(body in ".{0,200}") {
            if let Err(error) = UserWork::read(&body) {
                prop_assert!(error.to_string().len() < 150);
            }
        }
    }
}
