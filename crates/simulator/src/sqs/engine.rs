//! The operations of SQS, in its JSON protocol.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::queue::{Queue, Stale};
use super::refusal::Refusal;
use super::send::{Entry, MOST_BYTES, Send, check_batch, check_messages};
use super::state::{State, arn_of};

pub(super) type Answer = Result<Value, Refusal>;

const LONGEST_VISIBILITY: i64 = 43_200;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<T> {
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    receipt_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeVisibility {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    attribute_names: Vec<String>,
}

/// Carries out any operation but `ReceiveMessage`, which waits. With `first_fails`, the first entry of a batch does not
/// get through.
pub(super) fn carry_out(state: &mut State, operation: &str, body: &[u8], first_fails: bool, now: Instant) -> Answer {
    let url = queue_url(body)?;
    let (queue, mut scene) = state.queue(&url, now)?;
    match operation {
        "SendMessage" => read::<Send>(body)?.carry_out(queue, &mut scene),
        "SendMessageBatch" => {
            let Batch { entries } = read::<Batch<Send>>(body)?;
            check_batch(&entries)?;
            check_messages(&entries)?;
            Ok(one_by_one(entries, first_fails, |send| send.carry_out(queue, &mut scene)))
        }
        "DeleteMessage" => read::<Delete>(body)?.carry_out(queue),
        "DeleteMessageBatch" => {
            let Batch { entries } = read::<Batch<Delete>>(body)?;
            check_batch(&entries)?;
            Ok(one_by_one(entries, first_fails, |delete| delete.carry_out(queue)))
        }
        "ChangeMessageVisibility" => read::<ChangeVisibility>(body)?.carry_out(queue, now),
        "ChangeMessageVisibilityBatch" => {
            let Batch { entries } = read::<Batch<ChangeVisibility>>(body)?;
            check_batch(&entries)?;
            Ok(one_by_one(entries, first_fails, |change| change.carry_out(queue, now)))
        }
        "GetQueueAttributes" => attributes(queue, &read::<Attributes>(body)?.attribute_names),
        _ => {
            let message = format!("{operation} is not simulated.");
            Err(Refusal::new("AWS.SimpleQueueService.UnsupportedOperation", message))
        }
    }
}

/// Whether an operation answered so has changed a queue.
pub(super) fn wrote(operation: &str, answer: &Answer) -> bool {
    let Ok(answer) = answer else { return false };
    match operation {
        "SendMessage" | "DeleteMessage" | "ChangeMessageVisibility" => true,
        "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => {
            answer.get("Successful").and_then(Value::as_array).is_some_and(|entries| !entries.is_empty())
        }
        _ => false,
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::new("SerializationException", error.to_string()))
}

/// What a receive hands out for a message, and [`Receipt::read`] takes back.
pub(super) struct Receipt {
    pub(super) sequence: u64,
    pub(super) number: u64,
}

impl Receipt {
    pub(super) fn write(&self, queue: &Queue) -> String {
        BASE64_STANDARD.encode(format!("{}/{}/{}", queue.name, self.sequence, self.number))
    }

    fn read(handle: Option<&str>, queue: &Queue) -> Result<Self, Refusal> {
        let handle = handle.ok_or_else(|| Refusal::missing("ReceiptHandle"))?;
        let read = || {
            let text = String::from_utf8(BASE64_STANDARD.decode(handle).ok()?).ok()?;
            let (sequence, number) = text.strip_prefix(&queue.name)?.strip_prefix('/')?.split_once('/')?;
            Some(Self { sequence: sequence.parse().ok()?, number: number.parse().ok()? })
        };
        read().ok_or_else(|| {
            let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
            Refusal::new("ReceiptHandleIsInvalid", message)
        })
    }
}

impl Delete {
    fn carry_out(self, queue: &mut Queue) -> Answer {
        let receipt = Receipt::read(self.receipt_handle.as_deref(), queue)?;
        queue.delete(receipt.sequence, receipt.number).map_err(|_| expired(self.receipt_handle.as_deref()))?;
        Ok(json!({}))
    }
}

