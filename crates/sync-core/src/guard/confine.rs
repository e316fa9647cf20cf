use crate::domain::LinkChange;
use crate::plan::{ProfileAction, Reason, UserPlan};

/// Takes out of `plan`, which was made because the world turned out to be different, whatever was not in the first plan: what is
/// left of that may be written, and nothing else. A plan from which something was taken says so.
pub(crate) fn confine(plan: &mut UserPlan, first: &UserPlan) {
    let before = plan.clone();
    let action = plan.profile.action.take();
    let is_other = action.as_ref().is_some_and(|action| !is_of(action, first)) || is_other_account(plan, first);
    plan.profile.action = action.filter(|_| !is_other).and_then(|action| rest_of(action, first));
    plan.roles.add.retain(|role| first.roles.add.contains(role));
    plan.roles.remove.retain(|role| first.roles.remove.contains(role));
    if is_other {
        // Another account than the one that was meant, or one that is not the person's yet: nothing of it is his.
        plan.roles.add.clear();
        plan.roles.remove.clear();
        plan.account = None;
    }
    if plan.profile.action != before.profile.action || plan.roles != before.roles {
        plan.profile.reasons.retain(|reason| *reason != Reason::Unchanged);
        plan.profile.reasons.push(Reason::NotAsProposed);
    }
}

/// Whether the plan is for an account that is not the first plan's. Whoever was to get one has it by now, whichever it is.
fn is_other_account(plan: &UserPlan, first: &UserPlan) -> bool {
    let meant = match &first.profile.action {
        Some(ProfileAction::Create(_)) => return false,
        Some(action) => action.account(),
        None => first.account.as_ref(),
    };
    plan.account.as_ref().is_some_and(|account| Some(account) != meant)
}

/// Whether an action is about the same account as the first plan's, and does not link another.
fn is_of(action: &ProfileAction, first: &UserPlan) -> bool {
    match (action, first.profile.action.as_ref()) {
        (ProfileAction::Create(new), Some(ProfileAction::Create(planned))) => new == planned,
        // The account was created meanwhile, by this very plan: it carries the person's id.
        (ProfileAction::Update { .. }, Some(ProfileAction::Create(_))) => true,
        (ProfileAction::Link { account, .. }, Some(ProfileAction::Link { account: planned, .. }))
        | (
            ProfileAction::Update { account, .. },
            Some(ProfileAction::Link { account: planned, .. } | ProfileAction::Update { account: planned, .. }),
        ) => account == planned,
        (ProfileAction::Update { account, .. }, None) => first.account.as_ref() == Some(account),
        (ProfileAction::Create(_) | ProfileAction::Link { .. }, _) => false,
    }
}

/// What of an action is also in the first plan.
fn rest_of(action: ProfileAction, first: &UserPlan) -> Option<ProfileAction> {
    let fields = match first.profile.action.as_ref()? {
        ProfileAction::Create(new) => new.fields(),
        ProfileAction::Link { patch, .. } | ProfileAction::Update { patch, .. } => patch.changes.clone(),
    };
    match action {
        ProfileAction::Create(_) => Some(action),
        ProfileAction::Link { account, mut patch, replaced } => {
            patch.changes.keep_only(&fields);
            Some(ProfileAction::Link { account, patch, replaced })
        }
        ProfileAction::Update { account, mut patch, replaced, .. } => {
            patch.changes.keep_only(&fields);
            let deactivates = patch.changes.is_active == Some(false);
            let is_left = patch.link != LinkChange::Keep || !patch.changes.is_empty();
            is_left.then_some(ProfileAction::Update { account, patch, replaced, deactivates })
        }
    }
}
