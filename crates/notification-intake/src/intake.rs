//! One request to the address that Graph was given: the answer, and whatever goes onto the queues before it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sync_core::failure::Failure;
use sync_core::ports::{Clock, FreshIds, Queue, SubscriptionRecords};
use uuid::Uuid;

use crate::delivery::{DeliveryError, Item, read};
use crate::gather::{Gathered, gather};
use crate::handshake::{Handshake, handshake};
use crate::verdict::{KnownSubscription, judge};

/// What is known of our subscriptions is good for so long.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// A subscription that is not known may be a new one, so the ledger is asked anew; but not for every forged notification.
const LEAST: SignedDuration = SignedDuration::from_secs(1);

/// What takes notifications in.
pub struct Intake<'a, L, Q, C, I> {
    /// The ledger.
    pub ledger: &'a L,
    /// The queues.
    pub queues: Queues<'a, Q>,
    /// The time.
    pub clock: &'a C,
    /// Names for messages that have none.
    pub ids: &'a I,
    /// The tenant that notifications have to be about.
    pub tenant: Uuid,
    /// What is known of our subscriptions.
    pub cache: &'a Cache,
}

/// The queues that work is put on.
#[derive(Debug)]
pub struct Queues<'a, Q> {
    /// That of the user flow.
    pub users: &'a Q,
    /// That of the group flow.
    pub groups: &'a Q,
    /// That of the subscription keeper.
    pub keeper: &'a Q,
}

/// What is known of our subscriptions, from request to request.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<(Vec<KnownSubscription>, Timestamp)>>);

/// What a request is answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, `text/plain`, never to be sniffed for another type.
    pub body: String,
    /// What became of the notifications in it.
    pub taken: Taken,
}

/// What became of a delivery's notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Messages put on the queues.
    pub queued: u64,
    /// Notifications dropped, by reason.
    pub dropped: BTreeMap<&'static str, u64>,
}

impl Answer {
    fn plain(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), taken: Taken::default() }
    }
}

impl<L, Q, C, I> Intake<'_, L, Q, C, I>
where
    L: SubscriptionRecords,
    Q: Queue,
    C: Clock,
    I: FreshIds,
{
    /// Answers one request. 202 means that all of it is on the queues; 503, that it has to be delivered again.
    pub async fn answer(&self, raw_query: &str, body: &[u8]) -> Answer {
        match handshake(raw_query) {
            Some(Handshake::Echo(token)) => return Answer::plain(200, token),
            Some(Handshake::Refused(refusal)) => return Answer::plain(400, refusal.to_string()),
            None => {}
        }
        let items = match read(body) {
            Ok(items) => items,
            Err(error @ DeliveryError::TooLarge(_)) => return Answer::plain(413, error.to_string()),
            Err(error) => return Answer::plain(400, error.to_string()),
        };
        match self.take(items).await {
            Ok(taken) => Answer { taken, ..Answer::plain(202, "") },
            Err(failure) => {
                tracing::error!(%failure, "a delivery was not taken in; Graph delivers it again");
                Answer::plain(503, "not taken in; deliver it again")
            }
        }
    }

    async fn take(&self, items: Vec<Item>) -> Result<Taken, Failure> {
        let now = self.clock.now();
        let known = self.known(&items, now).await?;
        let verdicts = items.into_iter().map(|item| judge(item, self.tenant, &known));
        let Gathered { users, groups, keeper, dropped } = gather(verdicts, now, self.ids);
        for (reason, count) in &dropped {
            tracing::warn!(reason, count, "notifications were dropped");
        }
        let queued = (users.len() + groups.len() + keeper.len()) as u64;
        let send = async |queue: &Q, messages: Vec<_>| {
            if messages.is_empty() { Ok(()) } else { queue.send(&messages).await }
        };
        let Queues { users: to_users, groups: to_groups, keeper: to_keeper } = self.queues;
        let (one, two, three) = futures::join!(send(to_users, users), send(to_groups, groups), send(to_keeper, keeper));
        one.and(two).and(three)?;
        Ok(Taken { queued, dropped })
    }

    async fn known(&self, items: &[Item], now: Timestamp) -> Result<Vec<KnownSubscription>, Failure> {
        let cached = self.cache.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all_known = |known: &[KnownSubscription]| {
            let ids: Vec<_> = known.iter().map(|known| known.id).collect();
            items.iter().all(|item| item.subscription.is_none() || ids.contains(&item.subscription))
        };
        if let Some((known, read_at)) = &cached {
            let age = now.duration_since(*read_at);
            if age < LEAST || (age < FRESH && all_known(known)) {
                return Ok(known.clone());
            }
        }
        match self.ledger.records().await {
            Ok(records) => {
                let known: Vec<_> = records
                    .into_iter()
                    .map(|record| KnownSubscription { id: record.id, client_state: record.client_state })
                    .collect();
                *self.cache.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((known.clone(), now));
                Ok(known)
            }
            // What was known suffices, unless it knows nothing of these.
            Err(failure) => match cached {
                Some((known, _)) if all_known(&known) => Ok(known),
                _ => Err(failure),
            },
        }
    }
}
