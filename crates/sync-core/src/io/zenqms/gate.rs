use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::pace::{Pace, PaceLimits};

/// Requests under way at once. At 25 requests a second and half a second each, thirteen suffice.
const IN_FLIGHT: usize = 32;

/// Lets requests to ZenQMS through at the pace that ZenQMS bears. One gate for all requests of a process.
#[derive(Debug)]
pub struct Gate {
    pace: std::sync::Mutex<Pace>,
    began: Instant,
    /// Whoever holds it is next; the others queue in the order in which they came.
    turn: Mutex<()>,
    in_flight: Semaphore,
    refusals: AtomicU64,
}

/// A request that was let through.
pub(super) struct Passage<'a> {
    gate: &'a Gate,
    sent: Instant,
    _place: Option<SemaphorePermit<'a>>,
}

impl Gate {
    /// A gate that has yet to find the pace.
    #[must_use]
    pub fn new(limits: PaceLimits) -> Self {
        Self {
            pace: std::sync::Mutex::new(Pace::new(limits)),
            began: Instant::now(),
            turn: Mutex::new(()),
            in_flight: Semaphore::new(IN_FLIGHT),
            refusals: AtomicU64::new(0),
        }
    }

    /// Requests a second, at present.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.with_pace(|pace| pace.rate()).unwrap_or_default()
    }

    /// How many requests the service has refused, 429, since this was last asked.
    pub fn take_refusals(&self) -> u64 {
        self.refusals.swap(0, Ordering::Relaxed)
    }

    /// Waits for a request's turn; `most` is the longest that it may be held back for.
    ///
    /// # Errors
    /// For how long it would be held back.
    pub(super) async fn pass(&self, most: Duration) -> Result<Passage<'_>, Duration> {
        // The semaphore is never closed; without a place the request passes all the same.
        let place = self.in_flight.acquire().await.ok();
        let _turn = self.turn.lock().await;
        loop {
            let now = self.began.elapsed();
            match self.with_pace(|pace| pace.admit(now)) {
                Some(Err(until)) if until.saturating_sub(now) > most => return Err(until.saturating_sub(now)),
                Some(Err(until)) => sleep_until(self.began + until).await,
                Some(Ok(())) | None => break,
            }
        }
        Ok(Passage { gate: self, sent: Instant::now(), _place: place })
    }

    fn with_pace<R>(&self, with: impl FnOnce(&mut Pace) -> R) -> Option<R> {
        self.pace.lock().ok().map(|mut pace| with(&mut pace))
    }
}

impl Passage<'_> {
    /// The service answered with anything but a refusal.
    pub(super) fn accepted(self) {
        let now = self.gate.began.elapsed();
        self.gate.with_pace(|pace| pace.accept(now, self.sent.elapsed()));
    }

    /// The service refused: too many requests.
    pub(super) fn refused(self, retry_after: Option<Duration>) {
        self.gate.refusals.fetch_add(1, Ordering::Relaxed);
        let now = self.gate.began.elapsed();
        let sent = self.sent.duration_since(self.gate.began);
        self.gate.with_pace(|pace| pace.refuse(now, sent, retry_after));
    }
}
