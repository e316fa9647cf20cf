use crate::domain::DirectoryUserId;
use crate::evidence::Stored;
use crate::failure::Failure;

/// Keeps what was written for people. Records are added and never changed.
pub trait Evidence: Sync {
    /// The last record of a person's chain.
    fn last(&self, user: DirectoryUserId) -> impl Future<Output = Result<Option<Stored>, Failure>> + Send;

    /// Adds a record to the end of a person's chain. Fails with [`Cause::Busy`](crate::failure::Cause::Busy) when there is
    /// another one in its place: somebody else is at work on the person.
    fn append(&self, record: &Stored) -> impl Future<Output = Result<(), Failure>> + Send;
}
