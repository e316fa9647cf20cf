//! What is taken back is put on record like everything that was written.

use sync_core::domain::{AccountPatch, LinkChange, ProfileChanges};
use sync_core::evidence::{Answer, Answered, Author, Intent, Witness, Write};
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{AccountsFind, AccountsWrite, Clock, Evidence};
use sync_core::run::{Clearing, RunId};

use crate::quiet::LONGEST_FLOW;
use crate::settings::Services;

/// What the evidence notes as the writer.
const ACTOR: &str = "cleanup";
const PATCH: AccountPatch = AccountPatch { link: LinkChange::Clear, changes: ProfileChanges::NONE };

impl<D, A, L, C> Services<'_, D, A, L, C>
where
    A: AccountsFind + AccountsWrite,
    L: Evidence,
    C: Clock,
{
    /// Empties an account's `external_id`.
    pub(crate) async fn unlink(&self, clearing: &Clearing) -> Result<(), Failure> {
        let Clearing { user, account, .. } = clearing;
        let mut witness = self.witness(clearing).await?;
        let by = Author::new(RunId::from_stored(ACTOR.to_owned()));
        witness.intend(Intent::unlink(*user, account.clone(), by)).await?;
        let result = self.accounts.change(account, &PATCH).await;
        let (answer, is_lost) = match &result {
            Ok(()) => (Answer::Done, false),
            Err(failure) => (Answer::Refused(failure.cause.to_string()), failure.cause.may_have_happened()),
        };
        let answers = [Answered { write: Write::Account, answer }];
        witness.answered(Some(account.clone()), &answers, is_lost).await?;
        result
    }

    /// Puts on record what became of a write whose answer was lost.
    pub(crate) async fn prove(&self, clearing: &Clearing) -> Result<(), Failure> {
        self.witness(clearing).await.map(drop)
    }

    /// A witness with nothing left to be told of what was written before.
    async fn witness(&self, clearing: &Clearing) -> Result<Witness<'_, L, C>, Failure> {
        let mut witness = Witness::open(self.ledger, self.clock, clearing.user).await?;
        if let Some((by, since)) = witness.open_since() {
            let may_be_at_work = self.clock.now().duration_since(since) < LONGEST_FLOW;
            if by.run.as_str() != ACTOR && may_be_at_work {
                // A run that is halted, or a flow: it tells what became of its write itself, if it lives.
                let action = format!("putting on record what is written for directory user {}", clearing.user);
                return Err(Failure::new(action, Cause::Busy));
            }
            let found = self.accounts.by_ids(std::slice::from_ref(&clearing.account)).await?;
            witness.seen(found.iter()).await?;
        }
        Ok(witness)
    }
}
