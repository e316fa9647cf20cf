//! An operator has somebody taken off the list of the parked. It is done here and not by his command: so that nobody needs rights
//! to the evidence for it, and he is held by a claim like any other.

use sync_core::claim::{Attempt, Claims};
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::{Dropped, Head, Witness};
use sync_core::failure::Failure;
use sync_core::ports::{AccountsFind, Clock, Evidence, Found, FreshIds, Known, Parked, ParkedPersonRead, People};
use sync_core::work::Asked;

/// What a drop works with.
#[derive(Debug)]
pub(crate) struct Drops<'a, A, L, C, I> {
    pub(crate) accounts: &'a A,
    pub(crate) ledger: &'a L,
    pub(crate) clock: &'a C,
    pub(crate) ids: &'a I,
}

/// How far it has come.
#[derive(Default)]
struct Step {
    /// Where his evidence ends, once something was added.
    head: Option<Head>,
    /// Whether it ends with an intent whose outcome is not on record.
    is_open: bool,
    is_off: bool,
}

impl<A, L, C, I> Drops<'_, A, L, C, I>
where
    A: AccountsFind,
    L: People + Parked + ParkedPersonRead + Evidence,
    C: Clock,
    I: FreshIds,
{
    /// Takes him off, unless he is on the list no more, or anew since the operator has seen it. Can be repeated.
    ///
    /// # Errors
    /// Who else is at work on him, or what a service says; what was done by then stays.
    pub(crate) async fn take_off(&self, user: DirectoryUserId, asked: &Asked) -> Result<(), Failure> {
        let claims = Claims { people: self.ledger, clock: self.clock, ids: self.ids };
        let Attempt::Held(claim, known) = claims.claim(user, None).await? else { return Ok(()) };
        let mut step = Step { is_open: known.cut_off, ..Step::default() };
        let taken = self.try_take_off(user, asked, &mut step).await;
        self.ledger.release(&claim, &found(&known, &step)).await?;
        taken
    }

    async fn try_take_off(&self, user: DirectoryUserId, asked: &Asked, step: &mut Step) -> Result<(), Failure> {
        let parked = self.ledger.parked_person(user).await?;
        let Some(parked) = parked.filter(|parked| parked.at <= asked.at) else { return Ok(()) };
        let mut witness = Witness::open(self.ledger, self.clock, user).await?;
        step.is_open = witness.is_open();
        if witness.is_open() {
            // Nobody would look any more what became of his last write.
            let accounts = self.accounts.by_external_id(user).await?;
            witness.seen(accounts.iter()).await?;
            step.head = Some(witness.head());
        }
        step.is_open = false;
        let dropped = Dropped::new(asked.by.clone(), parked.at, parked.because);
        witness.drop_from_the_list(dropped).await?;
        step.head = Some(witness.head());
        self.ledger.unpark(user).await?;
        step.is_off = true;
        tracing::info!(%user, by = %asked.by, "a person is taken off the list of the parked");
        Ok(())
    }
}

/// Nothing was read and nothing has changed but that: whoever waits for him goes on waiting.
fn found(known: &Known, step: &Step) -> Found {
    Found {
        link_announced: known.link_announced,
        cut_off: step.is_open,
        parked: known.parked && !step.is_off,
        evidence: step.head,
        ..Found::default()
    }
}
