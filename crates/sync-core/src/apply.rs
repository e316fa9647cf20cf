//! Carrying plans out. Nothing is decided here: a plan says what to write, and when the world turns out to be different
//! (somebody took the e-mail address, an answer was lost), it is read afresh and planned anew.

mod applier;
mod rehearsal;
mod settled;
mod subject;

pub use applier::{Applier, Patience};
pub use rehearsal::Rehearsal;
pub use settled::{Settled, Trail, Written};
pub use subject::{Membership, Subject};

use crate::domain::DirectoryUserId;
use crate::failure::Failure;
use crate::plan::UserPlan;

/// Whoever carries plans out: [`Applier`] for real, [`Rehearsal`] for show. The flows do not know which.
pub trait Executor: Sync {
    /// Carries out `plan`, which was made for `subject`.
    fn settle(&self, subject: &Subject, plan: UserPlan) -> impl Future<Output = Settled> + Send;

    /// How many people are best settled side by side.
    fn side_by_side(&self) -> usize {
        32
    }

    /// Has people looked at one by one, of whom lists do not tell enough. Whoever writes nothing has nobody looked at.
    fn look_at(&self, _people: &[DirectoryUserId]) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }
}
