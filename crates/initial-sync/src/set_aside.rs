use std::collections::{HashMap, HashSet};

use sync_core::apply::Subject;
use sync_core::domain::DirectoryUserId;
use sync_core::guard::{HeldPerson, Kind, Limits, Withdrawal};
use sync_core::plan::{HeldBecause, UserPlan};

/// What a run would take away, until it has seen everybody.
#[derive(Default)]
pub(crate) struct SetAside {
    /// What was kept back by earlier runs and flows.
    held: HashMap<DirectoryUserId, HeldPerson>,
    /// Linked accounts.
    linked: u64,
    waiting: Vec<(Subject, UserPlan)>,
    /// Who asks, by [`Kind::ALL`]: no more than it takes to be too many.
    asking: [HashSet<DirectoryUserId>; Kind::ALL.len()],
    /// Those beyond any limit, and whether the directory has deleted them; what else their plans had went on.
    beyond: Vec<(Withdrawal, bool)>,
}

impl SetAside {
    pub(crate) fn new(held: Vec<HeldPerson>, linked: u64) -> Self {
        let held = held.into_iter().map(|held| (held.withdrawal.user, held)).collect();
        Self { held, linked, ..Self::default() }
    }

    /// Those beyond any limit who are not on record yet.
    pub(crate) fn beyond(&mut self) -> Vec<(Withdrawal, bool)> {
        std::mem::take(&mut self.beyond)
    }

    /// Those whose plans wait for the ruling.
    pub(crate) fn waiting(&mut self) -> Vec<(Subject, UserPlan)> {
        std::mem::take(&mut self.waiting)
    }

    /// Sets a plan aside that takes something away, if it may be taken; any other is given back, and goes on. `doubtful` are
    /// people who have to be looked at singly: what is on record of them is not what this plan says. `is_holder`: he holds a role that
    /// must keep holders.
    pub(crate) fn place(
        &mut self,
        subject: Subject,
        mut plan: UserPlan,
        (limits, is_holder): (&Limits, bool),
        doubtful: &mut Vec<DirectoryUserId>,
    ) -> Option<(Subject, UserPlan)> {
        let withdrawal = Withdrawal::of(&plan);
        if let Some(held) = self.held.get(&plan.user) {
            if withdrawal.as_ref() != Some(&held.withdrawal) {
                doubtful.push(plan.user);
            }
            plan.keep_all_back(HeldBecause::AwaitsApproval);
            return Some((subject, plan));
        }
        let Some(withdrawal) = withdrawal.filter(|withdrawal| is_holder || limits.concern(withdrawal)) else {
            return Some((subject, plan));
        };
        if self.is_beyond(&withdrawal, limits) {
            plan.keep_all_back(HeldBecause::Limit);
            self.beyond.push((withdrawal, subject.is_deleted()));
            return Some((subject, plan));
        }
        // Somebody may wait for the address that he gives up: that part goes on.
        if plan.profile.action.as_ref().is_some_and(|action| action.new_email().is_some()) {
            let later = plan.split_off_withdrawals();
            self.waiting.push((subject.clone(), later));
            return Some((subject, plan));
        }
        self.waiting.push((subject, plan));
        None
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
                let most = [limits.per_run(kind), limits.per_day(kind)]
                    .into_iter()
                    .filter_map(|limit| limit.people(self.linked))
                    .min();
                let is_full = |asking: &HashSet<_>| most.is_some_and(|most| asking.len() as u64 > most);
                if !is_full(asking) && most.is_some() {
                    asking.insert(withdrawal.user);
                }
                beyond &= is_full(asking);
            }
        }
        beyond
    }
}
