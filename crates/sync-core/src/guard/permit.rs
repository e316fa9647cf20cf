use crate::plan::{HeldBecause, UserPlan};

use super::{Kind, Withdrawal};

/// What may be taken from a person, by the plan that the guard has seen. When the person is planned anew meanwhile, what that
/// plan would take beyond it is not taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permit {
    deactivation: Seen,
    roles: Seen,
}

#[derive(Clone, Copy, Debug)]
enum Seen {
    Taken,
    KeptBack(HeldBecause),
    /// There was nothing to be seen.
    Nothing,
}

impl Permit {
    /// What `plan` takes, and what was kept back of it.
    pub(crate) fn of(plan: &UserPlan) -> Self {
        let withdrawal = Withdrawal::of(plan);
        let seen = |kind| match plan.kept_back(kind) {
            Some(because) => Seen::KeptBack(because),
            None if withdrawal.as_ref().is_some_and(|withdrawal| withdrawal.is(kind)) => Seen::Taken,
            None => Seen::Nothing,
        };
        Self { deactivation: seen(Kind::Deactivation), roles: seen(Kind::RoleLoss) }
    }

    /// Takes out of a new plan what is not permitted. Returns whether the guard has yet to see some of that.
    pub(crate) fn narrow(self, plan: &mut UserPlan) -> bool {
        let Some(withdrawal) = Withdrawal::of(plan) else { return false };
        let mut unseen = false;
        for (kind, seen) in [(Kind::Deactivation, self.deactivation), (Kind::RoleLoss, self.roles)] {
            match seen {
                Seen::KeptBack(because) if withdrawal.is(kind) => plan.keep_back(kind, because),
                Seen::Nothing if withdrawal.is(kind) => {
                    plan.keep_back(kind, HeldBecause::Unseen);
                    unseen = true;
                }
                Seen::Taken | Seen::KeptBack(_) | Seen::Nothing => {}
            }
        }
        unseen
    }
}
