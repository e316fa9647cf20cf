use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::Failure;

/// What a subscription is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// All users of the tenant.
    Users,
    /// All groups of the tenant, and who is in them.
    Groups,
}

impl Watched {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Users, Self::Groups];

    /// Its name in the ledger, and what Graph calls the resource.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Watched {
    type Err = ();

    /// Graph repeats the resource in capitals of its own, with or without a slash.
    fn from_str(resource: &str) -> Result<Self, ()> {
        let resource = resource.trim_matches('/');
        Self::ALL.into_iter().find(|watched| resource.eq_ignore_ascii_case(watched.as_str())).ok_or(())
    }
}

/// A subscription as Graph has it.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its id.
    pub id: Uuid,
    /// What it is for; `None`: for something that this product does not watch.
    pub watched: Option<Watched>,
    /// Where its notifications go.
    pub notification_url: String,
    /// When it ends.
    pub expires: Timestamp,
    /// The secret in its notifications; Graph shows it to the app that made it.
    pub client_state: Option<SecretString>,
}

/// A subscription to be made.
#[derive(Debug)]
pub struct NewSubscription<'a> {
    /// What it is for.
    pub watched: Watched,
    /// Where notifications go, those about itself included.
    pub notification_url: &'a str,
    /// When it is to end.
    pub expires: Timestamp,
    /// The secret in its notifications.
    pub client_state: &'a SecretString,
}

/// Keeps subscriptions in Graph.
pub trait Subscriptions: Sync {
    /// Makes one. Graph asks the address for a proof before it answers.
    fn subscribe(&self, new: &NewSubscription<'_>) -> impl Future<Output = Result<Subscription, Failure>> + Send;

    /// Makes one last longer, and proves anew that the app may have it.
    fn renew(&self, id: Uuid, expires: Timestamp) -> impl Future<Output = Result<Subscription, Failure>> + Send;

    /// Looks at one. That a list lacks it proves nothing.
    fn subscription(&self, id: Uuid) -> impl Future<Output = Result<Subscription, Failure>> + Send;

    /// All that this app has made.
    fn subscriptions(&self) -> impl Future<Output = Result<Vec<Subscription>, Failure>> + Send;

    /// Ends one; one that is gone is no error.
    fn unsubscribe(&self, id: Uuid) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A subscription as the ledger has it.
#[derive(Clone, Debug)]
pub struct SubscriptionRecord {
    /// What it is for. There is one record for each.
    pub watched: Watched,
    /// Its id; `None` while it is being made.
    pub id: Option<Uuid>,
    /// The secret in its notifications.
    pub client_state: SecretString,
    /// Where its notifications go.
    pub notification_url: String,
    /// When it was made or last renewed.
    pub renewed_at: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Counts what is kept, from 1: of two keepers at once only one goes on.
    pub version: u64,
}

/// Reads which subscriptions are ours.
pub trait SubscriptionRecords: Sync {
    /// All of them, those that are being made included.
    fn records(&self) -> impl Future<Output = Result<Vec<SubscriptionRecord>, Failure>> + Send;
}

/// Keeps which subscriptions are ours.
pub trait SubscriptionRecordsWrite: SubscriptionRecords {
    /// Keeps one in the place of the version before. Fails with
    /// [`Cause::Superseded`](crate::failure::Cause::Superseded) when somebody else kept one meanwhile.
    fn keep(&self, record: &SubscriptionRecord) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Forgets one.
    fn forget(&self, watched: Watched) -> impl Future<Output = Result<(), Failure>> + Send;
}
