//! How fast a service can be asked, found out by asking. Arithmetic only: time comes in as an argument, nobody waits here.
//!
//! ZenQMS publishes no rate limit. So the pace grows while requests are accepted, and a refusal (429) tells the limit:
//! **what the service accepted over the last seconds before it refused is what it allows.** From there the pace follows a
//! cubic curve, as TCP CUBIC does: a little below that mark, long and flat close to it, then faster and faster beyond it,
//! so that refusals stay rare and a raised limit is found within minutes.

use std::collections::VecDeque;
use std::time::Duration;

/// What is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaceLimits {
    /// Requests a second at the start.
    pub start: f64,
    /// Requests a second that are never exceeded.
    pub ceiling: f64,
}

impl Default for PaceLimits {
    /// Ten a second to begin with, doubling each second; at most 100, four times what Microsoft demands of the services
    /// in its own provisioning gallery (25 a second).
    fn default() -> Self {
        Self { start: 10.0, ceiling: 100.0 }
    }
}

/// The slowest pace, requests a second: a service that refuses everything is still asked now and then.
const FLOOR: f64 = 0.5;
/// Over how long accepted requests are counted to learn the limit.
const WINDOW: Duration = Duration::from_secs(10);
/// A limit seen for a shorter time, in seconds, is a guess: half the pace.
const SHORTEST_SPAN: f64 = 0.5;
/// The share of the learnt limit at which the pace goes on after a refusal.
const RETREAT: f64 = 0.97;
/// How long the pace takes from the retreat back to the learnt limit, in multiples of the time over which the limit was
/// learnt: what was seen for ten seconds is trusted for longer than what was seen for two.
const PLATEAU: f64 = 1.5;
/// How long nothing is sent after a refusal that names no time; doubled while nothing is accepted in between.
const FIRST_HOLD: Duration = Duration::from_secs(1);
const LONGEST_HOLD: Duration = Duration::from_mins(1);
/// The longest hold that a service can ask for; after it, it is asked again. A typing error in a proxy must not stop a run
/// for a year.
const LONGEST_ASKED: Duration = Duration::from_mins(5);
/// The service is overloaded when it takes three times as long as at its best, and more than a second.
const OVERLOAD_FACTOR: f64 = 3.0;
const OVERLOAD_LATENCY: f64 = 1.0;
/// How far an overloaded service is spared, and how often.
const SPARE: f64 = 0.85;
const SPARE_EVERY: Duration = Duration::from_secs(2);

/// The pace of requests to one service. All times count from one fixed moment.
#[derive(Debug)]
pub struct Pace {
    limits: PaceLimits,
    rate: f64,
    /// `None` until the first refusal.
    learnt: Option<Learnt>,
    accepted: VecDeque<Duration>,
    next_start: Duration,
    hold_until: Duration,
    /// The last refusal that began a hold; a request sent before it says nothing new.
    last_refusal: Option<Duration>,
    hold: Duration,
    latency: Option<Latency>,
    /// Whether requests have to wait for the pace. Growing on the strength of requests that did not would prove nothing.
    contended: bool,
}

/// What a refusal taught.
#[derive(Clone, Copy, Debug)]
struct Learnt {
    /// Requests a second.
    limit: f64,
    /// Over how many seconds it was seen.
    seen_for: f64,
    at: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Latency {
    smoothed: f64,
    best: f64,
    spared: Duration,
}

impl Pace {
    /// A pace that has yet to find out.
    #[must_use]
    pub fn new(limits: PaceLimits) -> Self {
        Self {
            limits,
            rate: limits.start.clamp(FLOOR, limits.ceiling.max(FLOOR)),
            learnt: None,
            accepted: VecDeque::new(),
            next_start: Duration::ZERO,
            hold_until: Duration::ZERO,
            last_refusal: None,
            hold: FIRST_HOLD,
            latency: None,
            contended: false,
        }
    }

