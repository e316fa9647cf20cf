use sync_core::failure::{Cause, Failure};

/// Why a cleanup stops before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The time is up; the next invocation goes on.
    TimeIsUp,
    /// Another invocation has taken over; nothing is saved any more.
    Superseded,
    /// Something failed; the next invocation goes on at the same place.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        if matches!(failure.cause, Cause::Superseded) { Self::Superseded } else { Self::Failed(failure) }
    }
}
