use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::{AccountId, DirectoryUserId, Operator};
use crate::guard::{KindsRefused, PlanHash};

use super::{Intent, Tally};

/// The name of a run: its mode, when it began, and a few random digits. Sorts by time within a mode.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Names a run.
    #[must_use]
    pub fn new(mode: Mode, began: Timestamp, dice: u32) -> Self {
        Self(format!("{mode}-{}-{dice:08x}", began.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// Takes a stored name.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a run was halted that came upon the cleanup, or was come upon by it.
pub const BEING_REMOVED: &str = "the integration is being removed, and nothing is written any more but by the cleanup";
/// Why a run is not begun before a plan was approved, where the first deployment asked for that.
pub const WAITS_FOR_PLAN: &str = "the integration waits for its first approved plan, and nothing else is written before that is \
    carried out: `entra-zenqms plan`, then `approve` and `apply`; or deploy with FirstSyncNeedsApproval=false";

/// What a run is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The whole directory is brought into line.
    #[default]
    Full,
    /// The same, writing nothing.
    Plan,
    /// What was proposed and approved is written, and nothing else.
    Apply,
    /// Whoever has changed is looked at; and everybody, where it is not known who has.
    Sweep,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Sweep => "sweep",
        })
    }
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Not finished. Somebody works on it until the lease ends; from then on anybody may go on with it.
    Running {
        /// When the lease ends.
        lease_until: Timestamp,
    },
    /// Finished.
    Complete,
    /// Stopped; it needs the administrator, and the next start begins a new run.
    Halted {
        /// Why, in a sentence.
        because: String,
    },
}

impl RunState {
    /// The state's name in the run's answer.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Running { .. } => "running",
            Self::Complete => "complete",
            Self::Halted { .. } => "halted",
        }
    }
}

/// A run as the ledger keeps it: its checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The run's name.
    pub id: RunId,
    /// What it is for.
    pub mode: Mode,
    /// Where it stands.
    pub state: RunState,
    /// Counts every save: whoever saves states the version he knows, so of two workers only one goes on.
    pub version: u64,
    /// When it began.
    pub began: Timestamp,
    /// When it was last saved.
    pub saved: Timestamp,
    /// What came of it so far.
    pub tally: Tally,
    /// What is being written: announced, and not yet counted.
    pub pending: Vec<Intent>,
    /// What the guard has refused it.
    pub refused: KindsRefused,
    /// The proposal that it carries out, if it does.
    pub proposal: Option<PlanHash>,
    /// Who has asked for it, where an operator has.
    pub asked_by: Option<Operator>,
    /// Attempts in a row that ended without a single write, for want of time.
    pub idle_attempts: u32,
}

impl RunRecord {
    /// How long a worker may be silent before another may take its run over. A batch of writes is saved far more often.
    pub const LEASE: SignedDuration = SignedDuration::from_mins(5);

    /// A run that begins now.
    #[must_use]
    pub fn begin(mode: Mode, now: Timestamp, dice: u32) -> Self {
        Self {
            id: RunId::new(mode, now, dice),
            mode,
            state: RunState::Running { lease_until: now + Self::LEASE },
            version: 0,
            began: now,
            saved: now,
            tally: Tally::default(),
            pending: Vec::new(),
            refused: KindsRefused::default(),
            proposal: None,
            asked_by: None,
            idle_attempts: 0,
        }
    }

    /// Whether it is not at its end.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.state, RunState::Running { .. })
    }

    /// Whether somebody is at work on it.
    #[must_use]
    pub fn is_leased(&self, now: Timestamp) -> bool {
        matches!(self.state, RunState::Running { lease_until } if now < lease_until)
    }

    /// Whether it waits for somebody to go on with it.
    #[must_use]
    pub fn is_resumable(&self, now: Timestamp) -> bool {
        matches!(self.state, RunState::Running { lease_until } if now >= lease_until)
    }
}

/// The record that this integration linked an account: only such links are undone by the cleanup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose id was written into the account's `external_id`.
    pub user: DirectoryUserId,
    /// The account.
    pub account: AccountId,
    /// When.
    pub set_at: Timestamp,
    /// By which run.
    pub set_by: RunId,
}
