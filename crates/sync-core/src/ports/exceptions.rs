use jiff::Timestamp;

use crate::domain::DirectoryUserId;
use crate::failure::Failure;

/// A person who is not in line with the directory, for a reason that stays until somebody mends what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Who.
    pub user: DirectoryUserId,
    /// The reason's name, as in counts.
    pub code: String,
    /// The reason in words; ids only.
    pub because: String,
    /// Since when he is on the list, for whatever reason.
    pub since: Timestamp,
}

/// Keeps the standing list of exceptions.
pub trait Exceptions: Sync {
    /// Puts a person on the list. Whoever is on it already stays there since when he was, for this reason from now on.
    fn except(&self, exception: &Exception) -> impl Future<Output = Result<(), Failure>> + Send;

    /// He is in line: takes him off the list.
    fn readmit(&self, user: DirectoryUserId) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Lists the exceptions.
pub trait ExceptionList: Sync {
    /// All of them, in the order of the people's ids.
    fn exceptions(&self) -> impl Future<Output = Result<Vec<Exception>, Failure>> + Send;
}
