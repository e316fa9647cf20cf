use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{AccountId, DirectoryUserId};

/// The cleanup as the ledger keeps it: its checkpoint, over as many invocations as it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupRecord {
    /// Since when the integration is being removed: another time is another cleanup.
    pub ending: Timestamp,
    /// Counts every save: whoever saves states the version he knows, so of two workers only one goes on.
    pub version: u64,
    /// Where it stands.
    pub state: CleanupState,
    /// The subscriptions that were ours.
    pub subscriptions: BTreeSet<Uuid>,
    /// Accounts whose `external_id` was cleared.
    pub cleared: u64,
    /// What is being cleared: announced, and not yet counted.
    pub clearing: Vec<Clearing>,
    /// The pass over all accounts that is under way, or was the last.
    pub pass: Pass,
    /// Links that are recorded, and that their accounts do not hold any more; known in the end.
    pub changed_since: u64,
}

/// Where a cleanup stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CleanupState {
    /// Not finished; anybody may go on with it.
    Running,
    /// Proven: no account holds an id that this integration set.
    Complete,
    /// All that could be cleared is; some accounts were refused.
    Failed,
}

impl CleanupState {
    /// The state's name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Failed => "failed",
        }
    }
}

/// An `external_id` of ours that is to be cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearing {
    /// Whose id it is.
    pub user: DirectoryUserId,
    /// The account that holds it.
    pub account: AccountId,
    /// Whether the link is recorded, not only announced.
    pub recorded: bool,
}

/// One pass over all accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// When it began.
    pub began: Timestamp,
    /// The page that is next.
    pub page: u32,
    /// Entries on the pages before it.
    pub entries: u64,
    /// Accounts cleared in it.
    pub cleared: u64,
    /// Accounts whose `external_id` this integration did not set.
    pub never_ours: u64,
    /// Accounts of which that is not certain.
    pub in_doubt: u64,
    /// Accounts that could not be cleared.
    pub failed: u64,
    /// Those of `failed` whose link is recorded.
    pub failed_recorded: u64,
    /// The first of them.
    pub failures: Vec<FailedAccount>,
}

impl Pass {
    /// A pass that begins now.
    #[must_use]
    pub const fn begin(now: Timestamp) -> Self {
        Self {
            began: now,
            page: 1,
            entries: 0,
            cleared: 0,
            never_ours: 0,
            in_doubt: 0,
            failed: 0,
            failed_recorded: 0,
            failures: Vec::new(),
        }
    }
}

/// An account that could not be cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAccount {
    /// Which.
    pub account: AccountId,
    /// Why: a cause's code, or `not_cleared` where ZenQMS said that it did and did not.
    pub code: String,
}

impl CleanupRecord {
    /// A cleanup that begins now, in the place of the one before.
    #[must_use]
    pub fn begin(ending: Timestamp, now: Timestamp, before: Option<&Self>) -> Self {
        Self {
            ending,
            version: before.map_or(0, |before| before.version),
            state: CleanupState::Running,
            subscriptions: BTreeSet::new(),
            cleared: 0,
            clearing: Vec::new(),
            pass: Pass::begin(now),
            changed_since: 0,
        }
    }
}
