//! How the simulated services behave. The defaults are those of healthy services that never refuse anybody, without
//! delays; [`Behaviour::lifelike`] has both.

mod entra;
mod graph;
mod notifications;
mod zenqms;

use std::time::Duration;

use jiff::Timestamp;

pub use entra::{AppSecret, Certificate, Registration};
pub use graph::{GraphBehaviour, GraphThrottle, MissingRights, OverlongExpiry};
pub use notifications::{MembersHint, NotificationBehaviour};
pub use zenqms::{IdForm, Limit, ListKey, RolesAnswer, Spelling, ZenqmsBehaviour};

/// How the simulated services behave. Can be changed while they run.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// What the simulation's clock shows when it starts; from there it follows tokio's clock. Read once, at the start.
    pub starts_at: Timestamp,
    /// Decides everything that is left to chance: jitter, tokens, the order of answers in a batch. Read once.
    pub seed: u64,
    /// How many changes of the world are kept for stale reads.
    pub remembered_changes: usize,
    /// The app and its tenant in Entra ID.
    pub entra: Registration,
    /// Microsoft Graph.
    pub graph: GraphBehaviour,
    /// ZenQMS.
    pub zenqms: ZenqmsBehaviour,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            // 2026-11-25T08:00:00Z: a Wednesday morning; some day had to be it.
            starts_at: Timestamp::constant(1_795_593_600, 0),
            seed: 0,
            remembered_changes: 256,
            entra: Registration::default(),
            graph: GraphBehaviour::default(),
            zenqms: ZenqmsBehaviour::default(),
        }
    }
}

impl Behaviour {
    /// Delays and limits as one meets them: Graph with its real quota, ZenQMS with one that has to be found out.
    #[must_use]
    pub fn lifelike() -> Self {
        let millis = |from, to| Latency::Between(Duration::from_millis(from), Duration::from_millis(to));
        Self {
            entra: Registration { latency: millis(80, 200), ..Registration::default() },
            graph: GraphBehaviour {
                latency: millis(60, 240),
                throttle: GraphThrottle::BySize,
                retry_after: RetryAfter::Decimal,
                notifications: NotificationBehaviour {
                    delay: millis(2_000, 20_000),
                    doubled: 0.02,
                    late: 0.01,
                    per_change: (1, 3),
                    ..NotificationBehaviour::default()
                },
                ..GraphBehaviour::default()
            },
            zenqms: ZenqmsBehaviour {
                latency: millis(30, 120),
                limit: Limit::TokenBucket { per_second: 20.0, burst: 40.0 },
                retry_after: RetryAfter::Absent,
                ..ZenqmsBehaviour::default()
            },
            ..Self::default()
        }
    }
}

/// How long a service takes for each call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latency {
    /// No time at all: no timer is set.
    #[default]
    None,
    /// Always the same.
    Fixed(Duration),
    /// At least the first, less than the second, evenly spread.
    Between(Duration, Duration),
}

impl Latency {
    pub(crate) fn draw(self, dice: &mut fastrand::Rng) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed(time) => time,
            Self::Between(from, to) => from + to.saturating_sub(from).mul_f64(dice.f64()),
        }
    }
}

/// The form of `Retry-After` on a 429 (RFC 9110 knows whole seconds and dates; Graph has sent decimals).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RetryAfter {
    /// Whole seconds, rounded up.
    #[default]
    Seconds,
    /// Seconds with three decimals, rounded up.
    Decimal,
    /// A date, rounded up to the second.
    Date,
    /// No such header.
    Absent,
}

impl RetryAfter {
    pub(crate) fn text(self, wait: Duration, now: Timestamp) -> Option<String> {
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        match self {
            Self::Seconds => Some(whole.to_string()),
            Self::Decimal => {
                let millis = wait.as_micros().div_ceil(1_000);
                Some(format!("{}.{:03}", millis / 1_000, millis % 1_000))
            }
            Self::Date => {
                // From the next full second on, so that the date is not before the wait is over.
                let from = now.as_second() + i64::from(now.subsec_nanosecond() > 0);
                let when = Timestamp::from_second(from.saturating_add_unsigned(whole)).ok()?;
                Some(http_date(when))
            }
            Self::Absent => None,
        }
    }
}

/// A date in the form that HTTP wants (RFC 9110, IMF-fixdate).
pub(crate) fn http_date(when: Timestamp) -> String {
    when.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
