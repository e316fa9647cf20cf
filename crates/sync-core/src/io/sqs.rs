//! The queues, on the SQS API: FIFO, so that of the work about one person one piece at a time is handed out.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, QueueAttributeName, SendMessageBatchRequestEntry,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::failure::{Cause, Failure};
use crate::ports::{Backlog, Depth, Queue, Receipt, Visibility};
use crate::work::Message;

/// The most messages of one call (AWS docs: SQS quotas).
const BATCH: usize = 10;
/// The most bytes of one call are 1,048,576 since 2025; the limit before leaves room for what is counted beside the bodies.
const BYTES: usize = 256 * 1024;
/// Calls under way at once: 1,000 notifications take 100 calls.
const SIDE_BY_SIDE: usize = 32;
/// The longest that a message can be hidden (AWS docs: visibility time-out).
const LONGEST: Duration = Duration::from_hours(12);

/// A queue.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue at this address.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    async fn send_batch(&self, batch: &[Message]) -> Result<(), Failure> {
        let failed = |cause| Failure::new(format!("putting {} messages on the queue", batch.len()), cause);
        let entries = batch.iter().enumerate().map(|(n, message)| {
            SendMessageBatchRequestEntry::builder()
                .id(n.to_string())
                .message_body(&message.body)
                .message_group_id(&message.group)
                .message_deduplication_id(&message.deduplication)
                .build()
        });
        let entries: Result<Vec<_>, BuildError> = entries.collect();
        let entries = entries.map_err(|error| failed(Cause::Unreadable(error.to_string())))?;
        let call = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let sent = call.send().await.map_err(|error| failed(cause(&error)))?;
        refused(sent.failed()).map_or(Ok(()), |cause| Err(failed(cause)))
    }

    async fn hide_batch(&self, batch: &[(Receipt, Duration)]) -> Result<(), Failure> {
        let failed = |cause| Failure::new("hiding messages of the queue for a while", cause);
        let entries = batch.iter().enumerate().map(|(n, (Receipt(receipt), wait))| {
            // Rounded up: a message that comes back too early has to be hidden again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(n.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(i32::try_from(seconds.min(LONGEST.as_secs())).unwrap_or(i32::MAX))
                .build()
        });
        let entries: Result<Vec<_>, BuildError> = entries.collect();
        let entries = entries.map_err(|error| failed(Cause::Unreadable(error.to_string())))?;
        let call = self.client.change_message_visibility_batch().queue_url(&self.url).set_entries(Some(entries));
        let hidden = call.send().await.map_err(|error| failed(cause(&error)))?;
        refused(hidden.failed()).map_or(Ok(()), |cause| Err(failed(cause)))
    }
}

impl Queue for SqsQueue {
    async fn send(&self, messages: &[Message]) -> Result<(), Failure> {
        let calls: Vec<_> = batches(messages).into_iter().map(|batch| self.send_batch(batch)).collect();
        stream::iter(calls).buffer_unordered(SIDE_BY_SIDE).try_for_each(|()| async { Ok(()) }).await
    }
}

impl Visibility for SqsQueue {
    async fn hide(&self, messages: &[(Receipt, Duration)]) -> Result<(), Failure> {
        for batch in messages.chunks(BATCH) {
            self.hide_batch(batch).await?;
        }
        Ok(())
    }
}

impl Backlog for SqsQueue {
    async fn backlog(&self) -> Result<Depth, Failure> {
        let name = self.url.rsplit('/').next().unwrap_or_default();
        let failed = |cause| Failure::new(format!("asking how many messages are on the queue {name}"), cause);
        let asked = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let call = self.client.get_queue_attributes().queue_url(&self.url).set_attribute_names(Some(asked.to_vec()));
        let answer = call.send().await.map_err(|error| failed(cause(&error)))?;
        let count = |name: &QueueAttributeName| {
            let text = answer.attributes().and_then(|attributes| attributes.get(name));
            let count = text.and_then(|text| text.parse().ok());
            count.ok_or_else(|| failed(Cause::Unreadable(format!("there is no number under {}", name.as_str()))))
        };
        let [waiting, hidden, delayed] = asked.each_ref().map(count);
        Ok(Depth { waiting: waiting?, hidden: hidden?, delayed: delayed? })
    }
}

/// As few calls as SQS allows: ten messages each, or as many as its limit of bytes lets through.
fn batches(messages: &[Message]) -> Vec<&[Message]> {
    let mut batches = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest.iter().take(BATCH).take_while(|message| {
            bytes += message.body.len();
            bytes <= BYTES
        });
        // One that is too large alone is sent alone, and refused by name.
        let (batch, others) = rest.split_at(fitting.count().max(1));
        batches.push(batch);
        rest = others;
    }
    batches
}

/// Some of a batch may be refused although the call succeeds.
fn refused(failed: &[BatchResultErrorEntry]) -> Option<Cause> {
    let worst = failed.iter().find(|entry| entry.sender_fault()).or_else(|| failed.first())?;
    Some(by_code(worst.code()))
}

fn cause<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Cause {
    match error {
        SdkError::DispatchFailure(_) => Cause::Unreachable("SQS cannot be reached".to_owned()),
        SdkError::TimeoutError(_) => Cause::AnswerLost("SQS did not answer in time".to_owned()),
        SdkError::ServiceError(_) => by_code(error.code().unwrap_or_default()),
        _ => Cause::AnswerLost("SQS's answer cannot be read".to_owned()),
    }
}

fn by_code(code: &str) -> Cause {
    match code.rsplit('.').next().unwrap_or_default() {
        "ThrottlingException" | "RequestThrottled" | "OverLimit" => Cause::Throttled { retry_after: None },
        "QueueDoesNotExist" | "NonExistentQueue" | "InvalidAddress" => Cause::Forbidden {
            advice: "SQS knows no such queue: check USER_QUEUE_URL, GROUP_QUEUE_URL and the region".into(),
        },
        "AccessDenied" | "AccessDeniedException" | "UnrecognizedClientException" => Cause::Forbidden {
            advice: format!("SQS refuses access ({code}): the role or user that asks must be allowed to use the queue")
                .into(),
        },
        "InternalError" | "InternalFailure" | "ServiceUnavailable" | "" => {
            Cause::Unavailable { status: 500, retry_after: None }
        }
        code => Cause::Rejected {
            status: 400,
            code: code.to_owned(),
            fields: Vec::new(),
            message: crate::domain::Personal::new(""),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: usize) -> Message {
        Message { body: "x".repeat(bytes), group: "g".to_owned(), deduplication: "d".to_owned() }
    }

    #[test]
    fn calls_are_as_few_as_sqs_allows() {
        let sizes = |messages: &[Message]| batches(messages).iter().map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&vec![message(200); 25]), [10, 10, 5]);
        assert_eq!(sizes(&[message(100_000), message(100_000), message(100_000)]), [2, 1]);
        assert_eq!(sizes(&[message(300_000), message(1)]), [1, 1]);
        assert!(sizes(&[]).is_empty());
    }
}
