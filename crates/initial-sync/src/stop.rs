use sync_core::failure::{Cause, Disposition, Failure};

/// Why a run stops before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The time is up; the next invocation goes on.
    TimeIsUp,
    /// The administrator is needed.
    Halt(String),
    /// Something failed that may succeed later; the next invocation goes on.
    Failed(Failure),
    /// Another invocation has taken over; nothing is saved any more.
    Superseded,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match (&failure.cause, failure.disposition()) {
            (Cause::Superseded, _) => Self::Superseded,
            (_, Disposition::Halt | Disposition::Park) => Self::Halt(failure.to_string()),
            _ => Self::Failed(failure),
        }
    }
}
