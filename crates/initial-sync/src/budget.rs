use std::time::Duration;

use tokio::time::Instant;

/// How long an invocation may work. A Lambda has 15 minutes at most.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    stop_at: Option<Instant>,
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
    pub fn of(time: Duration) -> Self {
        let reserve = RESERVE.min(time / RESERVE_SHARE);
        Self { stop_at: Some(Instant::now() + time.saturating_sub(reserve)) }
    }

    /// Whether nothing new should be begun.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.stop_at.is_some_and(|stop_at| Instant::now() >= stop_at)
    }
}
