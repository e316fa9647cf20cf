use sync_core::domain::{Lens, Mapping, Operator};
use sync_core::evidence::SettingsHash;
use sync_core::guard::Limits;
use sync_core::ports::Nesting;
use sync_core::run::Budget;

/// What a run works with.
#[derive(Debug)]
pub struct Services<'a, D, A, L, Q, C, I> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// ZenQMS.
    pub accounts: &'a A,
    /// The ledger.
    pub ledger: &'a L,
    /// The user queue.
    pub users: &'a Q,
    /// The group queue.
    pub groups: &'a Q,
    /// The time.
    pub clock: &'a C,
    /// Names for claims.
    pub ids: &'a I,
}

/// How a run is to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether the initial sync is ON: it creates accounts and updates fields. OFF, it only links.
    pub initial_sync: bool,
    /// What may be taken away without being asked.
    pub limits: &'a Limits,
    /// How people are seen; the directory shows them so, the evidence names it.
    pub lens: &'a Lens,
    /// Who has asked for the run, where an operator has; a run that is gone on with keeps who asked first.
    pub asked_by: Option<&'a Operator>,
    /// How long this invocation may work.
    pub budget: Budget,
    /// Random digits for the name of a new run.
    pub dice: u32,
}

impl Settings<'_> {
    /// Names the settings that decide what is written.
    #[must_use]
    pub fn hash(&self) -> SettingsHash {
        SettingsHash::of(self.mapping, self.nesting, self.initial_sync, self.limits, self.lens)
    }
}
