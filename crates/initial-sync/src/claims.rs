use std::collections::HashSet;

use sync_core::domain::DirectoryUserId;
use sync_core::index::Claims;
use sync_core::plan::{Reason, UserPlan};
use sync_core::ports::{Allowances, Clock, Ending, Holds, Runs};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;
use crate::work::Work;

impl<D, L: Runs + Ending + Allowances + Holds, C: Clock, O: Observer> Work<'_, D, L, C, O> {
    /// Settles those whose e-mail address is to be matched, given or released.
    ///
    /// An address may be held by somebody who is about to give it up (two people in a chain of renamings). So this goes
    /// in rounds: whoever waits for another's address is left for the next round; when nobody can be settled any more,
    /// the rest wait for each other in a ring, or for somebody whose writing failed, and are planned as they are. The
    /// outcome does not depend on the order.
    pub(crate) async fn settle_claims(&mut self, claims: &Claims) -> Result<(), Stop> {
        self.observer.on(&Event::Entered { stage: Stage::Claims, expected: Some(claims.len() as u64) });
        let mut open: Vec<usize> = (0..claims.len()).collect();
        let mut patient = true;
        while !open.is_empty() {
            let left = self.settle_round(claims, &open, patient).await?;
            patient = left.len() < open.len();
            open = left;
        }
        Ok(())
    }

    /// Settles those of `open` who wait for nobody (or all of them, if not `patient`), and returns the others.
    async fn settle_round(&mut self, claims: &Claims, open: &[usize], patient: bool) -> Result<Vec<usize>, Stop> {
        let may_release: HashSet<DirectoryUserId> = open
            .iter()
            .filter_map(|&number| claims.get(number))
            .map(|claimant| claimant.user.id)
            .filter(|&user| self.index.slot_of(user).is_some())
            .collect();
        let mut waiting = Vec::new();
        let mut batch = Vec::new();
        for &number in open {
            let Some(claimant) = claims.get(number) else {
                continue;
            };
            let subject = self.present(claimant.user, claimant.rivals);
            let plan = self.plan(&subject);
            if patient && waits_for_one_of(&plan, &may_release) {
                waiting.push(number);
                continue;
            }
            self.take(subject, plan, &mut batch);
            self.carry_out_full(&mut batch).await?;
        }
        self.carry_out(batch).await?;
        self.checkpoint(Vec::new()).await?;
        Ok(waiting)
    }
}

fn waits_for_one_of(plan: &UserPlan, may_release: &HashSet<DirectoryUserId>) -> bool {
    plan.profile.reasons.iter().any(|reason| {
        matches!(reason, Reason::EmailHeld { linked_to: Some(holder), .. } if *holder != plan.user && may_release.contains(holder))
    })
}
