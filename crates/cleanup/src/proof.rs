//! What is taken back is put on record like everything that was written.

use sync_core::domain::{AccountPatch, LinkChange, ProfileChanges};
use sync_core::evidence::{Answer, Answered, Author, Intent, Witness, Write};
use sync_core::failure::{Disposition, Failure};
use sync_core::ports::{AccountsFind, AccountsWrite, Clock, Evidence};
use sync_core::run::{Clearing, RunId};

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
        let answer = match &result {
            Ok(()) => Answer::Done,
            // Whether it was done, a look at the account tells.
            Err(failure) if failure.disposition() == Disposition::LookAgain => return result,
            Err(failure) => Answer::Refused(failure.cause.to_string()),
        };
        let answers = vec![Answered { write: Write::Account, answer }];
        witness.answered(Some(account.clone()), answers).await?;
        result
    }

    /// Puts on record what became of a write whose answer was lost.
    pub(crate) async fn prove(&self, clearing: &Clearing) -> Result<(), Failure> {
        self.witness(clearing).await.map(drop)
    }

    /// A witness with nothing left to be told of what was written before.
    async fn witness(&self, clearing: &Clearing) -> Result<Witness<'_, L, C>, Failure> {
        let mut witness = Witness::open(self.ledger, self.clock, clearing.user).await?;
        if witness.is_open() {
            let found = self.accounts.by_ids(std::slice::from_ref(&clearing.account)).await?;
            witness.seen(found.iter()).await?;
        }
        Ok(witness)
    }
}