impl ChangeVisibility {
    fn carry_out(self, queue: &mut Queue, now: Instant) -> Answer {
        let seconds = self.visibility_timeout.ok_or_else(|| Refusal::missing("VisibilityTimeout"))?;
        let visibility = visibility(seconds)?;
        let handle = self.receipt_handle.as_deref();
        let receipt = Receipt::read(handle, queue)?;
        queue.change_visibility(receipt.sequence, receipt.number, visibility, now).map_err(|stale| match stale {
            Stale::Expired => expired(handle),
            Stale::Gone => {
                let reason = "Message does not exist or is not available for visibility timeout change.";
                Refusal::invalid("ReceiptHandle", handle.unwrap_or_default(), reason)
            }
            Stale::TooLong => {
                let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
                Refusal::invalid("VisibilityTimeout", seconds, reason)
            }
        })?;
        Ok(json!({}))
    }
}

/// A time-out that may be asked for.
pub(super) fn visibility(seconds: i64) -> Result<Duration, Refusal> {
    let reason = "Must be between 0 and 43200, if provided.";
    let refusal = || Refusal::invalid("VisibilityTimeout", seconds, reason);
    if seconds > LONGEST_VISIBILITY {
        return Err(refusal());
    }
    u64::try_from(seconds).map(Duration::from_secs).map_err(|_| refusal())
}

pub(super) fn queue_url(body: &[u8]) -> Result<String, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Address {
        queue_url: Option<String>,
    }
    read::<Address>(body)?.queue_url.ok_or_else(|| Refusal::missing("QueueUrl"))
}

fn expired(handle: Option<&str>) -> Refusal {
    Refusal::invalid("ReceiptHandle", handle.unwrap_or_default(), "The receipt handle has expired.")
}

fn one_by_one<T>(entries: Vec<Entry<T>>, first_fails: bool, mut carry_out: impl FnMut(T) -> Answer) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (place, Entry { id, inner }) in entries.into_iter().enumerate() {
        let result = if first_fails && place == 0 { Err(Refusal::internal()) } else { carry_out(inner) };
        match result {
            Ok(Value::Object(mut fields)) => {
                fields.insert("Id".to_owned(), id.into());
                successful.push(Value::Object(fields));
            }
            Ok(_) => successful.push(json!({ "Id": id })),
            Err(refusal) => failed.push(refusal.entry(&id)),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}

fn attributes(queue: &Queue, names: &[String]) -> Answer {
    let settings = &queue.settings;
    let (scope, throughput) =
        if settings.deduplication_per_group { ("messageGroup", "perMessageGroupId") } else { ("queue", "perQueue") };
    let redrive = settings.dead_letters.as_ref().map(|(name, limit)| {
        let policy = json!({ "deadLetterTargetArn": arn_of(name), "maxReceiveCount": limit });
        ("RedrivePolicy", policy.to_string())
    });
    let all = [
        ("QueueArn", arn_of(&queue.name)),
        ("ApproximateNumberOfMessages", queue.visible().to_string()),
        ("ApproximateNumberOfMessagesNotVisible", queue.in_flight().to_string()),
        ("ApproximateNumberOfMessagesDelayed", 0.to_string()),
        ("VisibilityTimeout", settings.visibility.as_secs().to_string()),
        ("MessageRetentionPeriod", settings.retention.as_secs().to_string()),
        ("MaximumMessageSize", MOST_BYTES.to_string()),
        ("DelaySeconds", 0.to_string()),
        ("ReceiveMessageWaitTimeSeconds", 0.to_string()),
        ("FifoQueue", true.to_string()),
        ("ContentBasedDeduplication", false.to_string()),
        ("DeduplicationScope", scope.to_owned()),
        ("FifoThroughputLimit", throughput.to_owned()),
    ];
    // An attribute that SQS has and this queue has no value for is left out, as SQS leaves it out.
    let exists = |name: &String| QueueAttributeName::try_parse(name).is_ok();
    if let Some(unknown) = names.iter().find(|name| !exists(name)) {
        return Err(Refusal::new("InvalidAttributeName", format!("Unknown Attribute {unknown}.")));
    }
    let asked = |name: &str| names.iter().any(|asked| asked == "All" || asked == name);
    let found: Map<String, Value> = all
        .into_iter()
        .chain(redrive)
        .filter(|(name, _)| asked(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    Ok(if found.is_empty() { json!({}) } else { json!({ "Attributes": found }) })
}
