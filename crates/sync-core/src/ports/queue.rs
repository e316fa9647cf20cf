use std::time::Duration;

use uuid::Uuid;

use crate::failure::Failure;
use crate::work::Message;

/// Puts work on a queue.
pub trait Queue: Sync {
    /// Puts all of these there, or fails; then some may be there all the same.
    fn send(&self, messages: &[Message]) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The name under which a queue handed a message out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub String);

/// Hides messages that were handed out.
pub trait Visibility: Sync {
    /// Nobody sees these for so long, counted from now: twelve hours at most (AWS docs: visibility time-out).
    fn hide(&self, messages: &[(Receipt, Duration)]) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Tells how much is on a queue.
pub trait Backlog: Sync {
    /// How many messages it holds, about: SQS counts on several machines, which agree within a minute.
    fn backlog(&self) -> impl Future<Output = Result<Depth, Failure>> + Send;
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Those that can be handed out.
    pub waiting: u64,
    /// Those that were handed out, and that are being worked on or hidden until they are due.
    pub hidden: u64,
    /// Those that were sent with a delay that is not over.
    pub delayed: u64,
}

/// Makes ids that nobody can guess.
pub trait FreshIds: Sync {
    /// A new one.
    fn fresh(&self) -> Uuid;
}
