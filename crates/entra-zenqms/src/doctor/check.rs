use serde::Serialize;
use sync_core::failure::{Cause, Failure};

/// Something that was looked at, and what is to be thought of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub(super) name: &'static str,
    /// How it is.
    pub(super) verdict: Verdict,
    /// What that means.
    pub(super) sentence: String,
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cure: Option<String>,
}

/// How something is. What is worse is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// As it ought to be.
    Ok,
    /// It goes on, and somebody ought to know.
    Warn,
    /// It does not go on as it ought to.
    Bad,
}

impl Verdict {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// Checks of the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    /// Of what.
    pub(super) of: &'static str,
    /// The checks.
    pub(super) checks: Vec<Check>,
}

/// The worst verdict.
pub(super) fn worst(parts: &[Part]) -> Verdict {
    parts.iter().flat_map(|part| &part.checks).map(|check| check.verdict).max().unwrap_or(Verdict::Ok)
}

impl Check {
    pub(super) fn ok(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, sentence: sentence.into(), cure: None }
    }

    pub(super) fn warn(name: &'static str, sentence: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, sentence: sentence.into(), cure: Some(cure.into()) }
    }

    pub(super) fn bad(name: &'static str, sentence: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Bad, sentence: sentence.into(), cure: Some(cure.into()) }
    }

    /// What failed; `place`: where it is written how to mend a refusal.
    pub(super) fn failed(name: &'static str, failure: &Failure, place: &str) -> Self {
        let cure = match &failure.cause {
            Cause::Unreachable(_) | Cause::AnswerLost(_) => {
                "Look at the network of this machine and at the service's status page: the functions ask from AWS, and may \
                 well reach it."
            }
            Cause::Throttled { .. } | Cause::Unavailable { .. } => {
                "Wait some minutes, then ask again; the functions do so by themselves."
            }
            Cause::Unreadable(_) | Cause::TooLarge { .. } | Cause::ForeignLink { .. } => {
                "That is not what this service answers: look whether a proxy stands in between, and whether the address is \
                 the service's."
            }
            _ => place,
        };
        Self::bad(name, crate::tables::sentence(&failure.to_string()), cure)
    }
}
