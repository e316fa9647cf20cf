use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long something waits that is to be looked at again: longer each time, and some day no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    /// How often; `None`: until the work is older than [`RETENTION`].
    attempts: Option<u32>,
}

/// Work older than this is given up: SQS keeps no message longer (14 days; AWS docs: SQS message quotas).
pub const RETENTION: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A person whom the directory does not know at all: not replicated yet, as a rule. After half an hour in all the delta
/// sweep knows better (Graph docs: eventual consistency; polling with exponential back-off).
pub const LOST: Backoff =
    Backoff { first: Duration::from_secs(30), longest: Duration::from_mins(15), attempts: Some(6) };

/// A service is out of order. Five minutes at most, so that nobody waits longer once it is back.
pub const TRANSIENT: Backoff =
    Backoff { first: Duration::from_secs(5), longest: Duration::from_mins(5), attempts: None };

/// A read that shows no difference may come from a replica that lags: one more look, when replication is done as a rule.
pub const SECOND_LOOK: Duration = Duration::from_secs(90);

impl Backoff {
    /// When attempt number `attempt` (from 0) of work that is there `since` is due; `None`: never again.
    #[must_use]
    pub fn next(self, attempt: u32, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let exhausted = match self.attempts {
            Some(attempts) => attempt >= attempts,
            None => now.duration_since(since) >= RETENTION,
        };
        if exhausted {
            return None;
        }
        let wait = self.first.saturating_mul(2_u32.saturating_pow(attempt)).min(self.longest);
        now.checked_add(SignedDuration::try_from(wait).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(backoff: Backoff, attempt: u32) -> Option<i64> {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        backoff.next(attempt, now, now).map(|due| due.duration_since(now).as_secs())
    }

    #[test]
    fn a_lost_person_is_left_to_the_sweep_after_half_an_hour() {
        let waits: Vec<_> = (0..8).map(|attempt| after(LOST, attempt)).collect();
        assert_eq!(waits, [Some(30), Some(60), Some(120), Some(240), Some(480), Some(900), None, None]);
    }

    #[test]
    fn a_transient_failure_is_retried_until_the_retention_ends() {
        assert_eq!(
            (after(TRANSIENT, 0), after(TRANSIENT, 6), after(TRANSIENT, u32::MAX)),
            (Some(5), Some(300), Some(300))
        );
        let since: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        assert_eq!(TRANSIENT.next(3, since, since + RETENTION), None);
    }
}
