use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use crate::route::Route;
use crate::world::AccountNumber;

/// How many calls came and how they were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    calls: BTreeMap<Route, Outcomes>,
    items: BTreeMap<Route, Outcomes>,
}

/// How the calls of one endpoint ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// All that came.
    pub calls: u64,
    /// Answered with 2xx.
    pub succeeded: u64,
    /// Answered with 429.
    pub refused: u64,
    /// Answered with another 4xx.
    pub rejected: u64,
    /// Answered with 5xx.
    pub failed: u64,
}

impl Outcomes {
    /// Those that got no answer: cut off, given up by the caller, or still waiting.
    #[must_use]
    pub fn unanswered(self) -> u64 {
        self.calls.saturating_sub(self.succeeded + self.refused + self.rejected + self.failed)
    }

    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.succeeded += other.succeeded;
        self.refused += other.refused;
        self.rejected += other.rejected;
        self.failed += other.failed;
    }

    fn answered(&mut self, status: StatusCode) {
        match status.as_u16() {
            429 => self.refused += 1,
            400..500 => self.rejected += 1,
            500.. => self.failed += 1,
            _ => self.succeeded += 1,
        }
    }
}

impl Tally {
    /// The HTTP calls of an endpoint or of a set of endpoints. The items of a `$batch` are not among them.
    #[must_use]
    pub fn calls(&self, route: Route) -> u64 {
        self.outcomes(route).calls
    }

    /// The calls that were answered with 429.
    #[must_use]
    pub fn refused(&self, route: Route) -> u64 {
        self.outcomes(route).refused
    }

    /// How the HTTP calls of an endpoint or of a set of endpoints ended.
    #[must_use]
    pub fn outcomes(&self, route: Route) -> Outcomes {
        sum(&self.calls, route)
    }

    /// How the items of `$batch` calls ended, by the endpoint that each item is for.
    #[must_use]
    pub fn batch_items(&self, route: Route) -> Outcomes {
        sum(&self.items, route)
    }

    pub(crate) fn came(&mut self, route: Route, origin: Origin) {
        self.list(origin).entry(route).or_default().calls += 1;
    }

    pub(crate) fn answered(&mut self, route: Route, origin: Origin, status: StatusCode) {
        self.list(origin).entry(route).or_default().answered(status);
    }

    fn list(&mut self, origin: Origin) -> &mut BTreeMap<Route, Outcomes> {
        match origin {
            Origin::Call => &mut self.calls,
            Origin::Item => &mut self.items,
        }
    }
}

/// Whether a request came by itself or as an item of a `$batch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Call,
    Item,
}

fn sum(outcomes: &BTreeMap<Route, Outcomes>, route: Route) -> Outcomes {
    let mut sum = Outcomes::default();
    for (_, of_one) in outcomes.iter().filter(|&(&actual, _)| route.covers(actual)) {
        sum.add(*of_one);
    }
    sum
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, mark: &str, route: &Route, of: &Outcomes| {
            let Outcomes { calls, succeeded, refused, rejected, failed } = *of;
            let unanswered = of.unanswered();
            writeln!(
                f,
                "{mark}{route:<18} {calls:>9} {succeeded:>9} {refused:>7} {rejected:>7} {failed:>7} {unanswered:>7}"
            )
        };
        writeln!(f, "  {:<18} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7}", "", "calls", "2xx", "429", "4xx", "5xx", "lost")?;
        for (route, outcomes) in &self.calls {
            line(f, "  ", route, outcomes)?;
        }
        for (route, outcomes) in &self.items {
            line(f, "+ ", route, outcomes)?;
        }
        if !self.items.is_empty() {
            writeln!(f, "+ items of Batch")?;
        }
        Ok(())
    }
}

/// A write that ZenQMS carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRecord {
    /// When, by the simulation's clock.
    pub at: Timestamp,
    /// What kind of write it was.
    pub route: Route,
    /// The account written; for a creation, the new one.
    pub account: AccountNumber,
    /// The request's body as it came.
    pub body: Bytes,
}

impl WriteRecord {
    /// The request's body; `Null` if it was no JSON, which no write that was carried out can have been.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
