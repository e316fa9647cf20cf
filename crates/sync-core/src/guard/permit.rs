use crate::plan::{HeldBecause, UserPlan};

use super::{Kind, Withdrawal};

/// What may be taken from a person: what the plan takes that the guard has seen. When the person is planned anew meanwhile, what
/// that plan would take beyond it is not taken.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    taken: Option<Withdrawal>,
    kept_back: [Option<HeldBecause>; Kind::ALL.len()],
}

impl Permit {
    /// What `plan` takes, and what was kept back of it.
    pub(crate) fn of(plan: &UserPlan) -> Self {
        Self { taken: Withdrawal::of(plan), kept_back: Kind::ALL.map(|kind| plan.kept_back(kind)) }
    }

    /// Takes out of a new plan what is not permitted; [`HeldBecause::Unseen`] is what the guard has yet to see.
    pub(crate) fn narrow(&self, plan: &mut UserPlan) {
        let Some(withdrawal) = Withdrawal::of(plan) else { return };
        for (kind, kept_back) in Kind::ALL.into_iter().zip(self.kept_back) {
            let is_taken = |taken: &Withdrawal| taken.is(kind) && taken.covers(&withdrawal, kind);
            if withdrawal.is(kind) && !self.taken.as_ref().is_some_and(is_taken) {
                plan.keep_back(kind, kept_back.unwrap_or(HeldBecause::Unseen));
            }
        }
    }
}
