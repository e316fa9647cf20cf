//! The guard: nothing is taken away beyond what was agreed, unless somebody approves exactly that.
//!
//! Most of what the integration does gives access or corrects a field. Two things take access away: an account is taken out
//! of use, and a role is taken. Each is counted by the people whom it concerns, against limits ([`Limits`]): so many a run,
//! and so many in any 24 hours, in a [`Window`] that runs and flows share.
//!
//! ```text
//! plan ── takes nothing away: goes on
//!      └─ a [`Withdrawal`] ── the person is protected: kept back, for good
//!                          ├─ kept back before: stays so until it is approved, then it goes on and counts no more
//!                          ├─ beyond the limits: kept back ([`HeldPerson`]), what else the plan has goes on
//!                          ├─ a role would have fewer holders than it must keep: the same
//!                          └─ otherwise: goes on
//! ```
//!
//! A flow grants people their withdrawals until the limit is reached. A run sets all of its withdrawals aside until it has
//! seen everybody, and then takes all of a kind or none: of a mapping gone wrong nobody is to be the first victim.
//! Which of the two applies is said by [`Occasion`]; the decision itself is [`rule`], pure.

mod approve;
mod confine;
mod held;
mod holders;
mod keeping;
mod limits;
mod permit;
mod review;
mod rule;
mod window;
mod withdrawal;

pub use approve::{Approved, Refused, approve};
pub(crate) use confine::confine;
pub use held::{Approval, HeldPerson, PlanHash};
pub(crate) use holders::HolderSearch;
pub use holders::{Holders, counts_for};
pub use keeping::{Keeping, Seen, keep};
pub use limits::{Limit, LimitError, Limits, Protected};
pub(crate) use permit::Permit;
pub use review::{count_linked, review};
pub use rule::{Asked, Directory, KindsRefused, Occasion, Ruling, Verdict, rule};
pub use window::{Window, WindowError};
pub use withdrawal::{Kind, Withdrawal};

#[cfg(test)]
mod tests;
