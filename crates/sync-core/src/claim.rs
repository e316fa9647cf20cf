//! One at a time for a person: full run, user flow and group flow may all want to write him at once.
//!
//! Whoever wants to read and write a person **claims** him in the ledger first. The directory is read after that, so
//! that of two flows the one that claims later has read later, and the order of writes is the order of reads. A full run
//! has read long before it writes; its claim is refused where somebody has read since, and what it knows is dropped.
//!
//! A claim is held for as long as one person's writes take and is renewed meanwhile; after a crash it ends by itself. It
//! never covers a batch, let alone a run: a leaver waits for one write of somebody else at most.

mod executor;
mod neighbours;

pub use executor::{ClaimingExecutor, Outdated};
pub use neighbours::{freed, is_waiting, waits_for};

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, join_all, select};
use jiff::Timestamp;

use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::ports::{Claim, Claimed, Clock, FreshIds, Known, People};

/// How long somebody else's claim is waited for: first a moment, then longer. Most claims last some 200 ms, one call of
/// each service.
const WAITS: [Duration; 6] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(150),
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_secs(1),
];

/// Makes claims.
#[derive(Debug)]
pub struct Claims<'a, P, C, I> {
    /// The ledger.
    pub people: &'a P,
    /// The time.
    pub clock: &'a C,
    /// Names for holders.
    pub ids: &'a I,
}

/// What became of an attempt to claim somebody.
#[derive(Debug)]
pub enum Attempt {
    /// It holds.
    Held(Claim, Box<Known>),
    /// Somebody has read him since.
    ReadSince,
}

impl<P: People, C: Clock, I: FreshIds> Claims<'_, P, C, I> {
    /// Claims a person, unless somebody else has him: `None`.
    ///
    /// # Errors
    /// What the ledger says.
    pub async fn try_claim(
        &self,
        user: DirectoryUserId,
        newer_than: Option<Timestamp>,
    ) -> Result<Option<Attempt>, Failure> {
        let claim = Claim::new(user, self.ids.fresh(), self.clock.now());
        Ok(match self.people.claim(&claim, newer_than).await? {
            Claimed::Granted(known) => Some(Attempt::Held(claim, Box::new(known))),
            Claimed::ReadSince => Some(Attempt::ReadSince),
            Claimed::Busy => None,
        })
    }

    /// Claims a person, and waits a little while somebody else has him.
    ///
    /// # Errors
    /// [`Cause::Busy`] when that takes longer; or what the ledger says.
    pub async fn claim(&self, user: DirectoryUserId, newer_than: Option<Timestamp>) -> Result<Attempt, Failure> {
        for wait in WAITS {
            if let Some(attempt) = self.try_claim(user, newer_than).await? {
                return Ok(attempt);
            }
            self.clock.pause(wait).await;
        }
        let attempt = self.try_claim(user, newer_than).await?;
        attempt.ok_or_else(|| Failure::new(format!("claiming directory user {user}"), Cause::Busy))
    }

    /// Does `work` and renews the claims meanwhile, but for no longer than `most`. `None`: it was broken off, because they could
    /// not be renewed or the time is up; it ended before anybody else could claim the people. They must not be let go then, but
    /// left to the end of their claims: what is on its way to a service still arrives.
    pub async fn hold<R>(&self, holding: &Holding, most: Duration, work: impl Future<Output = R>) -> Option<R> {
        match select(pin!(work), pin!(self.keep(holding, most))).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(((), _)) => None,
        }
    }

    /// Returns when one of the claims is about to end, or the time is up.
    async fn keep(&self, holding: &Holding, most: Duration) {
        let began = self.clock.now();
        let mut renewed = began;
        let since = |then: Timestamp| Duration::try_from(self.clock.now().duration_since(then)).unwrap_or_default();
        loop {
            self.clock.pause(Claim::RENEWAL.min(most.saturating_sub(since(began)))).await;
            if since(began) >= most {
                return;
            }
            let now = self.clock.now();
            let renewals = holding.open().into_iter().map(async |claim| {
                let result = self.people.renew(&Claim::new(claim.user, claim.holder, now)).await;
                // Whoever was let go meanwhile need not be held.
                result.is_ok() || !holding.is_open(claim.user)
            });
            let left = Claim::LAST_MOMENT.saturating_sub(since(renewed));
            match select(pin!(join_all(renewals)), pin!(self.clock.pause(left))).await {
                Either::Left((held, _)) if held.iter().all(|&held| held) => renewed = now,
                Either::Left(_) if since(renewed) < Claim::LAST_MOMENT.saturating_sub(Claim::RENEWAL) => {}
                _ => return,
            }
        }
    }
}

/// Claims that are held together, each until its person is let go.
#[derive(Debug)]
pub struct Holding {
    claims: Vec<Claim>,
    let_go: Mutex<BTreeSet<DirectoryUserId>>,
}

impl Holding {
    /// These are held.
    #[must_use]
    pub const fn new(claims: Vec<Claim>) -> Self {
        Self { claims, let_go: Mutex::new(BTreeSet::new()) }
    }

    /// This one is let go.
    pub fn let_go(&self, user: DirectoryUserId) {
        self.let_go.lock().unwrap_or_else(PoisonError::into_inner).insert(user);
    }

    /// Whether this one is held.
    #[must_use]
    pub fn is_open(&self, user: DirectoryUserId) -> bool {
        !self.let_go.lock().unwrap_or_else(PoisonError::into_inner).contains(&user)
    }

    fn open(&self) -> Vec<Claim> {
        self.claims.iter().copied().filter(|claim| self.is_open(claim.user)).collect()
    }
}
