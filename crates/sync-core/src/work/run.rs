use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Operator;
use crate::guard::PlanHash;
use crate::run::{Mode, RunId};

use super::{Message, TRANSIENT, Unreadable, read, write};

/// Begin a run, or go on with it: one message is one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunWork {
    /// What kind of run.
    pub mode: Mode,
    /// The run to go on with, if it waits for that; `None`: a new one, where none is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The proposal to carry out, where that is what the run is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<PlanHash>,
    /// Who has asked for it, where an operator has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<Operator>,
    /// When it was first asked for.
    pub since: Timestamp,
    /// How often in a row it failed.
    #[serde(default)]
    pub attempt: u32,
    /// Not to be begun before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

impl RunWork {
    /// New work.
    #[must_use]
    pub const fn new(mode: Mode, since: Timestamp) -> Self {
        Self { mode, run: None, proposal: None, asked_by: None, since, attempt: 0, not_before: None }
    }

    /// The same for later, after a failure that passes; `None`: never again.
    #[must_use]
    pub fn put_off(&self, now: Timestamp) -> Option<Self> {
        let not_before = Some(TRANSIENT.next(self.attempt, self.since, now)?);
        Some(Self { attempt: self.attempt.saturating_add(1), not_before, ..self.clone() })
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }

    /// The message, in a row of its own: the ledger knows who may go on with a run, so none has to wait for another. `name`
    /// is a new one.
    #[must_use]
    pub fn message(&self, name: Uuid) -> Message {
        Message::of_its_own(write(self), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_survives_the_queue_and_waits_longer_each_time() {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let work = RunWork::new(Mode::Full, now);
        assert_eq!(RunWork::read(&work.message(Uuid::nil()).body).unwrap(), work);
        let later = work.put_off(now).unwrap().put_off(now).unwrap();
        assert_eq!((later.attempt, later.not_before.map(|due| due.duration_since(now).as_secs())), (2, Some(10)));
        assert_eq!(work.put_off(now + crate::work::RETENTION), None);
    }
}
