//! An operator has somebody taken off the list of the parked. It is done here and not by his command: so that nobody needs rights
//! to the evidence for it, and he is held by a claim like any other.

use std::time::Duration;

use futures::future::{Either, select};
use jiff::Timestamp;
use sync_core::claim::{Attempt, Claims, Holding};
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::{Dropped, Head, Witness};
use sync_core::failure::{Cause, Failure};
use sync_core::look::{Next, Outcome, next};
use sync_core::ports::{AccountsFind, Clock, Evidence, Found, FreshIds, Known, ParkedDrop, People, Queue};
use sync_core::work::{Asked, UserWork, Wish};

/// A drop takes some calls of the ledger, and one of ZenQMS where something was cut off. It is broken off in time for the looks
/// before it, which may have taken twice a minute of the function's three.
const MOST: Duration = Duration::from_secs(20);
/// ZenQMS may take longer; then he is let go, so that whatever else comes for him finds him free.
const LONGEST_READ: Duration = Duration::from_secs(8);
/// ZenQMS may show a write late: before so many attempts, half a minute together, it is not told that it was not done.
const ATTEMPTS_UNTIL_TOLD: u32 = 3;

/// What a drop works with.
#[derive(Debug)]
pub(crate) struct Drops<'a, A, L, Q, C, I> {
    pub(crate) accounts: &'a A,
    pub(crate) ledger: &'a L,
    pub(crate) users: &'a Q,
    pub(crate) clock: &'a C,
    pub(crate) ids: &'a I,
}

/// Who wants it, and since when the person was parked by what he has seen; nothing, if the work is for something else.
pub(crate) fn wanted(work: &UserWork) -> Option<(&Asked, Timestamp)> {
    let asked = work.asked.as_ref()?;
    match asked.wish {
        Wish::Drop { parked } => Some((asked, parked)),
        Wish::Look => None,
    }
}

/// How far it has come.
struct Step {
    /// Where his evidence ends, once something was added.
    head: Option<Head>,
    /// Whether it ends with an intent whose outcome is not on record, or something else was cut off before.
    cut_off: bool,
    is_off: bool,
}

impl<A, L, Q, C, I> Drops<'_, A, L, Q, C, I>
where
    A: AccountsFind,
    L: People + ParkedDrop + Evidence,
    Q: Queue,
    C: Clock,
    I: FreshIds,
{
    /// Takes him off, unless he is on the list no more, or anew. What cannot be done now is tried again by a message of its own,
    /// since whatever comes for him must not wait for it; what can never be done leaves him on the list.
    ///
    /// # Errors
    /// What the queue says: the message has to come back.
    pub(crate) async fn take_off(&self, work: &UserWork) -> Result<(), Failure> {
        let Err(failure) = self.claim_and_take_off(work).await else { return Ok(()) };
        let user = work.user;
        tracing::warn!(%user, %failure, "a person is not taken off the list of the parked yet");
        let outcome = Outcome::Failed(failure);
        match next(work, &outcome, &Known::default(), self.clock.now()) {
            Next::Later(later) => self.users.send(&[later.later()]).await,
            Next::Park(parked) => {
                tracing::error!(%user, because = parked.because, "a person cannot be taken off the list of the parked");
                Ok(())
            }
            Next::Done => Ok(()),
        }
    }

    async fn claim_and_take_off(&self, work: &UserWork) -> Result<(), Failure> {
        let user = work.user;
        let Some((asked, parked)) = wanted(work) else { return Ok(()) };
        let claims = Claims { people: self.ledger, clock: self.clock, ids: self.ids };
        let Attempt::Held(claim, known) = claims.claim(user, None).await? else { return Ok(()) };
        let holding = Holding::new(vec![claim]);
        let taking = Box::pin(async {
            let mut step = Step { head: None, cut_off: known.cut_off, is_off: false };
            let taken = self.while_held(work, (asked, parked), &mut step).await;
            self.ledger.release(&claim, &found(&known, &step)).await?;
            taken
        });
        // Not as somebody who is busy: that would be tried again without end.
        claims.hold(&holding, MOST, taking).await.unwrap_or_else(|| Err(late(user, "the ledger")))
    }

    async fn while_held(
        &self,
        work: &UserWork,
        (asked, at): (&Asked, Timestamp),
        step: &mut Step,
    ) -> Result<(), Failure> {
        let user = work.user;
        let parked = self.ledger.parked_person(user).await?.filter(|parked| parked.at == at);
        if parked.is_none() && !step.cut_off {
            return Ok(());
        }
        let mut witness = Witness::open(self.ledger, self.clock, user).await?;
        // An attempt before this one may have died before it could say where the chain ends.
        step.head = Some(witness.head()).filter(|head| head.number > 0);
        let Some(parked) = parked else { return Ok(()) };
        if witness.is_open() {
            step.cut_off = true;
            self.end_what_was_begun(work, &mut witness, step).await?;
        }
        let dropped = Dropped::new(asked.by.clone(), parked.at, parked.because.clone());
        witness.drop_from_the_list(dropped).await?;
        step.head = Some(witness.head());
        step.is_off = self.ledger.drop_parked(&parked).await?;
        tracing::info!(%user, is_off = step.is_off, "a person was to be taken off the list of the parked");
        Ok(())
    }

    /// Nobody would look any more what became of his last write.
    async fn end_what_was_begun(
        &self,
        work: &UserWork,
        witness: &mut Witness<'_, L, C>,
        step: &mut Step,
    ) -> Result<(), Failure> {
        let reading = std::pin::pin!(self.accounts.by_external_id(work.user));
        let accounts = match select(reading, std::pin::pin!(self.clock.pause(LONGEST_READ))).await {
            Either::Left((accounts, _)) => accounts?,
            Either::Right(_) => return Err(late(work.user, "ZenQMS")),
        };
        witness.seen_whole(accounts.iter()).await?;
        if witness.is_open() {
            if work.attempt < ATTEMPTS_UNTIL_TOLD {
                let what = "what was written last is not shown, and may be yet".to_owned();
                return Err(Failure::new(doing(work.user), Cause::Inconsistent(what)));
            }
            witness.seen(accounts.iter()).await?;
        }
        step.head = Some(witness.head());
        Ok(())
    }
}

fn doing(user: DirectoryUserId) -> String {
    format!("taking directory user {user} off the parked")
}

fn late(user: DirectoryUserId, who: &str) -> Failure {
    Failure::new(doing(user), Cause::Unreachable(format!("{who} takes too long")))
}

/// Nothing was read and nothing has changed but that: whoever waits for him goes on waiting, and what was cut off is still looked
/// for.
fn found(known: &Known, step: &Step) -> Found {
    Found {
        link_announced: known.link_announced,
        cut_off: step.cut_off,
        parked: known.parked && !step.is_off,
        evidence: step.head,
        ..Found::default()
    }
}
