use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use sync_core::domain::{AccountId, ExternalId};
use sync_core::failure::{Cause, Disposition, Failure};
use sync_core::ports::{AccountsFind, AccountsWrite, Cleanups, Clock, Evidence, Paced, TracesWrite};
use sync_core::run::{Clearing, FailedAccount};

use crate::quiet::quiet_from;
use crate::stop::Stop;
use crate::work::Work;

/// Accounts that are announced and cleared together: some 35 kB of the record.
const BATCH: usize = 500;
/// How often an account is looked at again. ZenQMS may show a write late, and each look waits longer than the one before:
/// 0.5, 1, 2 and 4 seconds.
const LOOKS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Links that are forgotten side by side.
const FORGETTING: usize = 16;
/// ZenQMS said that it cleared the account, and shows it as it was.
const NOT_CLEARED: &str = "not_cleared";

/// Somebody else is at work on the person.
const BUSY: &str = Cause::Busy.code();

/// What ZenQMS said to the write.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    /// It was not asked, or not by anybody who is alive.
    None,
    /// Done.
    Done,
    /// There is no such account.
    Gone,
    /// It refuses, and will do so again.
    Refused(&'static str),
    /// It may have done it or not.
    Unknown(&'static str),
}

/// What an account shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// The id of ours.
    Ours,
    /// Another one, or none.
    NotOurs,
    /// It was not found.
    Nothing,
}

/// What is to be done for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Write,
    LookAgain,
    Forget { cleared: bool },
    Fail(&'static str),
}

/// Decides what is to be done for an account, from what was said and what it shows since.
const fn next(answer: &Answer, shows: Shows) -> Next {
    match (answer, shows) {
        (_, Shows::NotOurs) | (Answer::Done, Shows::Nothing) => Next::Forget { cleared: true },
        (Answer::Gone, _) => Next::Forget { cleared: false },
        (Answer::Refused(code), _) => Next::Fail(code),
        (Answer::Done, Shows::Ours) => Next::LookAgain,
        (Answer::None | Answer::Unknown(_), _) => Next::Write,
    }
}

/// What the answer to a write means for the account; a failure that concerns all of them stops the cleanup.
fn read(answer: Result<(), Failure>) -> Result<Answer, Failure> {
    let Err(failure) = answer else { return Ok(Answer::Done) };
    match (&failure.cause, failure.disposition()) {
        (Cause::NotFound, _) => Ok(Answer::Gone),
        // Another cleanup, or somebody who was not halted yet, is at work on the same person: a look tells what became of it.
        (Cause::Busy, _) => Ok(Answer::Unknown(BUSY)),
        (Cause::Taken(_), _) | (_, Disposition::Park) => Ok(Answer::Refused(failure.cause.code())),
        (_, Disposition::LookAgain) => Ok(Answer::Unknown(failure.cause.code())),
        (_, Disposition::Halt | Disposition::Retry) => Err(failure),
    }
}

/// An account on its way to being cleared.
struct Account {
    clearing: Clearing,
    answer: Answer,
    looks: u32,
}

