//! Posting what is due.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use sync_core::ports::Clock;
use uuid::Uuid;

use crate::simulation::Simulation;
use crate::state::State;

use super::outbox::{Attempt, Notification};
use super::payload::News;
use super::{LifecycleEvent, NotificationTally, Receiver, Way};

/// How long the first answer may take, and that to a retry (Graph docs: change notifications through webhooks).
const PATIENCE: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(10)];
/// How many POSTs are under way at once.
const AT_ONCE: usize = 16;

impl Simulation {
    /// Says where notifications go, and the validation of new subscriptions.
    pub fn notify(&self, receiver: Arc<dyn Receiver>) {
        self.state().outbox.way = Way(Some(receiver));
    }

    /// Makes a lifecycle notification, due at once; `false` if there is no such subscription.
    #[must_use]
    pub fn send_lifecycle(&self, subscription: Uuid, event: LifecycleEvent) -> bool {
        let now = self.clock().now();
        let mut state = self.state();
        if state.subscriptions.get(subscription, now).is_none() {
            return false;
        }
        state.outbox.tally.made += 1;
        state.outbox.put(now, Notification { subscription, news: News::Lifecycle(event) });
        drop(state);
        self.wake().notify_one();
        true
    }

    /// How many notifications there were.
    #[must_use]
    pub fn notification_tally(&self) -> NotificationTally {
        self.state().outbox.tally
    }

    /// When the next notification is due, or a retry.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.state().outbox.next_due()
    }

    /// Posts all that is due by the simulation's clock; how many notifications were accepted. What is not stays to be
    /// posted again. When it is dropped half-way, what was not answered is due as before.
    pub async fn deliver_due(&self) -> usize {
        let (way, flights) = self.take_off();
        let mut delivered = 0;
        let mut under_way = FuturesUnordered::new();
        for (flight, body) in flights {
            if under_way.len() >= AT_ONCE {
                delivered += under_way.next().await.unwrap_or_default();
            }
            under_way.push(flight.post(way.clone(), body));
        }
        while let Some(more) = under_way.next().await {
            delivered += more;
        }
        delivered
    }

    /// Posts whatever becomes due, for ever.
    pub async fn deliver_forever(&self) {
        loop {
            self.deliver_due().await;
            let Some(due) = self.next_due() else {
                self.wake().notified().await;
                continue;
            };
            let wait = Duration::try_from(due.duration_since(self.clock().now())).unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake().notified() => {}
            }
        }
    }

    fn take_off(&self) -> (Way, Vec<(Flight, Bytes)>) {
        let now = self.clock().now();
        let mut state = self.state();
        let State { outbox, subscriptions, behaviour, .. } = &mut *state;
        let batch = behaviour.graph.notifications.batch;
        let posts = outbox.take_due(subscriptions, behaviour.entra.tenant, batch, now);
        let flight = |attempt| Flight { simulation: self.clone(), attempt: Some(attempt) };
        (outbox.way.clone(), posts.into_iter().map(|(attempt, body)| (flight(attempt), body)).collect())
    }
}

/// A POST under way. Dropped before it is over it goes back to where it came from: Graph does not forget what it tells
/// because a test stopped listening.
struct Flight {
    simulation: Simulation,
    attempt: Option<Attempt>,
}

impl Flight {
    async fn post(mut self, way: Way, body: Bytes) -> usize {
        let Some(attempt) = &self.attempt else { return 0 };
        let [first, retry] = PATIENCE;
        let patience = if attempt.tries == 0 { first } else { retry };
        let answer = match &way.0 {
            Some(receiver) => {
                let asking = receiver.post(&attempt.url, "application/json", body);
                tokio::time::timeout(patience, asking).await.ok().flatten()
            }
            None => None,
        };
        let is_accepted = answer.is_some_and(|(status, ..)| (200..300).contains(&status));
        let now = self.simulation.clock().now();
        match self.attempt.take() {
            Some(attempt) => self.simulation.state().outbox.end(attempt, is_accepted, now),
            None => 0,
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            self.simulation.state().outbox.put_back(attempt);
        }
    }
}
