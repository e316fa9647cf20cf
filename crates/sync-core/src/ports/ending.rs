use std::collections::HashMap;

use jiff::Timestamp;

use crate::domain::{AccountId, DirectoryUserId};
use crate::failure::Failure;
use crate::run::{BEING_REMOVED, CleanupRecord, Link, WAITS_FOR_PLAN};

/// Why nothing is written at present, if that is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Since when the integration is being removed, if it is. From then on no flow writes anything but the cleanup.
    pub ending: Option<Timestamp>,
    /// Since when it waits for its first approved run, if it does. Until one is complete, nothing else writes anything.
    pub waiting: Option<Timestamp>,
}

impl Marks {
    /// Why neither a flow nor a full run may write, in a sentence.
    #[must_use]
    pub const fn held_up(self) -> Option<&'static str> {
        match self {
            Self { ending: Some(_), .. } => Some(BEING_REMOVED),
            Self { waiting: Some(_), .. } => Some(WAITS_FOR_PLAN),
            Self { ending: None, waiting: None } => None,
        }
    }
}

/// Reads what holds up all writing.
pub trait Ending: Sync {
    /// Both marks, by one look: every batch asks for them.
    fn marks(&self) -> impl Future<Output = Result<Marks, Failure>> + Send;

    /// Since when the integration is being removed, if it is.
    fn ending(&self) -> impl Future<Output = Result<Option<Timestamp>, Failure>> + Send {
        async { Ok(self.marks().await?.ending) }
    }
}

/// Keeps that the integration waits for its first approved run.
pub trait FirstApproval: Ending {
    /// Marks it as waiting. The first mark stands.
    fn wait_for_plan(&self, now: Timestamp) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Lifts the mark; without one, does nothing.
    fn stop_waiting(&self) -> impl Future<Output = Result<(), Failure>> + Send;
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