impl<D, A, L, C> Work<'_, D, L, A, C>
where
    A: AccountsFind + AccountsWrite + Paced,
    L: Cleanups + Evidence + TracesWrite,
    C: Clock,
{
    /// Clears accounts, batch by batch. Returns those that could not be cleared.
    pub(crate) async fn clear(&mut self, ours: Vec<Clearing>) -> Result<Vec<(Clearing, FailedAccount)>, Stop> {
        let mut failed = Vec::new();
        for batch in ours.chunks(BATCH) {
            self.check_time()?;
            self.record.clearing = batch.to_vec();
            self.save().await?;
            let batch = batch.iter().cloned().map(|clearing| Account { clearing, answer: Answer::None, looks: 0 });
            let batch = self.write(batch.collect()).await?;
            failed.extend(self.settle(batch).await?);
        }
        Ok(failed)
    }

    /// Ends what an invocation before this one had announced: looks what it did, then does the rest. Whoever cannot be
    /// cleared is met again by the pass.
    pub(crate) async fn settle_announced(&mut self) -> Result<(), Stop> {
        let announced = self.record.clearing.iter().cloned();
        let announced: Vec<_> =
            announced.map(|clearing| Account { clearing, answer: Answer::None, looks: 0 }).collect();
        if announced.is_empty() { Ok(()) } else { self.settle(announced).await.map(drop) }
    }

    /// Looks at accounts and does what follows, until each of them is cleared or will not be. The batch is counted as a
    /// whole: whatever breaks it off, it stays announced.
    async fn settle(&mut self, mut open: Vec<Account>) -> Result<Vec<(Clearing, FailedAccount)>, Stop> {
        let quiet_from = quiet_from(self.record.ending);
        let mut failed = Vec::new();
        let mut cleared = 0;
        while !open.is_empty() {
            let seen = self.look(&open).await?;
            let (mut to_write, mut to_look, mut to_forget) = (Vec::new(), Vec::new(), Vec::new());
            for mut account in open {
                account.looks += 1;
                let shows = seen.get(&account.clearing.account).copied().unwrap_or(Shows::Nothing);
                match next(&account.answer, shows) {
                    Next::Forget { cleared: is_cleared } => {
                        cleared += u64::from(is_cleared);
                        if account.answer != Answer::Done {
                            self.services.prove(&account.clearing, quiet_from).await?;
                        }
                        to_forget.push(account.clearing);
                    }
                    Next::Fail(code) => failed.push(fail(account.clearing, code)),
                    Next::Write | Next::LookAgain if account.looks >= LOOKS => {
                        if matches!(account.answer, Answer::Unknown(code) if code != BUSY) {
                            self.services.prove(&account.clearing, quiet_from).await?;
                        }
                        let code = if let Answer::Unknown(code) = account.answer { code } else { NOT_CLEARED };
                        failed.push(fail(account.clearing, code));
                    }
                    Next::Write => to_write.push(account),
                    Next::LookAgain => to_look.push(account),
                }
            }
            self.forget(to_forget).await?;
            let looks = to_look.iter().chain(&to_write).map(|account| account.looks).max();
            let written_before = to_write.iter().any(|account| account.answer != Answer::None);
            if let Some(looks) = looks.filter(|_| written_before || !to_look.is_empty()) {
                self.services.clock.pause(FIRST_PAUSE * 2_u32.pow(looks - 1)).await;
            }
            open = self.write(to_write).await?;
            open.extend(to_look);
        }
        self.record.clearing.clear();
        self.record.cleared += cleared;
        self.record.pass.cleared += cleared;
        Ok(failed)
    }

    /// Empties the `external_id` of accounts, side by side.
    async fn write(&self, accounts: Vec<Account>) -> Result<Vec<Account>, Stop> {
        let quiet_from = quiet_from(self.record.ending);
        let (services, clock, budget) = (self.services, self.services.clock, self.settings.budget);
        let planned = accounts.len();
        // Writes under way are always waited for: one that is dropped may have been carried out all the same.
        let halted = AtomicBool::new(false);
        let mut answers = stream::iter(accounts)
            .take_while(|_| std::future::ready(!budget.is_spent(clock.now()) && !halted.load(Ordering::Relaxed)))
            .map(async |account| {
                let answer = services.unlink(&account.clearing, quiet_from).await;
                (account, answer)
            })
            .buffer_unordered(side_by_side(services.accounts.rate()));
        let mut written = Vec::with_capacity(planned);
        let mut stop = None;
        while let Some((account, answer)) = answers.next().await {
            match read(answer) {
                Ok(answer) => written.push(Account { answer, ..account }),
                Err(failure) => {
                    halted.store(true, Ordering::Relaxed);
                    stop.get_or_insert(failure);
                }
            }
        }
        match stop {
            Some(failure) => Err(failure.into()),
            None if written.len() < planned => Err(Stop::TimeIsUp),
            None => Ok(written),
        }
    }

    /// What accounts show.
    async fn look(&self, accounts: &[Account]) -> Result<HashMap<AccountId, Shows>, Failure> {
        let ids: Vec<AccountId> = accounts.iter().map(|account| account.clearing.account.clone()).collect();
        let found = self.services.accounts.by_ids(&ids).await?;
        let held: HashMap<AccountId, Option<ExternalId>> =
            found.into_iter().map(|account| (account.id, account.external_id)).collect();
        let shows = accounts.iter().filter_map(|Account { clearing, .. }| {
            let is_ours = *held.get(&clearing.account)? == Some(ExternalId::Directory(clearing.user));
            Some((clearing.account.clone(), if is_ours { Shows::Ours } else { Shows::NotOurs }))
        });
        Ok(shows.collect())
    }

    /// Forgets links that are no more, announced ones included.
    async fn forget(&self, cleared: Vec<Clearing>) -> Result<(), Failure> {
        let users: Vec<_> = cleared.iter().map(|clearing| clearing.user).collect();
        if users.is_empty() {
            return Ok(());
        }
        let ledger = self.services.ledger;
        let traces = ledger.traces(&users).await?;
        stream::iter(cleared)
            .map(Ok)
            .try_for_each_concurrent(FORGETTING, async |Clearing { user, account, .. }| {
                let trace = traces.get(&user);
                if trace.is_some_and(|trace| trace.announced) {
                    ledger.forget_announcement(user).await?;
                }
                if trace.is_some_and(|trace| trace.link.is_some()) {
                    ledger.forget_link(user, &account).await
                } else {
                    Ok(())
                }
            })
            .await
    }
}

fn fail(clearing: Clearing, code: &str) -> (Clearing, FailedAccount) {
    let failed = FailedAccount { account: clearing.account.clone(), code: code.to_owned() };
    (clearing, failed)
}

/// As many as the service takes in a second: those under way are waited for when the time is up.
fn side_by_side(rate: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped in the same line")]
    let accounts = rate.clamp(4.0, 32.0) as usize;
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_to_be_cleared_is_counted_and_nothing_unknown_is_repeated_before_looking() {
        let cleared = Next::Forget { cleared: true };
        assert_eq!(next(&Answer::None, Shows::NotOurs), cleared);
        assert_eq!(next(&Answer::Unknown("answer_lost"), Shows::NotOurs), cleared);
        assert_eq!(next(&Answer::Done, Shows::NotOurs), cleared);
        assert_eq!(next(&Answer::Done, Shows::Nothing), cleared);
        assert_eq!(next(&Answer::Done, Shows::Ours), Next::LookAgain);
        assert_eq!(next(&Answer::Unknown("answer_lost"), Shows::Ours), Next::Write);
        assert_eq!(next(&Answer::None, Shows::Ours), Next::Write);
        // A page that is too short proves nothing.
        assert_eq!(next(&Answer::None, Shows::Nothing), Next::Write);
        assert_eq!(next(&Answer::Gone, Shows::Nothing), Next::Forget { cleared: false });
        assert_eq!(next(&Answer::Refused("rejected"), Shows::Ours), Next::Fail("rejected"));
    }
}