    /// Requests a second, at present.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// Asks to send one request now.
    ///
    /// # Errors
    /// When to ask again.
    pub fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        let earliest = self.next_start.max(self.hold_until);
        if now < earliest {
            self.contended = true;
            return Err(earliest);
        }
        // A timer fires a little late; the next start keeps to the grid, so that the lateness does not add up.
        self.next_start = (self.next_start + Duration::from_secs_f64(1.0 / self.rate)).max(now);
        Ok(())
    }

    /// A request was accepted (answered with anything but a refusal), after this long.
    pub fn accept(&mut self, now: Duration, took: Duration) {
        self.hold = FIRST_HOLD;
        self.accepted.push_back(now);
        while self.accepted.front().is_some_and(|&at| at + WINDOW < now) {
            self.accepted.pop_front();
        }
        self.note_latency(now, took);
        if std::mem::take(&mut self.contended) {
            self.grow(now);
        }
    }

    fn grow(&mut self, now: Duration) {
        let grown = match self.learnt {
            // +ln 2 a request doubles the pace each second.
            None => self.rate + std::f64::consts::LN_2,
            Some(Learnt { limit, seen_for, at }) => {
                let place = now.saturating_sub(at).as_secs_f64() / (PLATEAU * seen_for) - 1.0;
                limit * (1.0 + (1.0 - RETREAT) * place.powi(3))
            }
        };
        self.set_rate(grown.max(if self.learnt.is_none() { self.rate } else { FLOOR }));
    }

    fn note_latency(&mut self, now: Duration, took: Duration) {
        let sample = took.as_secs_f64();
        let latency = self.latency.get_or_insert(Latency { smoothed: sample, best: sample, spared: Duration::ZERO });
        latency.smoothed += (sample - latency.smoothed) / 8.0;
        latency.best = latency.best.min(latency.smoothed);
        let overloaded = latency.smoothed > OVERLOAD_LATENCY && latency.smoothed > OVERLOAD_FACTOR * latency.best;
        if overloaded && now >= latency.spared + SPARE_EVERY {
            latency.spared = now;
            self.retreat_to(Learnt { limit: self.rate * SPARE, seen_for: WINDOW.as_secs_f64(), at: now });
        }
    }

    /// A request that was sent at `sent` was refused. Nothing is sent for `retry_after`, or for as long as seems wise.
    pub fn refuse(&mut self, now: Duration, sent: Duration, retry_after: Option<Duration>) {
        let hold = retry_after.unwrap_or(self.hold).min(LONGEST_ASKED);
        let began = self.hold_until;
        self.hold_until = began.max(now + hold);
        // Requests that were under way when the first was refused add nothing to what is known.
        if self.last_refusal.is_some_and(|refused| sent <= refused) {
            return;
        }
        self.hold = (self.hold * 2).min(LONGEST_HOLD);
        self.last_refusal = Some(now);
        self.retreat_to(self.accepted_a_second(now, began));
    }

    /// What the service accepted, a second, since sending began (or began again), but over [`WINDOW`] at most. The time
    /// that was held is left out: a service that counts by the clock's seconds gives nothing for it afterwards.
    fn accepted_a_second(&self, now: Duration, began: Duration) -> Learnt {
        // The first answer comes a latency after the first request.
        let began = began + Duration::from_secs_f64(self.latency.map_or(0.0, |latency| latency.smoothed));
        let since = began.max(now.saturating_sub(WINDOW));
        let span = now.saturating_sub(since).as_secs_f64();
        if span < SHORTEST_SPAN {
            return Learnt { limit: self.rate / 2.0, seen_for: SHORTEST_SPAN, at: now };
        }
        let count = self.accepted.iter().filter(|&&at| at > since).count();
        #[expect(clippy::cast_precision_loss, reason = "some thousand at most")]
        let count = count as f64;
        Learnt { limit: (count / span).min(self.rate), seen_for: span, at: now }
    }

    fn retreat_to(&mut self, learnt: Learnt) {
        let limit = learnt.limit.max(FLOOR);
        self.learnt = Some(Learnt { limit, ..learnt });
        self.set_rate(limit * RETREAT);
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate.clamp(FLOOR, self.limits.ceiling.max(FLOOR));
    }
}

#[cfg(test)]
mod tests;
