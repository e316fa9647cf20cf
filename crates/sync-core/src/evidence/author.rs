use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{Lens, Mapping, Operator, short_name};
use crate::guard::{Approval, Kind, Limits};
use crate::ports::Nesting;
use crate::run::RunId;
use crate::work::Why;

/// On whose behalf something is written, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The run, or the flow.
    pub run: RunId,
    /// Why a flow has looked at the person; a run looks at everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Who has asked for the look, or for the run, where an operator has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<Operator>,
    /// The version of this software.
    pub version: Cow<'static, str>,
    /// The settings that it worked by; the cleanup works by none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsHash>,
    /// Who approved it: what is taken away, where it had been kept back, or all of it, where it was proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// What of it he approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<Kind>,
    /// Whether all that is written was proposed, and he approved it as that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proposed: bool,
}

impl Author {
    /// This version, on behalf of `run`.
    #[must_use]
    pub const fn new(run: RunId) -> Self {
        let version = Cow::Borrowed(env!("CARGO_PKG_VERSION"));
        Self {
            run,
            why: None,
            asked_by: None,
            version,
            settings: None,
            approval: None,
            approved: Vec::new(),
            proposed: false,
        }
    }

    /// By these settings.
    #[must_use]
    pub fn by(self, settings: SettingsHash) -> Self {
        Self { settings: Some(settings), ..self }
    }
}

/// Names the settings that decide what is written: the mapping with its roles, nesting, initial sync, the guard's limits,
/// how people are seen. The first sixteen digits of their SHA-256: a name, not a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingsHash(String);

impl SettingsHash {
    /// The name of these settings.
    #[must_use]
    pub fn of(mapping: &Mapping, nesting: Nesting, initial_sync: bool, limits: &Limits, lens: &Lens) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(serde_json::to_string(mapping).unwrap_or_default());
        hasher.update([u8::from(nesting == Nesting::Transitive), u8::from(initial_sync)]);
        let Limits {
            deactivations_per_run,
            deactivations_per_day,
            role_losses_per_run,
            role_losses_per_day,
            protected,
            // Which roles these are stands in the mapping.
            minimum_holders: _,
        } = limits;
        for limit in [deactivations_per_run, deactivations_per_day, role_losses_per_run, role_losses_per_day] {
            hasher.update(format!("{limit};"));
        }
        hasher.update(format!("{protected:?}"));
        // Nothing, where everybody is seen as he is: the name that such settings have always had.
        hasher.update(lens.digest().unwrap_or_default());
        Self(short_name(&hasher.finalize()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
