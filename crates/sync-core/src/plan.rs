//! Planning: what is to be written for a person, and why something is not.
//!
//! Pure, synchronous and total: values in, a [`UserPlan`] out. No clock, no randomness, no I/O. Every flow (full run,
//! real-time change, sweep, an operator's command) plans with these functions, so a rehearsal and the real thing differ
//! only in whether the plan is applied.

mod compliance;
mod held;
mod matching;
mod person;
mod profile;
mod reason;
mod roles;
mod scope;
mod text;

pub use compliance::Compliance;
pub use held::HeldBecause;
pub use matching::{Candidates, Match, match_account};
pub use person::{UserPlan, plan_user};
pub use profile::{Policy, ProfileAction, ProfilePlan, plan_leaver, plan_outside, plan_profile};
pub use reason::{Reason, RoleReason};
pub use roles::{KnownGroups, RolesPlan, plan_roles};
pub use scope::within_scope;
pub use text::Reveal;

#[cfg(test)]
mod tests;
