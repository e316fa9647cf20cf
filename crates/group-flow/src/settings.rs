use sync_core::domain::{Lens, Mapping};
use sync_core::guard::Limits;
use sync_core::look;
use sync_core::ports::Nesting;

/// How the flow is to work.
#[derive(Debug)]
pub struct Settings<'a, O> {
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether people without an account get one, when it is their profile that has to be looked at.
    pub initial_sync: bool,
    /// What may be taken away without being asked.
    pub limits: &'a Limits,
    /// How people are seen; the directory shows them so, the evidence names it.
    pub lens: &'a Lens,
    /// Who wants to know.
    pub observer: &'a O,
}

/// What the flow works with.
#[derive(Debug)]
pub struct Services<'a, D, A, L, U, Q, C, I> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// ZenQMS.
    pub accounts: &'a A,
    /// The ledger.
    pub ledger: &'a L,
    /// The user queue.
    pub users: &'a U,
    /// The group queue.
    pub groups: &'a Q,
    /// The time.
    pub clock: &'a C,
    /// Names for claims.
    pub ids: &'a I,
}

impl<'a, D, A, L, U, Q, C, I> Services<'a, D, A, L, U, Q, C, I> {
    pub(crate) const fn into_look(self) -> look::Services<'a, D, A, L, U, C, I> {
        let Self { directory, accounts, ledger, users, clock, ids, .. } = self;
        look::Services { directory, accounts, ledger, users, clock, ids }
    }
}
