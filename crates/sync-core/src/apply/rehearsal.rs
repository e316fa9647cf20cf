use std::sync::Mutex;

use crate::plan::{ProfileAction, UserPlan};

use super::{Executor, Settled, Subject};

/// Carries nothing out: shows each plan to a listener and reports what would have become of it.
pub struct Rehearsal<F> {
    listener: Mutex<F>,
}

impl<F: FnMut(&Subject, &UserPlan) + Send> Rehearsal<F> {
    /// Shows every plan that would write something to `listener`.
    pub const fn new(listener: F) -> Self {
        Self { listener: Mutex::new(listener) }
    }
}

impl<F: FnMut(&Subject, &UserPlan) + Send> Executor for Rehearsal<F> {
    async fn settle(&self, subject: &Subject, plan: UserPlan) -> Settled {
        if !plan.is_empty()
            && let Ok(mut listener) = self.listener.lock()
        {
            listener(subject, &plan);
        }
        Settled {
            written: plan.profile.action.as_ref().map(ProfileAction::outcome),
            roles_added: plan.roles.add.len() as u64,
            roles_removed: plan.roles.remove.len() as u64,
            account: plan.account,
            new_email: plan.profile.action.as_ref().and_then(ProfileAction::new_email).cloned(),
            reasons: plan.profile.reasons,
            role_reasons: plan.roles.reasons,
            ..Settled::untouched(subject.id())
        }
    }
}
