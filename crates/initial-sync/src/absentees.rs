use std::collections::HashSet;

use sync_core::apply::{Executor, Settled, Subject};
use sync_core::domain::DirectoryUserId;
use sync_core::plan::{Compliance, Reason};
use sync_core::ports::{Allowances, Clock, DirectoryPresence, Ending, Exception, Exceptions, Holds, Presence, Runs};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;
use crate::work::Work;

/// People who are asked after together: one `$batch` holds so many.
const TOGETHER: usize = 20;

impl<D, L, X, C, O> Work<'_, D, L, X, C, O>
where
    D: DirectoryPresence,
    L: Runs + Ending + Allowances + Holds + Exceptions,
    X: Executor,
    C: Clock,
    O: Observer,
{
    /// Asks after the people whose account is linked and in use, but whom the listing lacks. Being absent from a list
    /// proves nothing (rule 8): only whom the directory itself names among the deleted loses his access here.
    pub(crate) async fn settle_absentees(&mut self) -> Result<(), Stop> {
        let absent: Vec<DirectoryUserId> = self
            .index
            .unseen()
            .filter(|(user, account)| account.is_active != Some(false) || self.interrupted.contains_key(user))
            .map(|(user, _)| user)
            .collect();
        self.observer.on(&Event::Entered { stage: Stage::Absentees, expected: Some(absent.len() as u64) });
        for users in absent.chunks(TOGETHER) {
            if self.budget.is_spent(self.clock.now()) {
                return Err(Stop::TimeIsUp);
            }
            let directory = self.directory;
            let mut batch = Vec::new();
            for (&user, presence) in users.iter().zip(directory.presence(users).await?) {
                match presence? {
                    Presence::Deleted => {
                        let subject = Subject::Deleted(user);
                        let plan = self.plan(&subject);
                        self.take(subject, plan, &mut batch);
                    }
                    Presence::Present(present) => {
                        let subject = self.present(*present, Vec::new());
                        let plan = self.plan(&subject);
                        self.take(subject, plan, &mut batch);
                    }
                    Presence::Unknown => {
                        let settled = Settled { reasons: vec![Reason::NotInDirectory], ..Settled::untouched(user) };
                        self.except(&settled).await?;
                        self.note(&settled);
                    }
                }
            }
            self.carry_out(batch).await?;
            self.observer.on(&Event::Advanced { stage: Stage::Absentees, by: users.len() as u64 });
        }
        Ok(())
    }

    /// Whom the directory does not know, and whose account is in use: nobody else will put him on the list of exceptions.
    async fn except(&mut self, settled: &Settled) -> Result<(), Stop> {
        let user = settled.user;
        if self.listed.is_outdated(user, &settled.reasons)
            && let Compliance::Exception { code, because } = Compliance::of(&settled.reasons)
        {
            let exception = Exception { user, code: code.to_owned(), because, since: self.clock.now() };
            self.ledger.except(&exception).await?;
        }
        Ok(())
    }

    /// Whoever is on the list of exceptions and was not seen by now is in line if his account is out of use; else a look finds out.
    pub(crate) async fn settle_listed(&mut self) -> Result<(), Stop> {
        let listed = self.listed.unseen();
        if listed.is_empty() {
            return Ok(());
        }
        let out_of_use: HashSet<DirectoryUserId> =
            self.index.unseen().filter(|(_, account)| account.is_active == Some(false)).map(|(user, _)| user).collect();
        let (in_line, unknown): (Vec<_>, Vec<_>) = listed.into_iter().partition(|user| out_of_use.contains(user));
        for user in in_line {
            self.ledger.readmit(user).await?;
        }
        if !unknown.is_empty() {
            self.executor.look_at(&unknown).await?;
        }
        Ok(())
    }
}
