//! What AWS documents of a FIFO queue, as stories against nothing but its API. The embedded queues are held to them by this
//! crate's tests, an emulator's by `make test-deploy`; so whoever relies on the embedded ones relies on no invention of ours.
//!
//! Each story has queues of its own: they can be told side by side. Time passes by tokio's clock, which is paused for the
//! embedded queues and real for an emulator's; no story waits for more than ten seconds.

mod attributes;
mod dead_letters;
mod deduplication;
mod fifo;
mod limits;
mod order;
mod receipts;
mod visibility;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use futures::future::LocalBoxFuture;

use super::QueueSettings;

/// An SQS that stories are told to.
pub trait Ground {
    /// A client of it.
    fn client(&self) -> Client;

    /// Makes a FIFO queue under a name that no other has. Answers its URL, which ends in the name.
    fn queue(&self, settings: QueueSettings) -> LocalBoxFuture<'_, Result<String, Broken>>;
}

/// Why a story does not hold, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

impl<E, R> From<SdkError<E, R>> for Broken
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self(match (error.code(), error.message()) {
            (Some(code), message) => format!("a call is refused: {code}: {}", message.unwrap_or_default()),
            (None, _) => format!("a call failed: {}", DisplayErrorContext(error)),
        })
    }
}

impl From<BuildError> for Broken {
    fn from(error: BuildError) -> Self {
        Self(format!("a request cannot be made: {error}"))
    }
}

type Told = Result<(), Broken>;

/// Something that has to be true of an SQS.
pub type Story = for<'a> fn(&'a dyn Ground) -> LocalBoxFuture<'a, Result<(), Broken>>;

/// All stories, by what they tell.
pub const STORIES: &[(&str, Story)] = &[
    ("a batch keeps the order of each group", |ground| Box::pin(order::kept_in_a_batch(ground))),
    ("a batch holds as many of one group as it can", |ground| Box::pin(order::one_group_first(ground))),
    ("while one of a group is in flight, no other of it comes", |ground| Box::pin(order::one_in_flight(ground))),
    ("a later one alone in flight holds an earlier one back", |ground| Box::pin(order::later_in_flight(ground))),
    ("what is not deleted comes back to the front of its group", |ground| Box::pin(visibility::comes_back(ground))),
    ("a receive may have a visibility of its own", |ground| Box::pin(visibility::of_a_receive(ground))),
    ("what is in flight can be hidden longer, or shown at once", |ground| Box::pin(visibility::changed(ground))),
    ("nothing is hidden for more than twelve hours at once", |ground| Box::pin(visibility::longest(ground))),
    ("a deduplication id counts for the whole queue", |ground| Box::pin(deduplication::in_the_queue(ground))),
    ("a deduplication id counts after the message was deleted", |ground| {
        Box::pin(deduplication::after_deletion(ground))
    }),
    ("with high throughput a deduplication id counts within its group", |ground| {
        Box::pin(deduplication::in_the_group(ground))
    }),
    ("a deduplication id counts within a batch", |ground| Box::pin(deduplication::in_a_batch(ground))),
    ("an older receipt touches nothing that was received anew", |ground| Box::pin(receipts::replaced(ground))),
    ("a receipt that is out of date is refused as expired", |ground| Box::pin(receipts::expired(ground))),
    ("what was deleted can be deleted again", |ground| Box::pin(receipts::used_twice(ground))),
    ("what is no receipt is refused, in a batch alone", |ground| Box::pin(receipts::nonsense(ground))),
    ("what was received in vain too often is put aside, and its group goes on", |ground| {
        Box::pin(dead_letters::put_aside(ground))
    }),
    ("a batch has one to ten entries with names of their own", |ground| Box::pin(limits::entries(ground))),
    ("a message and a batch have a mebibyte at most", |ground| Box::pin(limits::bytes(ground))),
    ("one wrong entry leaves the others of its batch alone", |ground| Box::pin(limits::one_wrong_entry(ground))),
    ("a message has a group, a deduplication id and a text, and no delay", |ground| {
        Box::pin(limits::parameters(ground))
    }),
    ("a batch with a message without a group or an id is refused whole", |ground| {
        Box::pin(limits::parameters_in_a_batch(ground))
    }),
    ("groups and deduplication ids are spelled in 128 characters without blanks", |ground| {
        Box::pin(limits::identifiers(ground))
    }),
    ("a sender is told the digest of the text and a number that grows", |ground| {
        Box::pin(attributes::of_a_sent(ground))
    }),
    ("a receive tells what it is asked for", |ground| Box::pin(attributes::of_a_message(ground))),
    ("the attributes tell what a queue holds and how it is set up", |ground| Box::pin(attributes::of_a_queue(ground))),
    ("the attributes tell where dead letters go", |ground| Box::pin(attributes::of_dead_letters(ground))),
    ("an attribute that does not exist is refused", |ground| Box::pin(attributes::unknown(ground))),
];
