//! How AWS Lambda takes messages from a queue.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName as Name};
use futures::future::join_all;
use jiff::Timestamp;

use super::EmbeddedSqs;

/// How long polling pauses after a call that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// An event source mapping: hands the messages of a queue to a handler, batch by batch, with partial batch responses.
///
/// A batch holds what one receive found: messages of one group in their order, possibly of several groups. Its calls count
/// as all calls do, and can fail on order.
#[derive(Clone, Debug)]
pub struct EventSource {
    /// The queue.
    pub queue_url: String,
    /// The most messages of a batch, 1 to 10.
    pub batch_size: u8,
    /// The most batches handled at a time. A group is in one of them at most.
    pub concurrency: usize,
}

/// A message as a handler gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its id, by which a handler reports that it failed.
    pub message_id: String,
    /// What this receive may delete it by.
    pub receipt_handle: String,
    /// Its text.
    pub body: String,
    /// The message group that it belongs to.
    pub group: String,
    /// Its deduplication id.
    pub deduplication_id: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
    /// When it was sent.
    pub sent: Timestamp,
}

impl EventSource {
    /// Polls for ever; the caller drops it.
    ///
    /// The handler answers the ids of the messages that failed, or an error if all did. These stay in flight until their
    /// visibility time-out, all others are deleted: whoever reports a message has to report the later ones of its group as
    /// well, or their order is lost. An id that is not in the batch fails the whole batch.
    pub async fn run<H, F>(&self, sqs: &EmbeddedSqs, handler: H)
    where
        H: Fn(Vec<Record>) -> F,
        F: Future<Output = Result<Vec<String>, ()>>,
    {
        self.poll(sqs, &handler, false).await;
    }

    /// The same until the queue has nothing visible and nothing in flight. What failed is waited for.
    pub async fn drain<H, F>(&self, sqs: &EmbeddedSqs, handler: H)
    where
        H: Fn(Vec<Record>) -> F,
        F: Future<Output = Result<Vec<String>, ()>>,
    {
        self.poll(sqs, &handler, true).await;
    }

    async fn poll<H, F>(&self, sqs: &EmbeddedSqs, handler: &H, until_empty: bool)
    where
        H: Fn(Vec<Record>) -> F,
        F: Future<Output = Result<Vec<String>, ()>>,
    {
        let client = sqs.client();
        let pollers = (0..self.concurrency.max(1)).map(|_| async {
            while sqs.visible(&self.queue_url, until_empty).await {
                let Some(records) = self.receive(&client).await else {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                // Another poller may have been quicker.
                if records.is_empty() {
                    continue;
                }
                if let Ok(failed) = handler(records.clone()).await {
                    self.delete(&client, &records, &failed).await;
                }
            }
        });
        join_all(pollers).await;
    }

    async fn receive(&self, client: &Client) -> Option<Vec<Record>> {
        let request = client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(self.batch_size.clamp(1, 10).into())
            .message_system_attribute_names(Name::All);
        let answer = request.send().await.ok()?;
        Some(answer.messages.unwrap_or_default().into_iter().map(record).collect())
    }

    /// Deletes what did not fail. What cannot be deleted comes again.
    async fn delete(&self, client: &Client, records: &[Record], failed: &[String]) {
        if failed.iter().any(|id| !records.iter().any(|record| record.message_id == *id)) {
            return;
        }
        let done = records.iter().filter(|record| !failed.contains(&record.message_id));
        let entries: Vec<_> = done
            .enumerate()
            .filter_map(|(place, record)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
                entry.receipt_handle(&record.receipt_handle).build().ok()
            })
            .collect();
        if !entries.is_empty() {
            let request = client.delete_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
            // Lambda does not tell the handler either.
            let _ = request.send().await;
        }
    }
}

fn record(message: Message) -> Record {
    let attributes = message.attributes.unwrap_or_default();
    let text = |name: &Name| attributes.get(name).cloned().unwrap_or_default();
    let sent = text(&Name::SentTimestamp).parse().ok().and_then(|sent| Timestamp::from_millisecond(sent).ok());
    Record {
        message_id: message.message_id.unwrap_or_default(),
        receipt_handle: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        group: text(&Name::MessageGroupId),
        deduplication_id: text(&Name::MessageDeduplicationId),
        receive_count: text(&Name::ApproximateReceiveCount).parse().unwrap_or_default(),
        sent: sent.unwrap_or_default(),
    }
}
