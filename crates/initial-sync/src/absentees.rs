use sync_core::apply::{Executor, Settled, Subject};
use sync_core::domain::DirectoryUserId;
use sync_core::plan::Reason;
use sync_core::ports::{Allowances, Clock, DirectoryPresence, Ending, Holds, Presence, Runs};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;
use crate::work::Work;

/// People who are asked after together: one `$batch` holds so many.
const TOGETHER: usize = 20;

impl<D: DirectoryPresence, L: Runs + Ending + Allowances + Holds, X: Executor, C: Clock, O: Observer>
    Work<'_, D, L, X, C, O>
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
                        self.note(&Settled { reasons: vec![Reason::NotInDirectory], ..Settled::untouched(user) });
                    }
                }
            }
            self.carry_out(batch).await?;
            self.observer.on(&Event::Advanced { stage: Stage::Absentees, by: users.len() as u64 });
        }
        Ok(())
    }
}
