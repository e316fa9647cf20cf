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

pub use executor::ClaimingExecutor;
pub use neighbours::{freed, is_waiting, waits_for};

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};

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
    Held(Claim, Known),
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
            Claimed::Granted(known) => Some(Attempt::Held(claim, known)),
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

    /// Does `work` and renews the claims meanwhile. `None`: they could not be renewed, and the work was broken off before
    /// anybody else could claim the people.
    pub async fn hold<R>(&self, claims: &[Claim], work: impl Future<Output = R>) -> Option<R> {
        match select(pin!(work), pin!(self.keep(claims))).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(((), _)) => None,
        }
    }

    /// Returns when one of the claims is about to end.
    async fn keep(&self, claims: &[Claim]) {
        let mut renewed: Vec<Timestamp> = claims.iter().map(|claim| claim.now).collect();
        loop {
            self.clock.pause(Claim::RENEWAL).await;
            for (claim, renewed) in claims.iter().zip(&mut renewed) {
                let renewal = Claim::new(claim.user, claim.holder, self.clock.now());
                match self.people.renew(&renewal).await {
                    Ok(()) => *renewed = renewal.now,
                    Err(Failure { cause: Cause::Superseded, .. }) => return,
                    Err(_) => {}
                }
            }
            let last_moment =
                SignedDuration::try_from(Claim::LAST_MOMENT.saturating_sub(Claim::RENEWAL)).unwrap_or_default();
            let now = self.clock.now();
            if renewed.iter().any(|&renewed| now.duration_since(renewed) >= last_moment) {
                return;
            }
        }
    }
}
