use jiff::Timestamp;

use crate::domain::GroupTree;
use crate::failure::Failure;

use super::DeltaLinks;

/// Keeps where the next sweep goes on.
pub trait DeltaRecords: Sync {
    /// Where; `None` when nobody has taken a link yet.
    fn links(&self) -> impl Future<Output = Result<Option<KeptLinks>, Failure>> + Send;

    /// Keeps links in the place of those of this version (0: of none). Fails with
    /// [`Cause::Superseded`](crate::failure::Cause::Superseded) when somebody else did so meanwhile.
    fn keep_links(
        &self,
        links: &DeltaLinks,
        instead_of: u64,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Tells when the directory's changes were followed.
pub trait LastSweep: Sync {
    /// When they were last followed to their end, or links were taken to follow them from; `None`: never.
    fn last_sweep(&self) -> impl Future<Output = Result<Option<Timestamp>, Failure>> + Send;
}

/// Keeps that everything has to be compared, until it has been.
pub trait Comparisons: Sync {
    /// Takes note that everything has to be compared from now on.
    fn owe(&self, now: Timestamp) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Since when everything has to be compared; `None`: it need not be.
    fn owed(&self) -> impl Future<Output = Result<Option<Timestamp>, Failure>> + Send;

    /// Everything was compared by a run that began then. What was owed later stays owed.
    fn compared(&self, began: Timestamp) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Links as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLinks {
    /// Where to go on.
    pub links: DeltaLinks,
    /// Grows with each sweep.
    pub version: u64,
}

/// Keeps which groups stand below the mapped ones.
pub trait GroupTrees: Sync {
    /// As it was last kept; `None`: never.
    fn tree(&self) -> impl Future<Output = Result<Option<GroupTree>, Failure>> + Send;

    /// Keeps it; the last one stands.
    fn keep_tree(&self, tree: &GroupTree) -> impl Future<Output = Result<(), Failure>> + Send;
}
