use std::collections::HashSet;

use sync_core::apply::{Executor, Subject};
use sync_core::domain::DirectoryUserId;
use sync_core::plan::{KnownGroups, ProfilePlan, Reason, RolesPlan, UserPlan};
use sync_core::ports::{Allowances, Clock, DirectoryPresence, Ending, Holds, Presence, Runs};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;
use crate::work::Work;

/// People who are asked after together: one `$batch` holds so many.
const TOGETHER: usize = 20;

impl<D, L, X, C, O> Work<'_, D, L, X, C, O>
where
    D: DirectoryPresence,
    L: Runs + Ending + Allowances + Holds,
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
                        let (subject, plan) = nothing_for(user, vec![Reason::NotInDirectory]);
                        self.take(subject, plan, &mut batch);
                    }
                }
            }
            self.carry_out(batch).await?;
            self.observer.on(&Event::Advanced { stage: Stage::Absentees, by: users.len() as u64 });
        }
        Ok(())
    }

    /// Whoever is on the list of exceptions and was not seen by now is in line if his account is out of use; else a look finds out.
    pub(crate) async fn settle_listed(&mut self) -> Result<(), Stop> {
        let listed = self.listed.unseen();
        if listed.is_empty() {
            return Ok(());
        }
        let out_of_use = self.index.unseen().filter(|(_, account)| account.is_active == Some(false));
        let out_of_use: HashSet<DirectoryUserId> = out_of_use.map(|(user, _)| user).collect();
        let (in_line, unknown): (Vec<_>, Vec<_>) = listed.into_iter().partition(|user| out_of_use.contains(user));
        let mut batch = Vec::new();
        for user in in_line {
            self.outdated.note(user);
            batch.push(nothing_for(user, Vec::new()));
            self.carry_out_full(&mut batch).await?;
        }
        self.carry_out(batch).await?;
        if !unknown.is_empty() {
            self.executor.look_at(&unknown).await?;
        }
        Ok(())
    }
}

/// Nothing is to be written for a person, for these reasons.
fn nothing_for(user: DirectoryUserId, reasons: Vec<Reason>) -> (Subject, UserPlan) {
    let profile = ProfilePlan { action: None, reasons };
    let plan = UserPlan { user, profile, account: None, roles: RolesPlan::default() };
    (Subject::Member { user, groups: KnownGroups::default() }, plan)
}
