//! Whoever carries a run's plans out, behind one type; see [`Books`](crate::books::Books).

use futures::future::BoxFuture;
use sync_core::apply::{Executor, Settled, Subject};
use sync_core::domain::DirectoryUserId;
use sync_core::failure::Failure;
use sync_core::plan::UserPlan;

/// An executor that a run need not know by its type.
pub(crate) struct Hands<'a>(pub(crate) &'a dyn AnyExecutor);

/// An [`Executor`], each of whose answers is a box of its own.
pub(crate) trait AnyExecutor: Sync {
    fn settle_boxed<'s>(&'s self, subject: &'s Subject, plan: UserPlan) -> BoxFuture<'s, Settled>;
    fn side_by_side_boxed(&self) -> usize;
    fn look_at_boxed<'s>(&'s self, people: &'s [DirectoryUserId]) -> BoxFuture<'s, Result<(), Failure>>;
}

impl<X: Executor> AnyExecutor for X {
    fn settle_boxed<'s>(&'s self, subject: &'s Subject, plan: UserPlan) -> BoxFuture<'s, Settled> {
        Box::pin(self.settle(subject, plan))
    }

    fn side_by_side_boxed(&self) -> usize {
        self.side_by_side()
    }

    fn look_at_boxed<'s>(&'s self, people: &'s [DirectoryUserId]) -> BoxFuture<'s, Result<(), Failure>> {
        Box::pin(self.look_at(people))
    }
}

impl Executor for Hands<'_> {
    async fn settle(&self, subject: &Subject, plan: UserPlan) -> Settled {
        self.0.settle_boxed(subject, plan).await
    }

    fn side_by_side(&self) -> usize {
        self.0.side_by_side_boxed()
    }

    async fn look_at(&self, people: &[DirectoryUserId]) -> Result<(), Failure> {
        self.0.look_at_boxed(people).await
    }
}
