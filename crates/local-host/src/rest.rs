use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sync_core::io::http::Transport;
use sync_core::look::Observer;
use sync_core::ports::{Clock, FreshIds};

use crate::host::Host;

/// What all work has in common.
#[derive(Deserialize)]
struct Waits {
    #[serde(default)]
    not_before: Option<Timestamp>,
}

impl<T, C, I, O> Host<T, C, I, O>
where
    T: Transport,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    /// Whether nothing is under way and nothing on the queues is due within this time.
    pub fn is_at_rest(&self, within: Duration) -> bool {
        let horizon =
            SignedDuration::try_from(within).ok().and_then(|within| self.clients.clock.now().checked_add(within).ok());
        let urls = &self.store.urls;
        [&urls.users, &urls.groups, &urls.keeper].into_iter().all(|url| {
            self.store.sqs.messages(url).iter().all(|message| {
                let waits = serde_json::from_str(&message.body).ok().and_then(|waits: Waits| waits.not_before);
                waits.is_some_and(|due| horizon.is_some_and(|horizon| due > horizon))
            })
        })
    }
}
