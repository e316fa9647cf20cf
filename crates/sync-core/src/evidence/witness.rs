use crate::domain::{Account, AccountId, DirectoryUserId};
use crate::failure::Failure;
use crate::ports::{Clock, Evidence};

use super::{Answered, Entry, Head, Intent, Outcome, Stored};

/// Puts on record what is written for one person. Whoever holds one has claimed him.
#[derive(Debug)]
pub struct Witness<'a, E, C> {
    evidence: &'a E,
    clock: &'a C,
    user: DirectoryUserId,
    head: Head,
    open: Option<(u64, Intent)>,
}

impl<'a, E: Evidence, C: Clock> Witness<'a, E, C> {
    /// Reads where the person's chain ends.
    ///
    /// # Errors
    /// What the evidence's table says.
    pub async fn open(evidence: &'a E, clock: &'a C, user: DirectoryUserId) -> Result<Self, Failure> {
        let last = evidence.last(user).await?;
        let open = last.as_ref().and_then(Stored::record).and_then(|record| match record.entry {
            Entry::Intent(intent) => Some((record.number, intent)),
            Entry::Outcome(_) => None,
        });
        let head = last.as_ref().map(Stored::head).unwrap_or_default();
        Ok(Self { evidence, clock, user, head, open })
    }

    /// Where the chain ends.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Whether it ends with an intent whose outcome is not on record.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Puts on record what is about to be written. An open intent has to be ended before.
    ///
    /// # Errors
    /// What the evidence's table says; then nothing may be written.
    pub async fn intend(&mut self, intent: Intent) -> Result<(), Failure> {
        self.append(Entry::Intent(intent.clone())).await?;
        self.open = Some((self.head.number, intent));
        Ok(())
    }

    /// Puts on record what ZenQMS has answered.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn answered(&mut self, account: Option<AccountId>, answers: Vec<Answered>) -> Result<(), Failure> {
        let Some(&(of, _)) = self.open.as_ref() else { return Ok(()) };
        self.end(Outcome { of, account, answers }).await
    }

    /// Ends an open intent by what the person's accounts show since.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn seen<'s>(&mut self, accounts: impl Iterator<Item = &'s Account>) -> Result<(), Failure> {
        let Some((of, intent)) = &self.open else { return Ok(()) };
        let outcome = intent.seen(*of, self.user, accounts);
        self.end(outcome).await
    }

    async fn end(&mut self, outcome: Outcome) -> Result<(), Failure> {
        self.append(Entry::Outcome(outcome)).await?;
        self.open = None;
        Ok(())
    }

    async fn append(&mut self, entry: Entry) -> Result<(), Failure> {
        let record = Stored::after(&self.head, self.user, self.clock.now(), entry);
        self.evidence.append(&record).await?;
        self.head = record.head();
        Ok(())
    }
}
