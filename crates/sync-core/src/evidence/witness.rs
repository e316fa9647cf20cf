use jiff::Timestamp;

use crate::domain::{Account, AccountId, DirectoryUserId};
use crate::failure::Failure;
use crate::ports::{Clock, Evidence};

use super::{Answer, Answered, Author, Entry, Head, Intent, Outcome, Stored, Write};

/// Puts on record what is written for one person. Whoever holds one has claimed him.
#[derive(Debug)]
pub struct Witness<'a, E, C> {
    evidence: &'a E,
    clock: &'a C,
    user: DirectoryUserId,
    head: Head,
    open: Option<Open>,
}

/// An intent whose outcome is not on record.
#[derive(Debug)]
struct Open {
    number: u64,
    at: Timestamp,
    intent: Intent,
    /// What ZenQMS said that it did, of the writes of the intent.
    done: Vec<Write>,
    /// Whether an answer was lost: what is refused since may have been done before.
    lost: bool,
}

impl<'a, E: Evidence, C: Clock> Witness<'a, E, C> {
    /// Reads where the person's chain ends.
    ///
    /// # Errors
    /// What the evidence's table says.
    pub async fn open(evidence: &'a E, clock: &'a C, user: DirectoryUserId) -> Result<Self, Failure> {
        let last = evidence.last(user).await?;
        let open = last.as_ref().and_then(Stored::record).and_then(|record| match record.entry {
            Entry::Intent(intent) => {
                Some(Open { number: record.number, at: record.at, intent, done: Vec::new(), lost: true })
            }
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

    /// Whose that intent is, and since when.
    #[must_use]
    pub fn open_since(&self) -> Option<(&Author, Timestamp)> {
        self.open.as_ref().map(|open| (&open.intent.by, open.at))
    }

    /// Whether the open intent is about the very same writes: ZenQMS is asked once more.
    #[must_use]
    pub fn is_about(&self, intent: &Intent) -> bool {
        self.open.as_ref().is_some_and(|open| open.intent == *intent)
    }

    /// Puts on record what is about to be written. An open intent has to be ended before, unless it is about the very same.
    ///
    /// # Errors
    /// What the evidence's table says; then nothing may be written. It may be on record all the same, and counts as open.
    pub async fn intend(&mut self, intent: Intent) -> Result<(), Failure> {
        if self.is_about(&intent) {
            return Ok(());
        }
        let number = self.head.number + 1;
        self.open = Some(Open { number, at: self.clock.now(), intent: intent.clone(), done: Vec::new(), lost: false });
        self.append(Entry::Intent(intent)).await
    }

    /// Takes note of what ZenQMS has answered, and puts it on record, unless an answer was lost: then a look at the account has
    /// to tell what became of it.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn answered(
        &mut self,
        account: Option<AccountId>,
        answers: &[Answered],
        is_lost: bool,
    ) -> Result<(), Failure> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let is_done = |answered: &Answered| answered.answer == Answer::Done;
        let done = answers.iter().filter(|answered| is_done(answered)).map(|answered| answered.write);
        open.done.extend(done);
        open.lost |= is_lost;
        // What is refused may be what was done before, and not heard of.
        if open.lost && !answers.iter().all(is_done) {
            return Ok(());
        }
        let before = open.done.iter().filter(|&&write| !answers.iter().any(|answered| answered.write == write));
        let before = before.map(|&write| Answered { write, answer: Answer::Done });
        let all = before.chain(answers.iter().cloned()).collect();
        let of = open.number;
        self.end(Outcome { of, account, answers: all }).await
    }

    /// Ends an open intent by what the person's accounts show since.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn seen<'s>(&mut self, accounts: impl Iterator<Item = &'s Account>) -> Result<(), Failure> {
        let Some(outcome) = self.outcome_seen(accounts) else { return Ok(()) };
        self.end(outcome).await
    }

    /// The same, but only if they show all of it: ZenQMS may show a write late.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn seen_whole<'s>(&mut self, accounts: impl Iterator<Item = &'s Account>) -> Result<(), Failure> {
        let Some(outcome) = self.outcome_seen(accounts) else { return Ok(()) };
        let is_shown = |answered: &Answered| matches!(answered.answer, Answer::Done | Answer::Shown);
        if outcome.answers.iter().all(is_shown) { self.end(outcome).await } else { Ok(()) }
    }

    fn outcome_seen<'s>(&self, accounts: impl Iterator<Item = &'s Account>) -> Option<Outcome> {
        let open = self.open.as_ref()?;
        let mut outcome = open.intent.seen(open.number, self.user, accounts);
        for answered in &mut outcome.answers {
            if open.done.contains(&answered.write) {
                answered.answer = Answer::Done;
            }
        }
        Some(outcome)
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
