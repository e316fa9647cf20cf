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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_survives_the_queue_and_the_same_news_is_one_message() {
        let work = KeeperWork { subscription: Uuid::from_u128(7), event: Lifecycle::ReauthorizationRequired };
        let message = work.message();
        assert_eq!(KeeperWork::read(&message.body).unwrap(), work);
        assert_eq!(message, work.message());
        let other = KeeperWork { event: Lifecycle::Missed, ..work };
        assert_ne!(message.deduplication, other.message().deduplication);
        assert_eq!(message.group, other.message().group);
    }
}
