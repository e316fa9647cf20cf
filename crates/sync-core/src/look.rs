//! The look at single people, which every change ends in: claim, read, plan, guard, apply, record.
//!
//! ```text
//! works ── claim each (ledger) ── read all (one $batch) ── find their accounts (one search, mostly)
//!          └ somebody else has him:     └ not found: later      │
//!            a second round                                     ├ plan (pure)
//!                                                               ├ an address is taken on: whose is it? (one $batch)
//!                                                               ├ a role is taken: is its group still there? (one $batch)
//!                                                               ├ guard
//!                                                               └ apply, side by side ── release ── what next (pure)
//! ```
//!
//! One person's trouble is his own: everything that can fail for one fails for him alone, and he comes back later.

mod engine;
mod explain;
mod find;
mod guarded;
mod next;
mod questions;
mod subjects;

pub use engine::{Look, Services, Unsettled};
pub use explain::{Explanation, RoleStanding, Standing, Substitute, Terms, explain};
pub use next::{Next, Outcome, next};
pub use subjects::{OfGroups, Subjects, Whole};

use jiff::{SignedDuration, Timestamp};

use crate::apply::Settled;
use crate::work::UserWork;

/// The longest that a batch of work may still write which was taken up before something was marked in the ledger, be it the end
/// of the integration or another mapping: a flow's invocation ends after 180 seconds (the template's longest `Timeout` of a
/// flow), and what it had on its way by then arrives.
pub const LONGEST_FLOW: SignedDuration = SignedDuration::from_secs(210);

/// Somebody who wants to know what becomes of people.
pub trait Observer: Sync {
    /// A person was looked at.
    fn looked(&self, work: &UserWork, outcome: &Outcome, next: &Next, at: Timestamp);

    /// So many messages were dropped, since nothing may be written.
    fn dropped(&self, _messages: usize) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn looked(&self, _: &UserWork, _: &Outcome, _: &Next, _: Timestamp) {}
}

impl Outcome {
    /// What was settled, if it came to that.
    #[must_use]
    pub const fn settled(&self) -> Option<&Settled> {
        match self {
            Self::Settled(settled) => Some(settled),
            Self::Lost | Self::Failed(_) => None,
        }
    }
}
