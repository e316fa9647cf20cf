use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long an invocation may work. A Lambda has 15 minutes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    stop_at: Option<Timestamp>,
}

/// What is kept back at the end, to let writes under way finish (a lost answer is waited for 30 seconds) and to save.
const RESERVE: Duration = Duration::from_secs(45);
/// Of a short budget, for tests and trials, no more than this share is kept back.
const RESERVE_SHARE: u32 = 5;

impl Budget {
    /// No limit.
    pub const UNLIMITED: Self = Self { stop_at: None };

    /// So much time from now on.
    #[must_use]
    pub fn of(now: Timestamp, time: Duration) -> Self {
        let reserve = RESERVE.min(time / RESERVE_SHARE);
        let time = SignedDuration::try_from(time.saturating_sub(reserve)).ok();
        // A time that no calendar holds is no limit.
        Self { stop_at: time.and_then(|time| now.checked_add(time).ok()) }
    }

    /// Whether nothing new should be begun.
    #[must_use]
    pub fn is_spent(self, now: Timestamp) -> bool {
        self.stop_at.is_some_and(|stop_at| now >= stop_at)
    }

    /// `at`, or when the budget is spent, if that comes first.
    #[must_use]
    pub fn until(self, at: Timestamp) -> Timestamp {
        self.stop_at.map_or(at, |stop_at| stop_at.min(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent_after(time: Duration) -> i64 {
        let budget = Budget::of(Timestamp::UNIX_EPOCH, time);
        (0..1_000).find(|&second| budget.is_spent(Timestamp::from_second(second).unwrap())).unwrap()
    }

    #[test]
    fn what_is_kept_back_is_45_seconds_or_a_fifth() {
        assert_eq!(spent_after(Duration::from_mins(15)), 855);
        assert_eq!(spent_after(Duration::from_secs(10)), 8);
    }

    #[test]
    fn without_a_limit_it_is_never_spent() {
        assert!(!Budget::UNLIMITED.is_spent(Timestamp::MAX));
        assert_eq!(Budget::of(Timestamp::MAX, Duration::MAX), Budget::UNLIMITED);
        assert_eq!(Budget::UNLIMITED.until(Timestamp::MAX), Timestamp::MAX);
    }
}
