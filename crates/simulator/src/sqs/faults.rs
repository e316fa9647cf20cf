use crate::schedule::Schedule;

/// Something that goes wrong with SQS. Without more, the first call of its operation, once.
#[derive(Clone, Debug)]
pub struct SqsFault {
    operation: &'static str,
    schedule: Schedule,
    kind: SqsFaultKind,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqsFaultKind {
    /// 400 `ThrottlingException`; nothing was carried out.
    Throttled,
    /// 500 `InternalError`; nothing was carried out.
    InternalError,
    /// The connection ends after everything was carried out.
    AnswerLost,
    /// The first entry of a batch fails with `InternalError`, the others are carried out. Without effect on a call that is
    /// no batch.
    PartialFailure,
}

impl SqsFault {
    /// On calls of an operation (`SendMessageBatch`, ...), an internal error until [`Self::kind`] says otherwise.
    #[must_use]
    pub fn on(operation: &'static str) -> Self {
        Self { operation, schedule: Schedule::default(), kind: SqsFaultKind::InternalError }
    }

    /// Begins with the `n`-th call, from 1, counted from when the fault is ordered.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.schedule.first = n;
        self
    }

    /// Strikes so many calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.schedule.times = Some(times);
        self
    }

    /// Strikes every call from the first on.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.schedule.times = None;
        self
    }

    /// Strikes a share of the calls, 0.0 to 1.0, for ever unless [`Self::times`] follows; the same calls for the same seed.
    #[must_use]
    pub fn share(mut self, share: f64, seed: u64) -> Self {
        self.schedule.times = None;
        self.schedule.share = Some((share, fastrand::Rng::with_seed(seed)));
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn kind(mut self, kind: SqsFaultKind) -> Self {
        self.kind = kind;
        self
    }
}

/// What goes wrong with a call of this operation. If several faults are due, the one ordered first strikes, and the others
/// wait for the next call.
pub(super) fn due(ordered: &mut [SqsFault], operation: &str) -> Option<SqsFaultKind> {
    let mut kind = None;
    for fault in ordered.iter_mut().filter(|fault| fault.operation == operation) {
        if fault.schedule.sees_a_call() && kind.is_none() {
            fault.schedule.strikes();
            kind = Some(fault.kind);
        }
    }
    kind
}
