use std::collections::HashSet;

use crate::apply::{Executor, Settled, Subject};
use crate::domain::{DirectoryUserId, Mapping};
use crate::failure::Failure;
use crate::plan::{ProfilePlan, Reason, RolesPlan, UserPlan};

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
        let Some(proposed) = self.proposed else { return self.inner.settle(subject, plan).await };
        let begun = self.begun.contains(&subject.id());
        // With nothing to write, what is not written is still noted: who waits for whom, and who is not in line.
        if plan.is_empty() || proposed.agrees(subject, &plan, self.mapping, begun) {
            return self.inner.settle(subject, plan).await;
        }
        let reasons = vec![Reason::NotAsProposed];
        if !begun {
            return Settled { reasons, ..Settled::untouched(subject.id()) };
        }
        // What became of a write that was begun is still put on record.
        let profile = ProfilePlan { action: None, reasons };
        let nothing = UserPlan { profile, roles: RolesPlan::default(), account: plan.account, user: plan.user };
        self.inner.settle(subject, nothing).await
    }

    fn side_by_side(&self) -> usize {
        self.inner.side_by_side()
    }

    async fn look_at(&self, people: &[DirectoryUserId]) -> Result<(), Failure> {
        self.inner.look_at(people).await
    }
}
