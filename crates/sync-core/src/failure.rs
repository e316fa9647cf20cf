//! What can go wrong with a service, and what is to be done about it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::domain::Personal;

/// A call that did not do what it was for: what was being done, why it failed, and (by [`Self::disposition`]) what now.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{action} failed: {cause}")]
pub struct Failure {
    /// What was being done, to what; ids only.
    pub action: Cow<'static, str>,
    /// Why it failed.
    pub cause: Cause,
}

impl Failure {
    /// A failure of `action`.
    pub fn new(action: impl Into<Cow<'static, str>>, cause: Cause) -> Self {
        Self { action: action.into(), cause }
    }

    /// What is to be done now.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        self.cause.disposition()
    }
}

/// What is to be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It may succeed later by itself.
    Retry,
    /// It concerns one person and will not mend itself: kept with its reason, visible, and nobody else waits for it.
    Park,
    /// What was known is out of date: read afresh and plan anew before anything is written again.
    LookAgain,
    /// It concerns everybody and needs the administrator: the whole run stops.
    Halt,
}

/// Why a call failed.
#[derive(Clone, Debug)]
pub enum Cause {
    /// No connection: the service has not seen the request.
    Unreachable(String),
    /// The answer was lost; the service may have done what was asked.
    AnswerLost(String),
    /// Refused for now, 429.
    Throttled {
        /// For how long, if the service said.
        retry_after: Option<Duration>,
    },
    /// The service is out of order: 408 or 5xx. It may have done what was asked.
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// When to come back, if the service said.
        retry_after: Option<Duration>,
    },
    /// The answer is not what this service answers: no JSON, or JSON of another shape.
    Unreadable(String),
    /// The answer is larger than any this service gives.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The credentials are refused, by the sign-in service or by the service itself.
    NotSignedIn {
        /// What to mend.
        advice: Cow<'static, str>,
    },
    /// The credentials are good, but do not suffice.
    Forbidden {
        /// What to mend.
        advice: Cow<'static, str>,
    },
    /// There is no such thing.
    NotFound,
    /// Somebody else holds what has to be unique, 409.
    Taken(Taken),
    /// The service does not accept a value, 400 or 422.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The service's code for it.
        code: String,
        /// The fields it objects to.
        fields: Vec<String>,
        /// The service's own words; they may repeat the value.
        message: Personal,
    },
    /// The token of a page has expired; the listing has to start again.
    PageExpired,
    /// A listing points to a host that is not the configured one. It gets no token.
    ForeignLink {
        /// The host.
        host: String,
    },
    /// A listing brought less than it announced, or does not end.
    Inconsistent(String),
    /// The ledger says that somebody else has taken over.
    Superseded,
    /// Another flow is at work on the same person, and goes on for longer than was waited.
    Busy,
}

/// What is taken already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The e-mail address.
    Email,
    /// The `external_id`.
    ExternalId,
    /// The service did not say.
    Unknown,
}

impl Cause {
    /// What is to be done about it.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        match self {
            Self::Unreachable(_) | Self::Throttled { .. } | Self::PageExpired | Self::Inconsistent(_) | Self::Busy => {
                Disposition::Retry
            }
            Self::AnswerLost(_) | Self::Unavailable { .. } | Self::Unreadable(_) | Self::NotFound | Self::Taken(_) => {
                Disposition::LookAgain
            }
            Self::Rejected { .. } => Disposition::Park,
            Self::NotSignedIn { .. }
            | Self::Forbidden { .. }
            | Self::TooLarge { .. }
            | Self::ForeignLink { .. }
            | Self::Superseded => Disposition::Halt,
        }
    }

    /// Whether what was asked may have been done all the same.
    #[must_use]
    pub const fn may_have_happened(&self) -> bool {
        matches!(self, Self::AnswerLost(_) | Self::Unavailable { .. } | Self::Unreadable(_))
    }

    /// The cause's name in counts, metrics and reports. Stable.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::AnswerLost(_) => "answer_lost",
            Self::Throttled { .. } => "throttled",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreadable(_) => "unreadable_answer",
            Self::TooLarge { .. } => "answer_too_large",
            Self::NotSignedIn { .. } => "not_signed_in",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound => "not_found",
            Self::Taken(Taken::Email) => "email_taken",
            Self::Taken(Taken::ExternalId) => "external_id_taken",
            Self::Taken(Taken::Unknown) => "conflict",
            Self::Rejected { .. } => "rejected",
            Self::PageExpired => "page_expired",
            Self::ForeignLink { .. } => "foreign_link",
            Self::Inconsistent(_) => "inconsistent_listing",
            Self::Superseded => "superseded",
            Self::Busy => "busy",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) | Self::AnswerLost(reason) => f.write_str(reason),
            Self::Throttled { retry_after: Some(wait) } => {
                write!(f, "too many requests; the service asks to wait {} s", wait.as_secs_f64())
            }
            Self::Throttled { retry_after: None } => f.write_str("too many requests"),
            Self::Unavailable { status, .. } => {
                write!(f, "the service is out of order (HTTP {status})")
            }
            Self::Unreadable(what) => write!(f, "the answer cannot be read: {what}"),
            Self::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
            Self::NotSignedIn { advice } | Self::Forbidden { advice } => f.write_str(advice),
            Self::NotFound => f.write_str("there is no such thing"),
            Self::Taken(Taken::Email) => f.write_str("another account holds the e-mail address"),
            Self::Taken(Taken::ExternalId) => f.write_str("another account holds the external_id"),
            Self::Taken(Taken::Unknown) => f.write_str("it conflicts with another account"),
            Self::Rejected { status, code, fields, .. } => {
                write!(f, "the service does not accept it (HTTP {status}, {code})")?;
                if fields.is_empty() { Ok(()) } else { write!(f, ": {}", fields.join(", ")) }
            }
            Self::PageExpired => f.write_str("the page's token has expired"),
            Self::ForeignLink { host } => {
                write!(f, "the listing continues at another host, {host}, which must not see the token")
            }
            Self::Inconsistent(what) => f.write_str(what),
            Self::Superseded => f.write_str("another invocation has taken over"),
            Self::Busy => f.write_str("another flow is at work on the same person"),
        }
    }
}
