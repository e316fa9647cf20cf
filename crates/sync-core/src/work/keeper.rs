use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Message, Unreadable, read, write};

/// Something happened to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeeperWork {
    /// To which.
    pub subscription: Uuid,
    /// What.
    pub event: Lifecycle,
}

/// What happened to a subscription (Graph docs: lifecycle notifications).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// It has to be renewed, or nothing is delivered any more.
    ReauthorizationRequired,
    /// It is gone.
    Removed,
    /// Notifications were lost.
    Missed,
}

impl KeeperWork {
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }

    /// The message. All stand in one row, and the same news within five minutes is one message: some tenants send it every
    /// few seconds.
    #[must_use]
    pub fn message(&self) -> Message {
        let event = match self.event {
            Lifecycle::ReauthorizationRequired => "reauthorize",
            Lifecycle::Removed => "removed",
            Lifecycle::Missed => "missed",
        };
        Message {
            body: write(self),
            group: "subscriptions".to_owned(),
            deduplication: format!("{}-{event}", self.subscription),
        }
    }
}
