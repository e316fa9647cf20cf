use crate::domain::DirectoryUserId;
use crate::failure::Failure;
use crate::guard::HeldPerson;
use crate::run::Link;

use super::{Exception, Known, ParkedPerson};

/// Tells what is on record of a person.
pub trait Records: Sync {
    /// All of it.
    fn record(&self, user: DirectoryUserId) -> impl Future<Output = Result<PersonRecord, Failure>> + Send;
}

/// What the ledger knows of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonRecord {
    /// The link, if this integration made it.
    pub link: Option<Link>,
    /// What the last look found.
    pub known: Known,
    /// What is kept back.
    pub held: Option<HeldPerson>,
    /// Why nothing can be done for him.
    pub parked: Option<ParkedPerson>,
    /// Why he is on the list of exceptions.
    pub exception: Option<Exception>,
}
