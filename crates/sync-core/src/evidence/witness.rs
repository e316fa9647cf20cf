use crate::domain::{Account, AccountId, DirectoryUserId};
use crate::failure::Failure;
use crate::ports::{Clock, Evidence};

use super::{Answer, Answered, Author, Dropped, Entry, Head, Intent, Outcome, Stored, Write};

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
    intent: Intent,
    /// What ZenQMS was asked for; `None`: somebody else has asked, who did not live to tell.
    tried: Option<Vec<Write>>,
    /// What of it ZenQMS said that it did.
    done: Vec<Write>,
    /// What of it was never heard of: where that is refused later, it may have been done before.
    lost: Vec<Write>,
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
                let number = record.number;
                Some(Open { number, intent, tried: None, done: Vec::new(), lost: Vec::new() })
            }
            Entry::Outcome(_) | Entry::Dropped(_) => None,
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

    /// Whose that intent is.
    #[must_use]
    pub fn open_by(&self) -> Option<&Author> {
        self.open.as_ref().map(|open| &open.intent.by)
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
        let (tried, done, lost) = (Some(Vec::new()), Vec::new(), Vec::new());
        self.open = Some(Open { number, intent: intent.clone(), tried, done, lost });
        self.append(Entry::Intent(intent)).await
    }

    /// Puts on record that he is taken off the list of the parked. An open intent has to be ended before.
    ///
    /// # Errors
    /// What the evidence's table says; then he has to stay on the list.
    pub async fn drop_from_the_list(&mut self, dropped: Dropped) -> Result<(), Failure> {
        self.append(Entry::Dropped(dropped)).await
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
        let (Some(open), Some(last)) = (&mut self.open, answers.last()) else { return Ok(()) };
        for Answered { write, answer } in answers {
            open.tried.get_or_insert_default().push(*write);
            if *answer == Answer::Done {
                open.lost.retain(|lost| lost != write);
                open.done.push(*write);
            }
        }
        if is_lost {
            open.lost.push(last.write);
        }
        if !open.lost.is_empty() {
            return Ok(());
        }
        let before = open.done.iter().filter(|&&write| !answers.iter().any(|answered| answered.write == write));
        let before = before.map(|&write| Answered { write, answer: Answer::Done });
        let all = before.chain(answers.iter().cloned()).collect();
        let of = open.number;
        self.end(Outcome { of, account, answers: all }).await
    }

    /// Ends an open intent by what the person's accounts show since. Returns whether they show all of it.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn seen<'s>(&mut self, accounts: impl Iterator<Item = &'s Account>) -> Result<bool, Failure> {
        let Some(outcome) = self.outcome_seen(accounts) else { return Ok(true) };
        let is_whole = is_whole(&outcome);
        self.end(outcome).await.map(|()| is_whole)
    }

    /// The same, but only if they show all of it: ZenQMS may show a write late.
    ///
    /// # Errors
    /// What the evidence's table says; the intent stays open.
    pub async fn seen_whole<'s>(&mut self, accounts: impl Iterator<Item = &'s Account>) -> Result<(), Failure> {
        match self.outcome_seen(accounts) {
            Some(outcome) if is_whole(&outcome) => self.end(outcome).await,
            Some(_) | None => Ok(()),
        }
    }

    fn outcome_seen<'s>(&self, accounts: impl Iterator<Item = &'s Account>) -> Option<Outcome> {
        let open = self.open.as_ref()?;
        let mut outcome = open.intent.seen(open.number, self.user, accounts);
        // Of what was never asked for, no answer was lost.
        outcome.answers.retain(|seen| open.tried.as_ref().is_none_or(|tried| tried.contains(&seen.write)));
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

fn is_whole(outcome: &Outcome) -> bool {
    outcome.answers.iter().all(|answered| matches!(answered.answer, Answer::Done | Answer::Shown))
}
