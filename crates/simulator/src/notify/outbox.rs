//! The notifications that are on their way.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::subscription::{Subscription, Subscriptions};

use super::payload::{News, body};
use super::{NotificationTally, Way};

/// The wait before the first retry; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// How long a POST is tried again (Graph docs: change notifications through webhooks).
const RETRIED_FOR: SignedDuration = SignedDuration::from_hours(4);
/// Decides about notifications apart from all else, so that calls more or fewer change nothing there.
const OWN_CHANCE: u64 = 0x6e6f_7469_6679;

/// The notifications that are on their way, by when they are due and the order in which they were made.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) way: Way,
    pub(super) tally: NotificationTally,
    pub(super) dice: fastrand::Rng,
    /// Up to which number of the feed changes have been announced.
    pub(super) announced: usize,
    pub(super) last_number: u64,
    waiting: BTreeMap<(Timestamp, u64), Notification>,
    retries: BTreeMap<(Timestamp, u64), Attempt>,
    made: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Notification {
    pub(super) subscription: Uuid,
    pub(super) news: News,
}

/// Notifications that go, or went, in one POST.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) url: String,
    /// How often it was tried.
    pub(super) tries: u32,
    began: Timestamp,
    due: Timestamp,
    notifications: Vec<Notification>,
}

impl Outbox {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            way: Way::default(),
            tally: NotificationTally::default(),
            dice: fastrand::Rng::with_seed(seed ^ OWN_CHANCE),
            announced: 0,
            last_number: 0,
            waiting: BTreeMap::new(),
            retries: BTreeMap::new(),
            made: 0,
        }
    }

    pub(super) fn put(&mut self, due: Timestamp, notification: Notification) {
        let key = self.key(due);
        self.waiting.insert(key, notification);
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let first = self.waiting.first_key_value().map(|(key, _)| key.0);
        let retry = self.retries.first_key_value().map(|(key, _)| key.0);
        first.into_iter().chain(retry).min()
    }

    /// Takes what is due out, as POSTs of at most so many notifications.
    pub(super) fn take_due(
        &mut self,
        subscriptions: &Subscriptions,
        tenant: Uuid,
        batch: usize,
        now: Timestamp,
    ) -> Vec<(Attempt, Bytes)> {
        let mut attempts = split_due(&mut self.retries, now);
        let mut by_url: BTreeMap<&str, Vec<Notification>> = BTreeMap::new();
        for notification in split_due(&mut self.waiting, now) {
            match subscriptions.get(notification.subscription, now) {
                Some(subscription) => by_url.entry(notification.goes_to(subscription)).or_default().push(notification),
                None => self.tally.lost += 1,
            }
        }
        for (url, notifications) in by_url {
            attempts.extend(notifications.chunks(batch.max(1)).map(|notifications| Attempt {
                url: url.to_owned(),
                tries: 0,
                began: now,
                due: now,
                notifications: notifications.to_vec(),
            }));
        }
        attempts.into_iter().filter_map(|attempt| self.written(attempt, subscriptions, tenant, now)).collect()
    }

    /// An attempt with its body, without what is of subscriptions that ended meanwhile; `None` if nothing is left.
    fn written(
        &mut self,
        mut attempt: Attempt,
        subscriptions: &Subscriptions,
        tenant: Uuid,
        now: Timestamp,
    ) -> Option<(Attempt, Bytes)> {
        let before = attempt.notifications.len();
        attempt.notifications.retain(|one| subscriptions.get(one.subscription, now).is_some());
        self.tally.lost += (before - attempt.notifications.len()) as u64;
        let told = attempt.notifications.iter();
        let told = told.filter_map(|one| Some((&one.news, subscriptions.get(one.subscription, now)?)));
        let body = body(told, tenant);
        (!attempt.notifications.is_empty()).then_some((attempt, body))
    }

    /// An attempt is over; how many notifications were delivered.
    pub(super) fn end(&mut self, mut attempt: Attempt, is_accepted: bool, now: Timestamp) -> usize {
        let count = attempt.notifications.len();
        if attempt.tries > 0 {
            self.tally.retried += count as u64;
        }
        if is_accepted {
            self.tally.delivered += count as u64;
            return count;
        }
        let wait =
            SignedDuration::try_from(FIRST_WAIT.saturating_mul(1 << attempt.tries.min(20))).unwrap_or(RETRIED_FOR);
        attempt.tries += 1;
        attempt.due = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        if attempt.due.duration_since(attempt.began) > RETRIED_FOR {
            self.tally.lost += count as u64;
        } else {
            self.put_back(attempt);
        }
        0
    }

    /// Back to where it was, as if it had not been taken out.
    pub(super) fn put_back(&mut self, attempt: Attempt) {
        let key = self.key(attempt.due);
        self.retries.insert(key, attempt);
    }

    fn key(&mut self, due: Timestamp) -> (Timestamp, u64) {
        self.made += 1;
        (due, self.made)
    }
}

impl Notification {
    fn goes_to<'s>(&self, subscription: &'s Subscription) -> &'s str {
        match (&self.news, &subscription.lifecycle_notification_url) {
            (News::Lifecycle(_), Some(url)) => url,
            _ => &subscription.notification_url,
        }
    }
}

fn split_due<T>(all: &mut BTreeMap<(Timestamp, u64), T>, now: Timestamp) -> Vec<T> {
    let later = all.split_off(&(now, u64::MAX));
    std::mem::replace(all, later).into_values().collect()
}
