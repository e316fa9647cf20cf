use std::time::Duration;

use super::Latency;

/// How Microsoft Graph tells its subscribers what changed. Nothing of it is promised: neither order nor number nor time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotificationBehaviour {
    /// How long after the change a notification is due.
    pub delay: Latency,
    /// The share of the notifications that never come.
    pub lost: f64,
    /// The share of the notifications that come once more.
    pub doubled: f64,
    /// The share of the notifications that come later by [`Self::late_by`].
    pub late: f64,
    /// How much later they come.
    pub late_by: Duration,
    /// The least and the most notifications of one change, for each subscription.
    pub per_change: (u32, u32),
    /// The most notifications in one POST.
    pub batch: usize,
    /// What the notification of a changed membership says about whose it is.
    pub members_hint: MembersHint,
}

impl Default for NotificationBehaviour {
    fn default() -> Self {
        Self {
            delay: Latency::None,
            lost: 0.0,
            doubled: 0.0,
            late: 0.0,
            late_by: Duration::from_mins(10),
            per_change: (1, 1),
            batch: 100,
            members_hint: MembersHint::Object,
        }
    }
}

/// What the notification of a changed membership says about whose it is. Microsoft does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MembersHint {
    /// `members@delta`, with who left as `"@removed": {"reason": "deleted"}`.
    #[default]
    Object,
    /// `members@delta`, with who left as `"@removed": "deleted"`.
    Text,
    /// Nothing.
    Absent,
}
