use std::collections::HashMap;

use jiff::Timestamp;

use crate::domain::{AccountId, DirectoryUserId};
use crate::failure::Failure;
use crate::run::{CleanupRecord, Link};

/// Reads whether the integration is being removed.
pub trait Ending: Sync {
    /// Since when it is, if it is. From then on no flow writes anything but the cleanup.
    fn ending(&self) -> impl Future<Output = Result<Option<Timestamp>, Failure>> + Send;
}

/// Keeps that the integration is being removed.
pub trait EndingWrite: Ending {
    /// Marks it as being removed. The first mark stands; returns its time.
    fn end(&self, now: Timestamp) -> impl Future<Output = Result<Timestamp, Failure>> + Send;

    /// Lifts the mark, since the integration is deployed again; without one, does nothing.
    fn resume(&self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Keeps where the cleanup stands.
pub trait Cleanups: Sync {
    /// The latest cleanup.
    fn cleanup(&self) -> impl Future<Output = Result<Option<CleanupRecord>, Failure>> + Send;

    /// Saves a cleanup over the version before it. Fails with
    /// [`Cause::Superseded`](crate::failure::Cause::Superseded) when somebody else saved meanwhile.
    fn save_cleanup(&self, record: &CleanupRecord) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Reads what the ledger says of links, many at once.
pub trait Traces: Sync {
    /// What is known of these people; whoever is not in the answer was never linked by this integration.
    fn traces(
        &self,
        users: &[DirectoryUserId],
    ) -> impl Future<Output = Result<HashMap<DirectoryUserId, Trace>, Failure>> + Send;

    /// How many links are recorded.
    fn links_left(&self) -> impl Future<Output = Result<u64, Failure>> + Send;
}

/// Removes what the ledger says of links that are no more.
pub trait TracesWrite: Traces {
    /// Forgets the link of a person to this account; one to another account stays.
    fn forget_link(
        &self,
        user: DirectoryUserId,
        account: &AccountId,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Forgets that a link of this person was announced.
    fn forget_announcement(&self, user: DirectoryUserId) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What the ledger says of a person's link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The link that this integration made.
    pub link: Option<Link>,
    /// Whether one was announced that nobody lived to record.
    pub announced: bool,
    /// Until when somebody holds the person.
    pub held_until: Option<Timestamp>,
}
