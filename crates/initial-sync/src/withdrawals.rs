use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use sync_core::apply::{Executor, Settled, Subject};
use sync_core::domain::DirectoryUserId;
use sync_core::guard::{Asked, Directory, HeldPerson, Kind, Limits, Scope, Withdrawal, keep, review};
use sync_core::plan::{HeldBecause, UserPlan};
use sync_core::ports::{Allowances, Clock, Ending, Holds, Runs};

use crate::event::Observer;
use crate::stop::Stop;
use crate::work::Work;

/// How many records of what is kept back are written side by side.
const SIDE_BY_SIDE: usize = 16;
/// How many people are put on record by one run. Where more would lose something, the next run comes upon the others.
const MOST_ON_RECORD: usize = 20_000;

/// What a run would take away, until it has seen everybody.
#[derive(Default)]
pub(crate) struct SetAside {
    /// What was kept back by earlier runs and flows.
    held: HashMap<DirectoryUserId, HeldPerson>,
    /// Linked accounts.
    linked: u64,
    waiting: Vec<(Subject, UserPlan)>,
    /// How many people of each kind, by [`Kind::ALL`].
    asking: [u64; Kind::ALL.len()],
    /// Those beyond any limit; what else their plans had went on.
    beyond: Vec<Asked>,
}

impl SetAside {
    pub(crate) fn new(held: Vec<HeldPerson>, linked: u64) -> Self {
        let held = held.into_iter().map(|held| (held.withdrawal.user, held)).collect();
        Self { held, linked, ..Self::default() }
    }

    /// Sets a plan aside that takes something away, if it may be taken; any other is given back, and goes on. `doubtful` are people who have to be looked at singly:
    /// what is on record of them is not what this plan says.
    pub(crate) fn place(
        &mut self,
        subject: Subject,
        mut plan: UserPlan,
        limits: &Limits,
        doubtful: &mut Vec<DirectoryUserId>,
    ) -> Option<(Subject, UserPlan)> {
        let withdrawal = Withdrawal::of(&plan);
        if let Some(held) = self.held.get(&plan.user) {
            if withdrawal.as_ref() != Some(&held.withdrawal) {
                doubtful.push(plan.user);
            }
            keep_back(&mut plan, withdrawal.as_ref(), HeldBecause::AwaitsApproval);
            return Some((subject, plan));
        }
        let Some(withdrawal) = withdrawal.filter(|withdrawal| limits.concern(withdrawal)) else {
            return Some((subject, plan));
        };
        if !self.is_beyond(&withdrawal, limits) {
            self.waiting.push((subject, plan));
            return None;
        }
        keep_back(&mut plan, Some(&withdrawal), HeldBecause::Limit);
        if self.beyond.len() < MOST_ON_RECORD {
            self.beyond.push(Asked { withdrawal, held: None });
        }
        Some((subject, plan))
    }

    /// Whether there are too many for any limit already. Then nothing of the kind will be granted, what else the plan has need not
    /// wait, and a million people need not be kept in memory.
    fn is_beyond(&mut self, withdrawal: &Withdrawal, limits: &Limits) -> bool {
        if limits.protected.contains(withdrawal.user, &withdrawal.account) {
            return false;
        }
        let mut beyond = true;
        for (kind, asking) in Kind::ALL.into_iter().zip(&mut self.asking) {
            if withdrawal.is(kind) {
                *asking += 1;
                let most = [limits.per_run(kind), limits.per_day(kind)]
                    .into_iter()
                    .filter_map(|limit| limit.people(self.linked));
                beyond &= most.min().is_some_and(|most| *asking > most);
            }
        }
        beyond
    }
}

fn keep_back(plan: &mut UserPlan, withdrawal: Option<&Withdrawal>, because: HeldBecause) {
    for kind in Kind::ALL.into_iter().filter(|&kind| withdrawal.is_some_and(|withdrawal| withdrawal.is(kind))) {
        plan.keep_back(kind, because);
    }
}

impl<D, L, X, C, O> Work<'_, D, L, X, C, O>
where
    L: Runs + Ending + Allowances + Holds,
    X: Executor,
    C: Clock,
    O: Observer,
{
    /// Everybody has been seen: what is to be taken away is taken, or kept back, all of a kind.
    pub(crate) async fn settle_withdrawals(&mut self) -> Result<(), Stop> {
        if !self.limits.limit_anything() {
            return Ok(());
        }
        let SetAside { waiting, beyond, .. } = std::mem::take(&mut self.set_aside);
        let (mut asked, mut plans): (Vec<Asked>, Vec<(Subject, UserPlan)>) = (Vec::new(), Vec::new());
        for (subject, plan) in waiting {
            let Some(withdrawal) = Withdrawal::of(&plan) else { continue };
            asked.push(Asked { withdrawal, held: None });
            plans.push((subject, plan));
        }
        let waiting = asked.len();
        asked.extend(beyond);
        let scope = Scope::Run { began: self.record.began, directory: self.directory_seen() };
        let rulings = review(self.ledger, self.clock, self.limits, scope, &asked).await?;

        let by = (&self.record.id, self.clock.now());
        let mut held = Vec::new();
        for ((subject, plan), &ruling) in plans.iter_mut().zip(&rulings) {
            held.extend(keep(plan, Some(ruling), None, subject.seen(), by).before);
        }
        for (asked, ruling) in asked.into_iter().zip(rulings).skip(waiting) {
            held.extend(HeldPerson::of(asked.withdrawal, ruling, by));
        }
        // On record before the rest is written: whoever is killed then leaves a record of what he did not do.
        let ledger = self.ledger;
        self.hold(async {
            Ok(stream::iter(&held).map(Ok).try_for_each_concurrent(SIDE_BY_SIDE, |held| ledger.hold(held)).await?)
        })
        .await?;
        let mut batch = Vec::new();
        for (subject, plan) in plans {
            if plan.is_empty() {
                self.note(&Settled { deleted: subject.is_deleted(), ..Settled::left_alone(plan) });
            } else {
                batch.push((subject, plan));
                self.carry_out_full(&mut batch).await?;
            }
        }
        self.carry_out(batch).await
    }

    fn directory_seen(&self) -> Directory {
        let unseen = self.index.unseen().filter(|(_, account)| account.is_active != Some(false)).count();
        let (linked, in_use) = self.index.linked();
        Directory { linked, in_use, unseen: unseen as u64 }
    }
}
