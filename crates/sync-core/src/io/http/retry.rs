use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::ports::Clock;

/// How often a run tries a read: eight times, waiting 0.5 s, 1 s, 2 s ... up to 30 s, each a little longer or shorter by
/// chance so that parallel readers do not come back together.
const PATIENT: u32 = 8;
/// How often a flow does, whose work can come back from its queue: waiting there costs nothing and holds nobody up.
const BRIEF: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The least wait when the service asks for next to none (`Retry-After: 0` has been seen), doubled each time.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// The same for whoever can come back another time.
const BRIEF_WAIT: Duration = Duration::from_secs(10);
/// The longest wait that is done for a service that asks for one. Beyond, the caller comes back another time.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// Repeats calls that failed for reasons that pass.
pub struct Retries<C> {
    clock: C,
    attempts: u32,
    dice: Mutex<fastrand::Rng>,
    refusals: Arc<AtomicU64>,
}

impl<C: Clock> Retries<C> {
    /// Waits by `clock`; `seed` makes the chance repeatable.
    pub fn new(clock: C, seed: u64) -> Self {
        Self { clock, attempts: PATIENT, dice: Mutex::new(fastrand::Rng::with_seed(seed)), refusals: Arc::default() }
    }

    /// The same for whoever can come back another time.
    #[must_use]
    pub fn brief(self) -> Self {
        Self { attempts: BRIEF, ..self }
    }

    /// How often the service has refused, 429; whoever has it may set it back.
    #[must_use]
    pub fn refusals(&self) -> Arc<AtomicU64> {
        self.refusals.clone()
    }

    /// The longest wait that is done for a service that asks for one.
    const fn longest_wait(&self) -> Duration {
        if self.is_brief() { BRIEF_WAIT } else { LONGEST_RETRY_AFTER }
    }

    /// Whether whoever asks can come back another time.
    pub const fn is_brief(&self) -> bool {
        self.attempts < PATIENT
    }

    /// The clock.
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// A new id for a request, by which Microsoft's support finds it.
    pub fn fresh_id(&self) -> Uuid {
        let bytes = self.dice.lock().map_or(0, |mut dice| dice.u128(..)).to_le_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn pause(&self, attempt: u32, cause: &Cause) -> Option<Duration> {
        if matches!(cause, Cause::Throttled { .. }) {
            self.refusals.fetch_add(1, Ordering::Relaxed);
        }
        if attempt + 1 >= self.attempts {
            return None;
        }
        let backoff = (FIRST_PAUSE * 2_u32.saturating_pow(attempt)).min(LONGEST_PAUSE);
        let chance = self.dice.lock().map_or(0.5, |mut dice| dice.f64());
        let backoff = backoff.mul_f64(0.75 + chance / 2.0);
        match cause {
            Cause::Throttled { retry_after: Some(wait) } | Cause::Unavailable { retry_after: Some(wait), .. } => {
                (*wait <= self.longest_wait()).then(|| (*wait).max(least_pause(attempt)))
            }
            Cause::Throttled { .. }
            | Cause::Unavailable { .. }
            | Cause::Unreachable(_)
            | Cause::AnswerLost(_)
            | Cause::Unreadable(_) => Some(backoff),
            _ => None,
        }
    }
}

/// The least wait before attempt `attempt + 1`, whatever the service asks for.
pub(crate) fn least_pause(attempt: u32) -> Duration {
    LEAST_PAUSE * 2_u32.saturating_pow(attempt.min(10))
}

/// Runs `read` until it succeeds, fails for good, or has failed too often.
pub async fn retrying<C, T, F>(retries: &Retries<C>, read: impl FnMut() -> F) -> Result<T, Failure>
where
    C: Clock,
    F: Future<Output = Result<T, Failure>>,
{
    retrying_where(retries, |_| true, read).await
}

/// Runs `write` again only where the service has certainly not seen it.
pub async fn retrying_unseen<C, T, F>(retries: &Retries<C>, write: impl FnMut() -> F) -> Result<T, Failure>
where
    C: Clock,
    F: Future<Output = Result<T, Failure>>,
{
    retrying_where(retries, |cause| matches!(cause, Cause::Unreachable(_)), write).await
}

/// Runs `write` again only where the service has certainly not carried it out: it has not seen it, or refused it.
pub async fn retrying_undone<C, T, F>(retries: &Retries<C>, write: impl FnMut() -> F) -> Result<T, Failure>
where
    C: Clock,
    F: Future<Output = Result<T, Failure>>,
{
    retrying_where(retries, |cause| matches!(cause, Cause::Unreachable(_) | Cause::Throttled { .. }), write).await
}

async fn retrying_where<C, T, F>(
    retries: &Retries<C>,
    again: impl Fn(&Cause) -> bool,
    mut call: impl FnMut() -> F,
) -> Result<T, Failure>
where
    C: Clock,
    F: Future<Output = Result<T, Failure>>,
{
    let mut attempt = 0;
    loop {
        let failure = match call().await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        let pause = retries.pause(attempt, &failure.cause).filter(|_| again(&failure.cause));
        let Some(pause) = pause else {
            return Err(failure);
        };
        retries.clock.pause(pause).await;
        attempt += 1;
    }
}
