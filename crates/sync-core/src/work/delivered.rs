use std::time::Duration;

use jiff::Timestamp;

use crate::failure::Failure;
use crate::ports::{Receipt, Visibility};

use super::Unreadable;

/// The id of a message, by which a batch says which of it failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub String);

/// A message as a queue hands it out.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its id.
    pub id: MessageId,
    /// The name under which it was handed out.
    pub receipt: Receipt,
    /// What it says.
    pub body: String,
    /// How often it was handed out, this time included.
    pub receives: u32,
}

/// Hides a batch that failed as a whole, because the ledger or the network was out of order: longer each time, so that the
/// queue does not take it for poison before that has passed.
pub async fn put_off(queue: &impl Visibility, batch: &[Delivered]) -> Vec<MessageId> {
    let hidden: Vec<_> = batch.iter().map(|message| (message.receipt.clone(), wait(message.receives))).collect();
    if let Err(failure) = queue.hide(&hidden).await {
        tracing::warn!(%failure, "messages come back later than they might");
    }
    batch.iter().map(|message| message.id.clone()).collect()
}

fn wait(receives: u32) -> Duration {
    let doubled = SOON.saturating_mul(2_u32.saturating_pow(receives.saturating_sub(1)));
    doubled.min(LATEST)
}

const SOON: Duration = Duration::from_secs(30);
const LATEST: Duration = Duration::from_mins(15);

/// A batch, opened.
#[derive(Debug)]
pub struct Opened<W> {
    /// What is to be done now.
    pub due: Vec<(W, MessageId)>,
    /// What has to be handed out again: what is not due yet, and hidden until it is; and what cannot be read, which the queue
    /// hands out a few times and then puts among the dead letters.
    pub failed: Vec<MessageId>,
    /// How many were dropped, since nothing may be written.
    pub dropped: usize,
}

/// Opens a batch of messages. `held_up`: why they are not to be worked on, and are dropped; where that could not be found out, the
/// batch comes back whole.
pub async fn open<W>(
    held_up: Result<Option<&'static str>, Failure>,
    queue: &impl Visibility,
    batch: Vec<Delivered>,
    read: impl Fn(&str) -> Result<W, Unreadable>,
    not_before: impl Fn(&W) -> Option<Timestamp>,
    now: Timestamp,
) -> Opened<W> {
    match held_up {
        Ok(None) => unpack(queue, batch, read, not_before, now).await,
        Ok(Some(because)) => {
            let dropped = batch.len();
            tracing::info!(messages = dropped, because, "work is dropped");
            Opened { due: Vec::new(), failed: Vec::new(), dropped }
        }
        Err(failure) => {
            tracing::warn!(%failure, "a batch comes back later");
            Opened { due: Vec::new(), failed: put_off(queue, &batch).await, dropped: 0 }
        }
    }
}

/// The same, whether the integration is being removed or not: for the removal itself.
pub async fn unpack<W>(
    queue: &impl Visibility,
    batch: Vec<Delivered>,
    read: impl Fn(&str) -> Result<W, Unreadable>,
    not_before: impl Fn(&W) -> Option<Timestamp>,
    now: Timestamp,
) -> Opened<W> {
    let mut opened = Opened { due: Vec::new(), failed: Vec::new(), dropped: 0 };
    let mut early: Vec<(Receipt, Duration)> = Vec::new();
    for Delivered { id, receipt, body, .. } in batch {
        match read(&body) {
            Err(error) => {
                tracing::error!(message_id = %id.0, %error, "a message cannot be read");
                // At once, so that it is among the dead letters before anybody who stands behind it has waited for long.
                early.push((receipt, Duration::ZERO));
                opened.failed.push(id);
            }
            Ok(work) => match not_before(&work).map(|due| Duration::try_from(due.duration_since(now))) {
                // A wait that is no duration is one that is over.
                Some(Ok(wait)) if !wait.is_zero() => {
                    early.push((receipt, wait));
                    opened.failed.push(id);
                }
                _ => opened.due.push((work, id)),
            },
        }
    }
    if !early.is_empty()
        && let Err(failure) = queue.hide(&early).await
    {
        tracing::warn!(%failure, "messages come back too early");
    }
    opened
}
