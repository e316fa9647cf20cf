//! Things that go wrong, ordered beforehand.

mod mangle;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Request;

use bytes::Bytes;

use crate::route::Route;
use crate::schedule::Schedule;

pub(crate) use mangle::mangle;

/// What goes wrong, where, and when. Without more, it is the first call that meets it, once.
#[derive(Clone, Debug)]
pub struct Fault {
    route: Route,
    about: Option<String>,
    schedule: Schedule,
    kind: FaultKind,
}

impl Fault {
    /// On calls of `route`, an HTTP 500 until [`Self::kind`] says otherwise.
    #[must_use]
    pub fn on(route: Route) -> Self {
        Self { route, about: None, schedule: Schedule::default(), kind: FaultKind::Status(500) }
    }

    /// Only on calls whose address or body contains `text`, such as the id of one person. Only these are counted.
    #[must_use]
    pub fn about(mut self, text: impl Into<String>) -> Self {
        self.about = Some(text.into());
        self
    }

    /// Begins with the `n`-th call, from 1, counted from when the fault is added.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.schedule.first = n;
        self
    }

    /// Strikes so many calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.schedule.times = Some(times);
        self
    }

    /// Strikes every call from the first on.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.schedule.times = None;
        self
    }

    /// Strikes a share of the calls, 0.0 to 1.0, for ever unless [`Self::times`] follows; the same calls for the same seed.
    #[must_use]
    pub fn share(mut self, share: f64, seed: u64) -> Self {
        self.schedule.times = None;
        self.schedule.share = Some((share, fastrand::Rng::with_seed(seed)));
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn kind(mut self, kind: FaultKind) -> Self {
        self.kind = kind;
        self
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// This status with the error body that the service would send. Nothing is carried out.
    Status(u16),
    /// This status. Nothing is carried out.
    Answer {
        /// The status.
        status: u16,
        /// The body; `None`: the error body that the service would send.
        body: Option<String>,
        /// The text of `Retry-After`: `10`, `2.128`, a date, nonsense; `None`: no such header.
        retry_after: Option<String>,
    },
    /// The call waits this long before it is carried out.
    Slow(Duration),
    /// No connection comes about. Over a socket it is closed before the request is read as a request.
    Refused,
    /// The connection ends without an answer; nothing was carried out.
    CutBefore,
    /// The connection ends without an answer after everything was carried out.
    CutAfter,
    /// Everything is carried out and no answer ever comes: the caller runs into its time-out.
    NoAnswer,
    /// A list of half the entries, rounded down, that claims to be all: no link to a next page. Totals stay.
    ShortPage,
    /// A list without entries, and without a link to a next page. Totals stay.
    EmptyPage,
    /// A read is answered from what was there before. Writes are not affected.
    Stale(Age),
    /// Every entry of a list stands there twice.
    DuplicateEntries,
    /// The first entry of a list stands at its end as well.
    RepeatedEntry,
    /// 400 `Directory_ExpiredPageToken`, as Graph answers to a token of a page that it no longer honours.
    ExpiredPageToken,
    /// 200 with a page of HTML, as proxies answer.
    Html,
    /// The answer's JSON ends in the middle.
    TruncatedJson,
    /// The status is as it would be, the body has no bytes.
    EmptyBody,
    /// 200 with so many bytes of JSON.
    HugeBody(usize),
    /// The first entry of a list, or the one object, lacks its `id`.
    EntryWithoutId,
    /// The link to the next page leads to this host. There is one even when this is the last page.
    ForeignLink(String),
    /// The answer to a `$batch` leaves out its first item.
    MissingItem,
}

/// How far back a stale read looks. What happened before the fault was added counts as well, as far as
/// [`Behaviour::remembered_changes`](crate::Behaviour::remembered_changes) reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// As if the last so many changes of the world had not happened yet.
    Changes(usize),
    /// As it was so long ago.
    Time(Duration),
}

/// The faults that are ordered; shared with the simulation it came from.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    ordered: Arc<Mutex<Vec<Fault>>>,
}

impl Faults {
    /// Orders one more. If several are due for a call, the one that was ordered first strikes, and the others wait for the
    /// next call.
    pub fn add(&self, fault: Fault) {
        self.ordered.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.ordered.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What goes wrong with this call, if anything does.
    pub(crate) fn due(&self, route: Route, request: &Request<Bytes>) -> Option<FaultKind> {
        let mut ordered = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kind = None;
        for fault in ordered.iter_mut().filter(|fault| fault.route.covers(route)) {
            if fault.about.as_deref().is_some_and(|text| !is_about(request, text)) {
                continue;
            }
            if fault.schedule.sees_a_call() && kind.is_none() {
                fault.schedule.strikes();
                kind = Some(fault.kind.clone());
            }
        }
        kind
    }
}

fn is_about(request: &Request<Bytes>, text: &str) -> bool {
    let address = request.uri().path_and_query().map_or("", |path| path.as_str());
    address.contains(text) || String::from_utf8_lossy(request.body()).contains(text)
}
