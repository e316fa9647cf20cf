//! A run: one initial sync, from its first page to its last, over as many invocations as it takes.

mod counts;
mod intent;
mod record;

pub use counts::{Counts, RunReport, Tally};
pub use intent::{Intent, IntentError};
pub use record::{Link, Mode, RunId, RunRecord, RunState};
