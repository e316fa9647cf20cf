use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures::FutureExt;
use serde::Deserialize;
use serde_json::Value;
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{Receipt, Visibility};
use sync_core::work::{Delivered, MessageId, put_off};

/// The messages of an event.
#[derive(Clone, Debug, Default)]
pub struct Batch(pub Vec<Delivered>);

impl Batch {
    /// Reads an event of a queue; `None` when it is something else.
    #[must_use]
    pub fn read(event: &Value) -> Option<Self> {
        event.get("Records")?;
        let event = SqsEvent::deserialize(event).ok()?;
        let messages = event.records.into_iter().map(|message| Delivered {
            receives: received(&message.attributes),
            id: MessageId(message.message_id.unwrap_or_default()),
            receipt: Receipt(message.receipt_handle.unwrap_or_default()),
            body: message.body.unwrap_or_default(),
        });
        Some(Self(messages.collect()))
    }
}

fn received(attributes: &HashMap<String, String>) -> u32 {
    attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// Handles an event of a queue: `handle` returns the messages that have to come back, and they do, alone.
///
/// One that makes the handler panic would take its neighbours along; after a panic each is handled by itself, and only
/// whoever panics again comes back, until the queue puts it among the dead letters.
///
/// # Errors
/// When the event is none of a queue.
pub async fn messages<F>(
    event: &Value,
    queue: &impl Visibility,
    handle: impl Fn(Vec<Delivered>) -> F,
) -> Result<Value, Failure>
where
    F: Future<Output = Result<Vec<MessageId>, Failure>>,
{
    let Some(Batch(batch)) = Batch::read(event) else {
        return Err(Failure::new(
            "reading an event",
            Cause::Unreadable("it is no batch of a queue's messages".to_owned()),
        ));
    };
    let mut failed = BTreeSet::new();
    match attempt(batch.clone(), &handle).await {
        Some(Ok(some)) => failed.extend(some),
        Some(Err(failure)) => {
            tracing::error!(%failure, messages = batch.len(), "a batch comes back");
            failed.extend(put_off(queue, &batch).await);
        }
        None => {
            tracing::error!(messages = batch.len(), "the handler panicked; each message is handled by itself");
            for message in batch {
                let one = vec![message];
                match attempt(one.clone(), &handle).await {
                    Some(Ok(some)) => failed.extend(some),
                    Some(Err(failure)) => {
                        tracing::error!(%failure, "a message comes back");
                        failed.extend(put_off(queue, &one).await);
                    }
                    None => {
                        tracing::error!(message_id = ?one.first().map(|message| &message.id.0), "this message makes the handler panic");
                        failed.extend(one.into_iter().map(|message| message.id));
                    }
                }
            }
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|MessageId(id)| {
            let mut item = BatchItemFailure::default();
            item.item_identifier = id;
            item
        })
        .collect();
    serde_json::to_value(response)
        .map_err(|error| Failure::new("answering a batch", Cause::Unreadable(error.to_string())))
}

/// `None`: it panicked.
async fn attempt<F: Future>(batch: Vec<Delivered>, handle: &impl Fn(Vec<Delivered>) -> F) -> Option<F::Output> {
    AssertUnwindSafe(async { handle(batch).await }).catch_unwind().await.ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Hidden(Mutex<Vec<(Receipt, Duration)>>);

    impl Visibility for Hidden {
        async fn hide(&self, messages: &[(Receipt, Duration)]) -> Result<(), Failure> {
            self.0.lock().unwrap().extend_from_slice(messages);
            Ok(())
        }
    }

    fn event(bodies: &[&str]) -> Value {
        let records = bodies.iter().map(|body| {
            json!({"messageId": format!("id-{body}"), "receiptHandle": format!("receipt-{body}"), "body": body,
                   "attributes": {"MessageGroupId": "g", "ApproximateReceiveCount": "3"}, "eventSource": "aws:sqs"})
        });
        json!({"Records": records.collect::<Vec<_>>()})
    }

    fn failures(response: &Value) -> Vec<&str> {
        let failures = response["batchItemFailures"].as_array().unwrap();
        failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn the_messages_that_failed_come_back_and_no_others() {
        let handle = async |batch: Vec<Delivered>| {
            assert_eq!(batch.len(), 3);
            Ok(vec![batch[1].id.clone()])
        };
        let response = messages(&event(&["a", "b", "c"]), &Hidden::default(), handle).await.unwrap();
        assert_eq!(failures(&response), ["id-b"]);
    }

    #[tokio::test]
    async fn one_that_makes_the_handler_panic_comes_back_alone() {
        let handled = Mutex::new(Vec::new());
        let handle = async |batch: Vec<Delivered>| {
            for message in &batch {
                assert_ne!(message.body, "b", "a panic");
            }
            handled.lock().unwrap().extend(batch.into_iter().map(|message| message.body));
            Ok(Vec::new())
        };
        let response = messages(&event(&["a", "b", "c"]), &Hidden::default(), handle).await.unwrap();
        assert_eq!(failures(&response), ["id-b"]);
        assert_eq!(*handled.lock().unwrap(), ["a", "c"]);
    }

    #[tokio::test]
    async fn a_batch_that_fails_as_a_whole_comes_back_soon() {
        let hidden = Hidden::default();
        let handle = async |_| Err(Failure::new("reading the mapping", Cause::Unreachable("no way".to_owned())));
        let response = messages(&event(&["a", "b"]), &hidden, handle).await.unwrap();
        assert_eq!(failures(&response), ["id-a", "id-b"]);
        assert_eq!(hidden.0.lock().unwrap().len(), 2);
        assert_eq!(hidden.0.lock().unwrap()[0], (Receipt("receipt-a".to_owned()), Duration::from_mins(2)));
    }

    #[tokio::test]
    async fn what_is_no_batch_is_refused() {
        let handle = async |_| Ok(Vec::new());
        for event in [json!({}), json!({"Records": 7}), json!([]), json!({"RequestType": "Create"})] {
            assert!(messages(&event, &Hidden::default(), handle).await.is_err(), "{event}");
        }
    }
}
