//! The full run: every directory user is looked at, and ZenQMS is brought into line.
//!
//! ```text
//! begin or resume (ledger)
//!   └ read every account (ZenQMS, pages side by side)          reading
//!   └ read the members of every mapped group (Graph)           reading
//!   └ list the users; while a page is worked through,          listing
//!     the next one is fetched: people who are linked and keep
//!     their e-mail address are settled at once
//!   └ everybody else waits until the whole directory has been  claims
//!     seen, since only then is it known whose an e-mail is
//!   └ linked people whom the listing lacks are asked after     absentees
//!   └ what takes access away has waited until now: the guard   withdrawals
//!     lets all of a kind through, or none
//! save: complete
//! ```
//!
//! Each batch of writes is announced in the ledger before it is begun ([`batch`]), so a run that is killed anywhere and
//! started again completes the same work, creates nobody twice, and knows which links it made. Starting again reads
//! everything again: what was written already plans as nothing, and pages of a listing do not survive a break (Graph's
//! page tokens expire).

mod absentees;
mod any_executor;
mod applying;
mod batch;
mod books;
mod check;
mod claims;
mod event;

mod listed;
mod listing;
mod needs;
mod outcome;
mod proposing;
mod reading;
mod rehearsal;
mod run;
mod set_aside;
mod settings;
mod stop;
mod survey;
mod sweeping;
mod under;
mod waiting;
mod withdrawals;
mod work;

pub use applying::apply;
pub use books::RunBooks;
pub use check::{Unfit, check};
pub use event::{Event, Observer, Silent, Stage};
pub use listing::{EMPTY, UNREADABLE};
pub use needs::{RunAccounts, RunDirectory, RunLedger};
pub use proposing::propose;
pub use rehearsal::rehearse;
pub use run::full;
pub use settings::{Services, Settings};
pub use survey::{NoSurvey, Survey, survey};
pub use sweeping::sweep;
pub use sync_core::run::Budget;
