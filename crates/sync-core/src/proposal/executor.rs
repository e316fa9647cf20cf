use std::collections::HashSet;

use crate::apply::{Executor, Settled, Subject};
use crate::domain::{DirectoryUserId, Mapping};
use crate::failure::Failure;
use crate::plan::{Reason, UserPlan};

use super::Proposed;

/// Carries out what was proposed, and nothing else; everything, where nothing was.
pub struct ProposedExecutor<'a, X> {
    /// Carries the plans out.
    pub inner: X,
    /// What was proposed, if the run is to keep to it.
    pub proposed: Option<&'a Proposed>,
    /// For whom an attempt before this one had begun to write it.
    pub begun: HashSet<DirectoryUserId>,
    /// The mapping by which is planned.
    pub mapping: &'a Mapping,
}

impl<X: Executor> Executor for ProposedExecutor<'_, X> {
    async fn settle(&self, subject: &Subject, plan: UserPlan) -> Settled {
        let begun = self.begun.contains(&subject.id());
        let agrees = |proposed: &&Proposed| proposed.agrees(subject, &plan, self.mapping, begun);
        // With nothing to write, what is not written is still noted: who waits for whom, and who is not in line.
        if !plan.is_empty() && self.proposed.is_some() && !self.proposed.as_ref().is_some_and(agrees) {
            return Settled { reasons: vec![Reason::NotAsProposed], ..Settled::untouched(subject.id()) };
        }
        self.inner.settle(subject, plan).await
    }

    fn side_by_side(&self) -> usize {
        self.inner.side_by_side()
    }

    async fn look_at(&self, people: &[DirectoryUserId]) -> Result<(), Failure> {
        self.inner.look_at(people).await
    }
}
