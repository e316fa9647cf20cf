//! What is taken back is put on record like everything that was written.

use jiff::Timestamp;
use sync_core::domain::{AccountPatch, LinkChange, ProfileChanges};
use sync_core::evidence::{Answered, Author, Intent, Witness, Write};
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{AccountsFind, AccountsWrite, Clock, Evidence};
use sync_core::run::{Clearing, RunId};

use crate::settings::Services;

/// What the evidence notes as the writer.
const ACTOR: &str = "cleanup";

impl<D, A, L, C> Services<'_, D, A, L, C>
where
    A: AccountsFind + AccountsWrite,
    L: Evidence,
    C: Clock,
{
    /// Empties an account's `external_id`. Before `quiet_from`, flows and runs may still be at work.
    pub(crate) async fn unlink(&self, clearing: &Clearing, quiet_from: Timestamp) -> Result<(), Failure> {
        let Clearing { user, account, .. } = clearing;
        let mut witness = self.witness(clearing, quiet_from).await?;
        let by = Author::new(RunId::from_stored(ACTOR.to_owned()));
        witness.intend(Intent::unlink(*user, account.clone(), by)).await?;
        let patch = AccountPatch { link: LinkChange::Clear, changes: ProfileChanges::default() };
        let result = self.accounts.change(account, &patch).await;
        let is_lost = result.as_ref().is_err_and(|failure| failure.cause.may_have_happened());
        let answers = [Answered::of(Write::Account, &result)];
        witness.answered(Some(account.clone()), &answers, is_lost).await?;
        result
    }

    /// Puts on record what became of a write whose answer was lost.
    pub(crate) async fn prove(&self, clearing: &Clearing, quiet_from: Timestamp) -> Result<(), Failure> {
        self.witness(clearing, quiet_from).await.map(drop)
    }

    /// A witness with nothing left to be told of what was written before.
    async fn witness(&self, clearing: &Clearing, quiet_from: Timestamp) -> Result<Witness<'_, L, C>, Failure> {
        let mut witness = Witness::open(self.ledger, self.clock, clearing.user).await?;
        if let Some(by) = witness.open_by() {
            if by.run.as_str() != ACTOR && self.clock.now() < quiet_from {
                // Somebody may be at work yet, and tells what became of his write himself. The pass that proves comes later.
                let action = format!("putting on record what is written for directory user {}", clearing.user);
                return Err(Failure::new(action, Cause::Busy));
            }
            let found = self.accounts.by_ids(std::slice::from_ref(&clearing.account)).await?;
            witness.seen(found.iter()).await?;
        }
        Ok(witness)
    }
}
