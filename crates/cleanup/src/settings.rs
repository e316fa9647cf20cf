use sync_core::run::Budget;

/// What the cleanup works with.
#[derive(Debug)]
pub struct Services<'a, D, A, L, C> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// ZenQMS.
    pub accounts: &'a A,
    /// The ledger.
    pub ledger: &'a L,
    /// The time.
    pub clock: &'a C,
}

impl<D, A, L, C> Clone for Services<'_, D, A, L, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D, A, L, C> Copy for Services<'_, D, A, L, C> {}

/// How the cleanup is to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Where notifications go: whatever subscription goes there is ours. Without it, only those are ended that the ledger
    /// knows.
    pub notification_url: Option<&'a str>,
    /// How long this invocation may work.
    pub budget: Budget,
}
