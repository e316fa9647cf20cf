//! The teardown: the integration leaves, and takes with it what it set and nothing else.
//!
//! ```text
//! mark as ending (ledger): from now on every flow drops its work
//!   └ halt the runs; what they had announced may be ours        runs
//!   └ end the subscriptions                                     subscriptions
//!   └ pass: list all accounts, ask the ledger whose             pass, whose
//!     external_id is ours, clear those, look, forget the link   clear
//!   └ wait until no flow can be at work any more                quiet
//!   └ pass again, until one finds nothing of ours: the proof
//!   └ end whatever subscription came meanwhile
//! save: complete
//! ```
//!
//! What is about to be cleared is announced in the ledger first, and what came of it is looked at before it is counted
//! ([`clear`]), so a cleanup that is killed anywhere and started again clears the same accounts and counts each once. A link
//! is forgotten as soon as it is seen to be cleared: an id that somebody sets by hand later is his.

mod clear;
mod pass;
mod proof;
mod quiet;
mod rehearsal;
mod report;
mod runs;
mod settings;
mod stop;
mod subscriptions;
mod whose;
mod work;

pub use quiet::LONGEST_FLOW;
pub use rehearsal::rehearse;
pub use report::{CleanupReport, LeftAlone};
pub use settings::{Services, Settings};
pub use work::clean_up;
