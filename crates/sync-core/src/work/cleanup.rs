use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Message, Unreadable, read, write};

/// Go on with the cleanup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupWork {
    /// The request of CloudFormation that waits for an answer, as it came; `None`: nobody waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<serde_json::Value>,
    /// When it was first asked for.
    pub since: Timestamp,
    /// How often in a row it failed.
    #[serde(default)]
    pub attempt: u32,
    /// Not to be gone on with before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

impl CleanupWork {
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        read(body)
    }

    /// The message, in a row of its own; `name` is a new one.
    #[must_use]
    pub fn message(&self, name: Uuid) -> Message {
        Message::of_its_own(write(self), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_survives_the_queue_with_the_request() {
        let request = Some(serde_json::json!({"RequestType": "Delete", "StackId": "ü"}));
        let work = CleanupWork { request, since: Timestamp::UNIX_EPOCH, attempt: 3, not_before: None };
        assert_eq!(CleanupWork::read(&work.message(Uuid::nil()).body).unwrap(), work);
    }
}
