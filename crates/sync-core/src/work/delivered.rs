use std::time::Duration;

use jiff::Timestamp;

use crate::ports::Receipt;

use super::Unreadable;

/// The id of a message, by which a batch says which of it failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub String);

/// A message as a queue hands it out.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its id.
    pub id: MessageId,
    /// The name under which it was handed out.
    pub receipt: Receipt,
    /// What it says.
    pub body: String,
}

/// A batch, sorted.
#[derive(Debug)]
pub struct Sorted<W> {
    /// What is to be done now.
    pub due: Vec<(W, MessageId)>,
    /// What is not due yet, and for how long.
    pub early: Vec<(MessageId, Receipt, Duration)>,
    /// What cannot be read. It is left to the queue, which hands it out a few times and then puts it among the dead letters.
    pub unreadable: Vec<(MessageId, Unreadable)>,
}

/// Sorts a batch of messages.
#[must_use]
pub fn sort<W>(
    batch: Vec<Delivered>,
    read: impl Fn(&str) -> Result<W, Unreadable>,
    not_before: impl Fn(&W) -> Option<Timestamp>,
    now: Timestamp,
) -> Sorted<W> {
    let mut sorted = Sorted { due: Vec::new(), early: Vec::new(), unreadable: Vec::new() };
    for Delivered { id, receipt, body } in batch {
        match read(&body) {
            Err(unreadable) => sorted.unreadable.push((id, unreadable)),
            Ok(work) => match not_before(&work).map(|due| Duration::try_from(due.duration_since(now))) {
                // A wait that is no duration is one that is over.
                Some(Ok(wait)) if !wait.is_zero() => sorted.early.push((id, receipt, wait)),
                _ => sorted.due.push((work, id)),
            },
        }
    }
    sorted
}
