//! Making notifications of changes.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::behaviour::NotificationBehaviour;
use crate::state::State;
use crate::subscription::Subscription;

use super::outbox::{Notification, Outbox};
use super::payload::{News, Stamp};

/// Seconds from the year 1 to 1970: .NET counts from there, in steps of 100 ns.
const DOTNET_EPOCH: i64 = 62_135_596_800;

impl State {
    /// Makes notifications of all changes since the last time.
    pub(crate) fn announce(&mut self, now: Timestamp) {
        let tenant = self.behaviour.entra.tenant;
        let behaviour = &self.behaviour.graph.notifications;
        let feed = self.log.feed();
        for entry in feed.between(self.outbox.announced, feed.len()) {
            let mut told = self.subscriptions.live(now).filter(|one| one.wants(entry.what)).peekable();
            if told.peek().is_none() {
                continue;
            }
            let stamp = Stamp { tenant, at: entry.at, number: self.outbox.number(entry.at) };
            let news = News::of(entry.what, &stamp, behaviour.members_hint);
            for Subscription { id, .. } in told {
                self.outbox.tell(*id, &news, behaviour, now);
            }
        }
        self.outbox.announced = feed.len();
    }
}

impl Outbox {
    /// The number of a change: its time, as observed, and no two alike.
    fn number(&mut self, at: Timestamp) -> u64 {
        let ticks = (at.as_second() + DOTNET_EPOCH) * 10_000_000 + i64::from(at.subsec_nanosecond() / 100);
        self.last_number = u64::try_from(ticks).unwrap_or_default().max(self.last_number + 1);
        self.last_number
    }

    /// Makes as many notifications for one subscription as chance has it.
    fn tell(&mut self, subscription: Uuid, news: &News, behaviour: &NotificationBehaviour, now: Timestamp) {
        let (least, most) = behaviour.per_change;
        for _ in 0..self.dice.u32(least..=most.max(least)) {
            let times = if self.dice.f64() < behaviour.doubled { 2 } else { 1 };
            self.tally.doubled += times - 1;
            for _ in 0..times {
                self.tally.made += 1;
                let is_lost = self.dice.f64() < behaviour.lost;
                let is_late = self.dice.f64() < behaviour.late;
                let delay = behaviour.delay.draw(&mut self.dice);
                let delay = if is_late { delay.saturating_add(behaviour.late_by) } else { delay };
                if is_lost {
                    self.tally.lost += 1;
                    continue;
                }
                let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
                let due = now.checked_add(delay).unwrap_or(Timestamp::MAX);
                self.put(due, Notification { subscription, news: news.clone() });
            }
        }
    }
}
