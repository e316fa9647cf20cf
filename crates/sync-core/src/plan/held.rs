use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something was not taken away that the rules would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBecause {
    /// More people would lose something than the guard's limit allows.
    Limit,
    /// The directory showed less than half of the people who are linked.
    DirectoryShrunk,
    /// A role would be left with fewer holders than it must keep.
    TooFewHolders,
    /// It was kept back before, and nobody has approved it.
    AwaitsApproval,
    /// The person or the account is protected.
    Protected,
    /// A run takes it once it has seen everybody, or says then why not.
    Later,
    /// The guard has not seen it, or could not tell: it does with the next look.
    Unseen,
}

impl HeldBecause {
    /// The name in counts, metrics and reports. Stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Limit => "held_over_limit",
            Self::DirectoryShrunk => "held_directory_shrunk",
            Self::TooFewHolders => "held_too_few_holders",
            Self::AwaitsApproval => "held_awaits_approval",
            Self::Protected => "protected",
            Self::Later => "held_until_everybody_is_seen",
            Self::Unseen => "held_unseen",
        }
    }

    /// Whether somebody can approve it.
    #[must_use]
    pub const fn waits(self) -> bool {
        match self {
            Self::Limit | Self::DirectoryShrunk | Self::TooFewHolders | Self::AwaitsApproval => true,
            Self::Protected | Self::Later | Self::Unseen => false,
        }
    }
}

impl fmt::Display for HeldBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limit => "kept back for approval: more people would lose access than the guard's limit allows",
            Self::DirectoryShrunk => {
                "kept back for approval: the directory showed less than half of the people who are linked"
            }
            Self::TooFewHolders => {
                "kept back for approval: a role would have fewer holders than the setting MinimumHolders says"
            }
            Self::AwaitsApproval => "kept back before, and nobody has approved it yet",
            Self::Protected => "protected: nothing is taken from this person or account",
            Self::Later => "set aside until the run has seen everybody",
            Self::Unseen => "the guard could not see to it yet, and he is looked at once more",
        })
    }
}
