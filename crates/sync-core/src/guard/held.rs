use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::hex;
use crate::plan::HeldBecause;
use crate::run::RunId;

use super::Withdrawal;

/// Somebody from whom something would have been taken, and was not: it waits for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPerson {
    /// What would be taken.
    #[serde(flatten)]
    pub withdrawal: Withdrawal,
    /// Why it was not.
    pub because: HeldBecause,
    /// Since when it waits.
    pub since: Timestamp,
    /// Who came upon it: a run, or a flow.
    pub by: RunId,
    /// Whether the directory has deleted him. Once that is for good it does not say so any more, and who is merely not found loses
    /// nothing: whoever looks at him when it is approved has to be told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// Somebody's word that what was kept back is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// From when on it is void.
    pub until: Timestamp,
    /// What was approved, all of it.
    pub plan: PlanHash,
}

impl HeldPerson {
    /// Whether it has been approved, and the approval is not void.
    #[must_use]
    pub fn is_approved(&self, now: Timestamp) -> bool {
        self.approval.as_ref().is_some_and(|approval| now < approval.until)
    }
}

/// The SHA-256 of what a number of people would lose, or of what a run would write: whoever approves it approves that, and nothing
/// else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(String);

impl PlanHash {
    /// The hash of these withdrawals, in whatever order they come. One line of JSON a person, sorted.
    #[must_use]
    pub fn of<'a>(withdrawals: impl IntoIterator<Item = &'a Withdrawal>) -> Self {
        let line = |withdrawal: &Withdrawal| serde_json::to_string(withdrawal).unwrap_or_default();
        let mut lines: Vec<String> = withdrawals.into_iter().map(line).collect();
        lines.sort_unstable();
        let mut hasher = Sha256::new();
        for line in lines {
            hasher.update(line);
            hasher.update("\n");
        }
        Self(hex(&hasher.finalize()))
    }

    /// The hash of a plan that is kept as these bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// Takes a hash as somebody typed it.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(text.trim().to_ascii_lowercase())
    }

    /// Whether this is what `typed` means: the whole hash, or its first twelve digits at least.
    #[must_use]
    pub fn is_meant_by(&self, typed: &Self) -> bool {
        typed.0.len() >= 12 && self.0.starts_with(&typed.0)
    }

    /// The whole hash, 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is shown and typed: twelve digits. Two plans of one company share them by chance once in 10^14.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
