//! Work that waits on a queue: whom to look at, and why. It never says what to do: whoever takes it up reads the truth.

mod backoff;
mod cleanup;
mod delivered;
mod group;
mod keeper;
mod run;
mod user;

pub use backoff::{Backoff, LOST, RETENTION, SECOND_LOOK, TRANSIENT};
pub use cleanup::CleanupWork;
pub use delivered::{Delivered, MessageId, Opened, open, put_off, unpack};
pub use group::{GroupWork, MembersHint};
pub use keeper::{KeeperWork, Lifecycle};
pub use run::RunWork;
pub use user::{Asked, UserWork, Why, Wish};

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A message as SQS FIFO queues want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// JSON.
    pub body: String,
    /// `MessageGroupId`: of the messages with the same one, SQS hands out one at a time.
    pub group: String,
    /// `MessageDeduplicationId`: a message with one that was sent within five minutes is dropped.
    pub deduplication: String,
}

impl Message {
    /// A message in a row of its own, under a new name: it waits for nobody, and nobody waits for it.
    fn of_its_own(body: String, name: Uuid) -> Self {
        Self { body, group: name.to_string(), deduplication: name.to_string() }
    }
}

/// A message that is none of ours. Says what is wrong, not what it holds: anybody may have written it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is no work: {0}")]
pub struct Unreadable(String);

fn read<W: DeserializeOwned>(body: &str) -> Result<W, Unreadable> {
    serde_json::from_str(body)
        .map_err(|error| Unreadable(format!("line {}, column {}: {}", error.line(), error.column(), category(&error))))
}

fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "it cannot be read",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "it lacks what work has, or has it in another form",
        serde_json::error::Category::Eof => "it ends too early",
    }
}

fn write<W: Serialize>(work: &W) -> String {
    // Structs of ids, numbers and texts: there is nothing that JSON could not say.
    serde_json::to_string(work).unwrap_or_default()
}
