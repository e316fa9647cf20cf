//! A run: one initial sync or cleanup, from its first page to its last, over as many invocations as it takes.

mod budget;
mod cleanup;
mod counts;
mod intent;
mod record;

pub use budget::Budget;
pub use cleanup::{CleanupRecord, CleanupState, Clearing, FailedAccount, Pass};
pub use counts::{Counts, RunReport, Tally};
pub use intent::{Intent, IntentError};
pub use record::{BEING_REMOVED, Link, Mode, RunId, RunRecord, RunState, WAITS_FOR_PLAN};
