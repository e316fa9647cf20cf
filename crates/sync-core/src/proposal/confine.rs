use crate::domain::{AccountPatch, LinkChange};
use crate::plan::{ProfileAction, Reason, UserPlan};

/// Takes out of `plan`, which was made because the world turned out to be different, whatever was not in the first plan: what is
/// left of that may be written, and nothing else. A plan from which something was taken says so.
pub(crate) fn confine(plan: &mut UserPlan, first: &UserPlan) {
    let before = plan.clone();
    let action = plan.profile.action.take();
    plan.profile.action = action.and_then(|action| rest_of(action, first));
    plan.roles.add.retain(|role| first.roles.add.contains(role));
    plan.roles.remove.retain(|role| first.roles.remove.contains(role));
    if plan.profile.action != before.profile.action || plan.roles != before.roles {
        plan.profile.reasons.retain(|reason| *reason != Reason::Unchanged);
        plan.profile.reasons.push(Reason::NotAsProposed);
    }
}

/// What of an action is also in the first plan.
fn rest_of(action: ProfileAction, first: &UserPlan) -> Option<ProfileAction> {
    let planned = first.profile.action.as_ref()?;
    match (action, planned) {
        (ProfileAction::Create(new), ProfileAction::Create(planned)) => {
            (new == *planned).then_some(ProfileAction::Create(new))
        }
        (
            ProfileAction::Link { account, mut patch, replaced },
            ProfileAction::Link { account: planned, patch: of, .. },
        ) => {
            patch.changes.keep_only(&of.changes);
            (account == *planned).then_some(ProfileAction::Link { account, patch, replaced })
        }
        // The link was made, or the account created, and something of it is still to be written.
        (ProfileAction::Update { account, mut patch, replaced, .. }, planned) => {
            match planned {
                ProfileAction::Create(new) => patch.changes.keep_only(&new.fields()),
                ProfileAction::Link { patch: of, .. } | ProfileAction::Update { patch: of, .. } => {
                    patch.changes.keep_only(&of.changes);
                }
            }
            let AccountPatch { link, changes } = &patch;
            let deactivates = changes.is_active == Some(false);
            let is_left = *link != LinkChange::Keep || !changes.is_empty();
            is_left.then_some(ProfileAction::Update { account, patch, replaced, deactivates })
        }
        (ProfileAction::Create(_) | ProfileAction::Link { .. }, _) => None,
    }
}
