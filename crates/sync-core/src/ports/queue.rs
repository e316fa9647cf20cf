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

/// Makes ids that nobody can guess.
pub trait FreshIds: Sync {
    /// A new one.
    fn fresh(&self) -> Uuid;
}
