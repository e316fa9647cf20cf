use std::time::Duration;

use crate::behaviour::Limit;

/// Lets calls through, or says how long to wait.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    /// Tokens in the bucket; `None` until the first call, when it is full.
    tokens: Option<f64>,
    filled: Duration,
    window: u64,
    in_window: u32,
}

impl Limiter {
    /// Takes `cost` off what is allowed, or says after how long it could be.
    pub(crate) fn take(&mut self, limit: Limit, cost: f64, running: Duration) -> Result<(), Duration> {
        match limit {
            Limit::None => Ok(()),
            Limit::TokenBucket { per_second, burst } => {
                let gained = running.saturating_sub(self.filled).as_secs_f64() * per_second;
                let tokens = self.tokens.map_or(burst, |tokens| (tokens + gained).min(burst));
                self.filled = running;
                if tokens >= cost {
                    self.tokens = Some(tokens - cost);
                    return Ok(());
                }
                self.tokens = Some(tokens);
                let wait = Duration::try_from_secs_f64((cost - tokens) / per_second).unwrap_or(Duration::from_mins(1));
                Err(wait.max(Duration::from_millis(1)))
            }
            Limit::FixedWindow { per_second } => {
                let second = running.as_secs();
                if second != self.window {
                    (self.window, self.in_window) = (second, 0);
                }
                if self.in_window < per_second {
                    self.in_window += 1;
                    return Ok(());
                }
                Err(Duration::from_secs(second + 1).saturating_sub(running))
            }
        }
    }
}
