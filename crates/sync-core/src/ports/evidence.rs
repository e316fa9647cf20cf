use std::collections::HashMap;

use crate::domain::DirectoryUserId;
use crate::evidence::{Hash, Head, Stored};
use crate::failure::Failure;

use super::PageLink;

/// Keeps what was written for people. Records are added and never changed.
pub trait Evidence: Sync {
    /// The last record of a person's chain.
    fn last(&self, user: DirectoryUserId) -> impl Future<Output = Result<Option<Stored>, Failure>> + Send;

    /// Adds a record to the end of a person's chain. Fails with [`Cause::Busy`](crate::failure::Cause::Busy) when there is
    /// another one in its place: somebody else is at work on the person.
    fn append(&self, record: &Stored) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Reads what is on record.
pub trait EvidenceRead: Sync {
    /// All records of a person, in their order.
    fn chain(&self, user: DirectoryUserId) -> impl Future<Output = Result<Vec<Stored>, Failure>> + Send;

    /// A page of all records there are. Those of one person stand together mostly, and in their order.
    fn records(&self, from: Option<&PageLink>) -> impl Future<Output = Result<RecordsPage, Failure>> + Send;

    /// A page of the ends of chains, as they were kept elsewhere when people were let go.
    fn kept_heads(&self, from: Option<&PageLink>) -> impl Future<Output = Result<HeadsPage, Failure>> + Send;

    /// The hashes of the records at the ends of these chains, as far as they are there.
    fn hashes(
        &self,
        ends: &[(DirectoryUserId, u64)],
    ) -> impl Future<Output = Result<HashMap<(DirectoryUserId, u64), Hash>, Failure>> + Send;
}

/// A page of records.
#[derive(Debug, Default)]
pub struct RecordsPage {
    /// Those that are records.
    pub records: Vec<Stored>,
    /// The keys of items that are none.
    pub strangers: Vec<String>,
    /// Where it goes on.
    pub next: Option<PageLink>,
}

/// A page of the ends of chains.
#[derive(Debug, Default)]
pub struct HeadsPage {
    /// Whose chain ends where.
    pub heads: Vec<(DirectoryUserId, Head)>,
    /// Where it goes on.
    pub next: Option<PageLink>,
}
