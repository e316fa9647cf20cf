use std::sync::Arc;

use sync_core::guard::Limits;
use sync_core::io::dynamo::Ledger;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::Nesting;

use crate::environment::SettingsError;
use crate::observers::Watching;
use crate::start::{Graph, Start, Zenqms};
use crate::variable::USER_QUEUE_URL;
use crate::vault::Vault;

/// What both flows work with.
pub struct Flow {
    /// The credentials of both services.
    pub vault: Arc<Vault>,
    /// Microsoft Graph.
    pub graph: Graph,
    /// ZenQMS.
    pub zenqms: Zenqms,
    /// The ledger.
    pub ledger: Ledger,
    /// The user queue.
    pub users: SqsQueue,
    /// The time.
    pub clock: SystemClock,
    /// Names for claims.
    pub ids: RandomIds,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether people without an account get one.
    pub initial_sync: bool,
    /// What may be taken away without being asked.
    pub limits: Limits,
    /// Counts what becomes of people.
    pub observer: Watching,
}

impl Flow {
    /// Reads the settings and makes the clients.
    ///
    /// # Errors
    /// Which setting is missing or cannot be used.
    pub fn new(start: &Start) -> Result<Self, SettingsError> {
        let vault = start.vault()?;
        Ok(Self {
            graph: start.graph(vault.clone(), true)?,
            zenqms: start.zenqms(vault.clone(), true)?,
            vault,
            ledger: start.ledger_and_evidence()?,
            users: start.queue(USER_QUEUE_URL)?,
            clock: SystemClock,
            ids: RandomIds,
            nesting: start.nesting()?,
            initial_sync: start.initial_sync()?,
            limits: start.limits()?,
            observer: Watching(Arc::clone(&start.metrics)),
        })
    }
}
