use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{DirectoryUserId, Operator};

use super::{Message, Unreadable, read, write};

/// Look at this directory user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserWork {
    /// Whom.
    pub user: DirectoryUserId,
    /// Why.
    pub why: Why,
    /// Which operator has asked for it, if one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// When it was first said.
    pub since: Timestamp,
    /// The directory said that he is deleted for good, so that not finding him means just that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// How often it was put off.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// Not to be looked at before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// What an operator has asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who he is.
    pub by: Operator,
    /// When, by the clock of his machine; the answer is known by it.
    pub at: Timestamp,
    /// What he wants.
    #[serde(default, skip_serializing_if = "Wish::is_look")]
    pub wish: Wish,
}

/// What an operator wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// That somebody is looked at.
    #[default]
    Look,
    /// That somebody leaves the list of the parked, and is not looked at for it.
    Drop {
        /// When he was parked, as the list said: whoever is parked anew is not meant.
        parked: Timestamp,
    },
}

impl Wish {
    const fn is_look(&self) -> bool {
        matches!(self, Self::Look)
    }
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

impl Why {
    /// Its name, as on the queue and in the evidence. Stable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Sweep => "sweep",
            Self::SecondLook => "second_look",
            Self::Neighbour => "neighbour",
            Self::Operator => "operator",
        }
    }

    /// Whether a change was announced.
    #[must_use]
    pub const fn announces(self) -> bool {
        match self {
            Self::Notification | Self::Sweep | Self::Operator => true,
            Self::SecondLook | Self::Neighbour => false,
        }
    }

    /// Who announces more has the say where one look answers several: a sweep announces several changes at once, a notification
    /// one, and the rest none.
    const fn rank(self) -> u8 {
        match self {
            Self::SecondLook => 0,
            Self::Neighbour => 1,
            Self::Operator => 2,
            Self::Notification => 3,
            Self::Sweep => 4,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl UserWork {
    /// New work.
    #[must_use]
    pub const fn new(user: DirectoryUserId, why: Why, since: Timestamp) -> Self {
        Self { user, why, asked: None, since, deleted: false, attempt: 0, not_before: None }
    }

    /// New work that an operator asks for.
    #[must_use]
    pub fn asked(user: DirectoryUserId, by: Operator, wish: Wish, at: Timestamp) -> Self {
        Self { asked: Some(Asked { by, at, wish }), ..Self::new(user, Why::Operator, at) }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }

    /// Which operator has asked for it, if one has.
    #[must_use]
    pub fn asked_by(&self) -> Option<&Operator> {
        self.asked.as_ref().map(|asked| &asked.by)
    }

    /// The message. `unique` tells this piece of work from any other about the same person; the same piece sent twice has
    /// the same. That he is deleted for good is news under any name.
    #[must_use]
    pub fn message(&self, unique: &str) -> Message {
        let deleted = if self.deleted { "-deleted" } else { "" };
        let deduplication = format!("{}-{unique}{deleted}", self.user);
        Message { body: write(self), group: self.user.to_string(), deduplication }
    }

    /// The message of work that was put off. It stands in a row of its own: in the person's row, it would hold up whatever
    /// comes next for him, the news that he has left included. That it is sent again after a crash does no harm, and is mostly
    /// noticed.
    #[must_use]
    pub fn later(&self) -> Message {
        let due = self.not_before.unwrap_or(self.since).as_microsecond();
        let message = self.message(&format!("{due}-{}-{}", self.attempt, self.why.rank()));
        Message { group: message.deduplication.clone(), ..message }
    }

    /// Takes in another piece of work about the same person: one look answers both.
    pub fn merge(&mut self, other: &Self) {
        self.deleted |= other.deleted;
        if other.since < self.since {
            self.since = other.since;
        }
        if other.why.rank() > self.why.rank() {
            self.why = other.why;
        }
        // Whoever asked last waits for the answer.
        if other.asked.as_ref().map(|asked| asked.at) > self.asked.as_ref().map(|asked| asked.at) {
            self.asked.clone_from(&other.asked);
        }
        self.attempt = self.attempt.min(other.attempt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::SECOND_LOOK;

    fn work() -> UserWork {
        UserWork::new(DirectoryUserId::from_bytes([7; 16]), Why::Notification, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn work_survives_the_queue() {
        let mut work = work();
        assert_eq!(UserWork::read(&work.message("1").body).unwrap(), work);
        work.deleted = true;
        let (by, at) = (Operator::new("arn:aws:iam::123456789012:user/ada"), Timestamp::UNIX_EPOCH);
        work.asked = Some(Asked { by, at, wish: Wish::Drop { parked: at } });
        work.attempt = 3;
        work.not_before = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(UserWork::read(&work.later().body).unwrap(), work);
    }

    #[test]
    fn what_waits_holds_nobody_up() {
        let now = work();
        let later = UserWork { not_before: Some(Timestamp::UNIX_EPOCH), ..now.clone() };
        assert_ne!(now.message("1").group, later.later().group);
        let soon = UserWork { attempt: 1, ..later.clone() };
        assert_ne!(soon.later().group, later.later().group);
    }

    #[test]
    fn one_look_answers_several_and_the_one_that_announces_most_has_the_say() {
        let mut work = work();
        work.merge(&UserWork { why: Why::Sweep, deleted: true, ..work.clone() });
        work.merge(&UserWork { why: Why::Neighbour, ..work.clone() });
        assert_eq!((work.why, work.deleted), (Why::Sweep, true));
        // Whoever has asked for it is still told, of two the last.
        let (ada, later) = (Operator::new("arn:aws:iam::123456789012:user/ada"), work.since + SECOND_LOOK);
        work.merge(&UserWork::asked(work.user, ada.clone(), Wish::Look, later));
        work.merge(&UserWork::asked(work.user, Operator::new("somebody-else"), Wish::Look, work.since));
        assert_eq!((work.why, work.asked_by()), (Why::Sweep, Some(&ada)));
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
}
