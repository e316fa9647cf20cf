use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::engine::{Receipt, visibility};
use super::queue::{Message, Queue};
use super::refusal::Refusal;
use super::send::sequence_number;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Receive {
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
}

/// What a receive asks for.
pub(super) struct Terms {
    pub(super) most: usize,
    /// `None`: as the queue has it.
    pub(super) visibility: Option<Duration>,
    pub(super) wait: Duration,
}

impl Receive {
    pub(super) fn terms(&self) -> Result<Terms, Refusal> {
        let most = between("MaxNumberOfMessages", self.max_number_of_messages.unwrap_or(1), 1, 10)?;
        let wait = between("WaitTimeSeconds", self.wait_time_seconds.unwrap_or(0), 0, 20)?;
        Ok(Terms {
            most: usize::from(most),
            visibility: self.visibility_timeout.map(visibility).transpose()?,
            wait: Duration::from_secs(u64::from(wait)),
        })
    }

    /// The answer for these messages.
    pub(super) fn answer(
        &self,
        queue: &Queue,
        messages: &[Message],
        time: impl Fn(tokio::time::Instant) -> Timestamp,
    ) -> Value {
        let messages: Vec<Value> = messages.iter().map(|message| self.shown(queue, message, &time)).collect();
        if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) }
    }

    fn shown(&self, queue: &Queue, message: &Message, time: impl Fn(tokio::time::Instant) -> Timestamp) -> Value {
        let milliseconds = |at| time(at).as_millisecond().to_string();
        let all = [
            ("ApproximateReceiveCount", message.receive_count.to_string()),
            ("SentTimestamp", milliseconds(message.sent)),
            ("ApproximateFirstReceiveTimestamp", message.first_received.map(milliseconds).unwrap_or_default()),
            ("MessageGroupId", message.group.to_string()),
            ("MessageDeduplicationId", message.deduplication.to_string()),
            ("SequenceNumber", sequence_number(message.sequence)),
        ];
        let mut names = self.attribute_names.iter().chain(&self.message_system_attribute_names);
        let attributes: Map<String, Value> = all
            .into_iter()
            .filter(|(name, _)| names.clone().any(|asked| asked == "All" || asked == name))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let receipt = Receipt { sequence: message.sequence, number: message.receipt };
        let mut shown = json!({
            "MessageId": message.id,
            "ReceiptHandle": receipt.write(queue),
            "MD5OfBody": format!("{:x}", md5::compute(message.body.as_bytes())),
            "Body": &*message.body,
        });
        if names.next().is_some()
            && let Some(shown) = shown.as_object_mut()
        {
            shown.insert("Attributes".to_owned(), attributes.into());
        }
        shown
    }
}

fn between(parameter: &str, value: i64, least: u8, most: u8) -> Result<u8, Refusal> {
    u8::try_from(value)
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| Refusal::invalid(parameter, value, &format!("Must be between {least} and {most}, if provided.")))
}
