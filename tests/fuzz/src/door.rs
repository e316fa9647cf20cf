//! An intake between a ledger that knows two subscriptions, and queues that keep what is put on them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::executor::block_on;
use jiff::Timestamp;
use notification_intake::intake::{Answer, Cache, Intake, Queues};
use secrecy::SecretString;
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{Clock, FreshIds, Queue, SubscriptionRecord, SubscriptionRecords, Watched};
use sync_core::work::Message;
use uuid::{Uuid, uuid};

/// The tenant that is ours.
pub(crate) const TENANT: Uuid = uuid!("72f988bf-86f1-41af-91ab-2d7cd011db47");
/// A subscription that is there, and the secret in its notifications.
pub(crate) const USERS: (Uuid, &str) = (uuid!("7f105c7d-2dc5-4530-97cd-4e7ae6534c07"), "s3cret");
/// The secret of one that is being made, so that its id is not known yet.
pub(crate) const GROUPS: &str = "t0ken";
/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// What one request came to.
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) users: Vec<Message>,
    pub(crate) groups: Vec<Message>,
    pub(crate) keeper: Vec<Message>,
}

impl Outcome {
    /// All that was put on queues.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.users.iter().chain(&self.groups).chain(&self.keeper)
    }
}

/// The address that Graph was given.
#[derive(Default)]
pub(crate) struct Door {
    /// What it has learned from the ledger.
    cache: Cache,
    /// Whether the queues are out of order.
    stuck: bool,
}

impl Door {
    /// One before queues that take nothing.
    pub(crate) fn stuck() -> Self {
        Self { stuck: true, ..Self::default() }
    }

    /// One request to it.
    pub(crate) fn post(&self, query: &str, body: &[u8]) -> Outcome {
        let [users, groups, keeper] = [(); 3].map(|()| Kept { stuck: self.stuck, messages: Mutex::default() });
        let intake = Intake {
            ledger: &Ledger,
            queues: Queues { users: &users, groups: &groups, keeper: &keeper },
            clock: &Still,
            ids: &Always,
            tenant: TENANT,
            cache: &self.cache,
        };
        let answer = block_on(intake.answer(query, body));
        Outcome { answer, users: users.all(), groups: groups.all(), keeper: keeper.all() }
    }
}

/// Whether SQS takes it (AWS docs: SQS message quotas).
pub(crate) fn takes(message: &Message) -> bool {
    let name = |name: &str| (1..=128).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    (1..=1024 * 1024).contains(&message.body.len()) && name(&message.group) && name(&message.deduplication)
}

struct Ledger;

impl SubscriptionRecords for Ledger {
    async fn records(&self) -> Result<Vec<SubscriptionRecord>, Failure> {
        let record = |watched, id, secret| SubscriptionRecord {
            watched,
            id,
            client_state: SecretString::from(secret),
            notification_url: String::new(),
            renewed_at: NOW,
            expires: NOW,
            version: 1,
        };
        Ok(vec![record(Watched::Users, Some(USERS.0), USERS.1), record(Watched::Groups, None, GROUPS)])
    }
}

struct Kept {
    stuck: bool,
    messages: Mutex<Vec<Message>>,
}

impl Kept {
    fn all(self) -> Vec<Message> {
        self.messages.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue for Kept {
    async fn send(&self, messages: &[Message]) -> Result<(), Failure> {
        if self.stuck {
            return Err(Failure::new("putting messages on the queue", Cause::Unreachable("out of order".to_owned())));
        }
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(messages);
        Ok(())
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }

    async fn pause(&self, _: Duration) {}
}

struct Always;

impl FreshIds for Always {
    fn fresh(&self) -> Uuid {
        Uuid::nil()
    }
}
