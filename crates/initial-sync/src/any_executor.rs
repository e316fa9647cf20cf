//! Whoever carries a run's plans out, known by what he does and not by his type; see [`Books`](crate::books::Books).

use futures::future::BoxFuture;
use sync_core::apply::{Executor, Settled, Subject};
use sync_core::domain::DirectoryUserId;
use sync_core::failure::Failure;
use sync_core::plan::UserPlan;

/// Any [`Executor`], each of whose answers is a box of its own.
pub(crate) trait AnyExecutor: Sync {
    /// [`Executor::settle`].
    fn settle<'s>(&'s self, subject: &'s Subject, plan: UserPlan) -> BoxFuture<'s, Settled>;

    /// [`Executor::side_by_side`].
    fn side_by_side(&self) -> usize;

    /// [`Executor::look_at`].
    fn look_at<'s>(&'s self, people: &'s [DirectoryUserId]) -> BoxFuture<'s, Result<(), Failure>>;
}

impl<X: Executor> AnyExecutor for X {
    fn settle<'s>(&'s self, subject: &'s Subject, plan: UserPlan) -> BoxFuture<'s, Settled> {
        Box::pin(Executor::settle(self, subject, plan))
    }

    fn side_by_side(&self) -> usize {
        Executor::side_by_side(self)
    }

    fn look_at<'s>(&'s self, people: &'s [DirectoryUserId]) -> BoxFuture<'s, Result<(), Failure>> {
        Box::pin(Executor::look_at(self, people))
    }
}
