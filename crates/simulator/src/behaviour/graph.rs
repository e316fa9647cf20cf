use std::time::Duration;

use super::{Latency, NotificationBehaviour, RetryAfter};

/// How Microsoft Graph behaves.
#[derive(Clone, Debug)]
pub struct GraphBehaviour {
    /// How long each call takes; a `$batch` is one call.
    pub latency: Latency,
    /// How many resource units the app may use.
    pub throttle: GraphThrottle,
    /// What a 429 says about when to come back.
    pub retry_after: RetryAfter,
    /// The most entries on a page, whatever `$top` asks for; `None`: as many as it asks for, at most 999.
    pub page_cap: Option<usize>,
    /// How long the token of a page is honoured. Microsoft does not say; large tenants have seen it expire.
    pub page_token_life: Duration,
    /// How long the token of a delta query is honoured; a later call gets a 410.
    pub delta_token_life: Duration,
    /// Whether a round of a delta query shows an object once for each of its changes; otherwise once, with all of them.
    pub delta_repeats: bool,
    /// What an app sees that lacks a permission.
    pub missing_rights: MissingRights,
    /// Whether the answers of a `$batch` come in another order than its requests.
    pub shuffle_batches: bool,
    /// What becomes of a subscription that wants to last longer than it may.
    pub overlong_expiry: OverlongExpiry,
    /// The most subscriptions that the app may have at once; Graph's own limit is 100. `None`: as many as it likes.
    pub subscription_quota: Option<usize>,
    /// How changes are told to subscribers.
    pub notifications: NotificationBehaviour,
}

impl Default for GraphBehaviour {
    fn default() -> Self {
        Self {
            latency: Latency::None,
            throttle: GraphThrottle::Off,
            retry_after: RetryAfter::Seconds,
            page_cap: None,
            page_token_life: Duration::from_hours(1),
            delta_token_life: Duration::from_hours(7 * 24),
            delta_repeats: false,
            missing_rights: MissingRights::Refused,
            shuffle_batches: true,
            overlong_expiry: OverlongExpiry::Clamp,
            subscription_quota: None,
            notifications: NotificationBehaviour::default(),
        }
    }
}

/// The resource units that an app may use in one tenant (Graph docs: throttling limits, identity and access).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphThrottle {
    /// As many as it likes.
    #[default]
    Off,
    /// By the size of the tenant, in ten seconds: 3,500 below 50 users, 5,000 up to 500, 8,000 above.
    BySize,
    /// So many in ten seconds.
    Units(u32),
}

impl GraphThrottle {
    /// The units in ten seconds for a tenant of this size.
    pub(crate) fn units(self, people: usize) -> Option<u32> {
        match (self, people) {
            (Self::Off, _) => None,
            (Self::Units(units), _) => Some(units),
            (Self::BySize, ..50) => Some(3_500),
            (Self::BySize, 50..=500) => Some(5_000),
            (Self::BySize, _) => Some(8_000),
        }
    }
}

/// What an app sees that lacks a permission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingRights {
    /// 403 `Authorization_RequestDenied`.
    #[default]
    Refused,
    /// Objects of which everything but the id is null, which is what reading through a relationship shows to an app without
    /// rights on the type of its members.
    Blank,
}

/// What becomes of a subscription that wants to last longer than it may. Microsoft announces the refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverlongExpiry {
    /// It lasts as long as it may.
    #[default]
    Clamp,
    /// 400.
    Refuse,
}
