//! Notifications: Graph tells its subscribers what changed (Graph docs: change notifications through webhooks).

mod announce;
mod deliver;
mod outbox;
mod payload;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderMap;

pub(crate) use outbox::Outbox;

/// Where notifications go: the way to the intake, in process or over a socket.
pub trait Receiver: Send + Sync {
    /// Posts a body; the status, the headers and the body of the answer. `None`: no answer.
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>>;
}

/// What Graph tells a subscriber about a subscription itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleEvent {
    /// It has to be renewed, or nothing is delivered any more.
    ReauthorizationRequired,
    /// It is gone.
    SubscriptionRemoved,
    /// Notifications were lost.
    Missed,
}

impl LifecycleEvent {
    /// As Graph writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }
}

/// How many notifications there were. Those that are neither lost nor delivered are on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotificationTally {
    /// All that were made, lifecycle notifications among them; one that comes twice counts twice.
    pub made: u64,
    /// Those that never came: by chance, given up after four hours, or of a subscription that ended.
    pub lost: u64,
    /// Those that were accepted.
    pub delivered: u64,
    /// How many were posted once more, each as often as it was.
    pub retried: u64,
    /// How often chance made one come once more.
    pub doubled: u64,
}

/// The way to the subscribers, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Way(pub(crate) Option<Arc<dyn Receiver>>);

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Way" } else { "no Way" })
    }
}
