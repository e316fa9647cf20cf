use serde::Serialize;
use sync_core::run::{CleanupRecord, CleanupState, FailedAccount};

/// The answer of a cleanup: the proof of what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CleanupReport {
    /// `complete`: no account holds an id that this integration set. `failed`: the same, but for the accounts in `failed`.
    /// `running`: the time was up, and the next invocation goes on. `planned`: nothing was written.
    pub status: &'static str,
    /// Subscriptions that were ended.
    pub subscriptions_ended: u64,
    /// Accounts whose `external_id` was cleared, over all invocations.
    pub cleared: u64,
    /// What was left as it is; known in the end.
    pub left_alone: LeftAlone,
    /// Accounts that could not be cleared, and why; the first 20.
    pub failed: Vec<FailedAccount>,
    /// Accounts that hold an id of ours; `None` while that is not known.
    pub remaining: Option<u64>,
}

/// What a cleanup left as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// Accounts with an `external_id` that somebody else set.
    pub never_ours: u64,
    /// Links of ours that their accounts do not hold any more: the `external_id` was changed or emptied since, or the account
    /// is gone.
    pub changed_since: u64,
    /// Accounts that were to be linked when a flow died, and of which it cannot be said that it linked them.
    pub in_doubt: u64,
}

pub(crate) fn report(record: &CleanupRecord) -> CleanupReport {
    let pass = &record.pass;
    CleanupReport {
        status: record.state.name(),
        subscriptions_ended: record.subscriptions.len() as u64,
        cleared: record.cleared,
        left_alone: LeftAlone {
            never_ours: pass.never_ours,
            changed_since: record.changed_since,
            in_doubt: pass.in_doubt,
        },
        failed: pass.failures.clone(),
        remaining: match record.state {
            CleanupState::Running => None,
            CleanupState::Complete | CleanupState::Failed => Some(pass.failed),
        },
    }
}
