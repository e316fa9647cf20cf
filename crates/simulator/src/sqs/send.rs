use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::queue::{NewMessage, Queue, Sent};
use super::refusal::Refusal;
use super::state::Scene;

/// The most bytes of a message, and of a batch.
pub(super) const MOST_BYTES: usize = 1024 * 1024;
const MOST_ENTRIES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send {
    #[serde(default)]
    message_body: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    delay_seconds: Option<i64>,
    message_attributes: Option<Map<String, Value>>,
    message_system_attributes: Option<Map<String, Value>>,
}

impl Send {
    /// Carries it out and answers.
    pub(super) fn carry_out(self, queue: &mut Queue, scene: &mut Scene<'_>) -> Result<Value, Refusal> {
        let (body, group, deduplication) = self.check()?;
        let md5 = format!("{:x}", md5::compute(body.as_bytes()));
        let message = NewMessage {
            id: scene.message_id(),
            body: body.into(),
            group: group.into(),
            deduplication: deduplication.into(),
        };
        let Sent { id, sequence } = queue.send(message, scene.now);
        Ok(json!({ "MessageId": id, "MD5OfMessageBody": md5, "SequenceNumber": sequence_number(sequence) }))
    }

    /// What a whole batch fails for, not one entry alone.
    pub(super) fn check_identity(&self) -> Result<(), Refusal> {
        if self.message_group_id.is_none() {
            return Err(Refusal::missing("MessageGroupId"));
        }
        if self.message_deduplication_id.is_none() {
            let message = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
                           provided explicitly";
            return Err(Refusal::new("InvalidParameterValue", message));
        }
        Ok(())
    }

    pub(super) fn size(&self) -> usize {
        self.message_body.len()
    }

    fn check(self) -> Result<(String, String, String), Refusal> {
        self.check_identity()?;
        if let Some(delay) = self.delay_seconds {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(Refusal::invalid("DelaySeconds", delay, reason));
        }
        let attributes = [&self.message_attributes, &self.message_system_attributes];
        if attributes.into_iter().flatten().any(|attributes| !attributes.is_empty()) {
            let message = "Attributes of messages are not simulated.";
            return Err(Refusal::new("AWS.SimpleQueueService.UnsupportedOperation", message));
        }
        if self.message_body.is_empty() {
            return Err(Refusal::missing("MessageBody"));
        }
        if self.message_body.len() > MOST_BYTES {
            let message =
                format!("One or more parameters are invalid. Reason: Message must be shorter than {MOST_BYTES} bytes.");
            return Err(Refusal::new("InvalidParameterValue", message));
        }
        if !self.message_body.chars().all(is_allowed) {
            let message = "Invalid characters found. Valid unicode characters are \
                           #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
            return Err(Refusal::new("InvalidMessageContents", message));
        }
        let group = identifier("MessageGroupId", self.message_group_id.unwrap_or_default())?;
        let deduplication = identifier("MessageDeduplicationId", self.message_deduplication_id.unwrap_or_default())?;
        Ok((self.message_body, group, deduplication))
    }
}

/// One entry of a batch.
#[derive(Deserialize)]
pub(super) struct Entry<T> {
    #[serde(rename = "Id", default)]
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) inner: T,
}

/// What holds for the batches of all operations.
pub(super) fn check_batch<T>(entries: &[Entry<T>]) -> Result<(), Refusal> {
    if entries.is_empty() {
        let message = "There should be at least one entry in the request.";
        return Err(Refusal::new("AWS.SimpleQueueService.EmptyBatchRequest", message));
    }
    if entries.len() > MOST_ENTRIES {
        let sent = entries.len();
        let message = format!("Maximum number of entries per request are {MOST_ENTRIES}. You have sent {sent}.");
        return Err(Refusal::new("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", message));
    }
    let mut seen = HashSet::new();
    for Entry { id, .. } in entries {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !(1..=80).contains(&id.len()) || !id.chars().all(is_valid) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be \
                           at most 80 letters long.";
            return Err(Refusal::new("AWS.SimpleQueueService.InvalidBatchEntryId", message));
        }
        if !seen.insert(id.as_str()) {
            let message = format!("Id {id} repeated.");
            return Err(Refusal::new("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", message));
        }
    }
    Ok(())
}

/// What holds for batches of messages besides.
pub(super) fn check_messages(entries: &[Entry<Send>]) -> Result<(), Refusal> {
    let sent: usize = entries.iter().map(|entry| entry.inner.size()).sum();
    if sent > MOST_BYTES {
        let message = format!("Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {sent} bytes.");
        return Err(Refusal::new("AWS.SimpleQueueService.BatchRequestTooLong", message));
    }
    entries.iter().try_for_each(|entry| entry.inner.check_identity())
}

/// SQS's own numbers have twenty digits, and do not count by one.
pub(super) fn sequence_number(sequence: u64) -> String {
    format!("{:020}", 10_000_000_000_000_000_000_u64.saturating_add(sequence.saturating_mul(256)))
}

fn identifier(parameter: &str, value: String) -> Result<String, Refusal> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_punctuation();
    if (1..=128).contains(&value.len()) && value.chars().all(is_valid) {
        return Ok(value);
    }
    let reason = format!("{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    Err(Refusal::invalid(parameter, value, &reason))
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
