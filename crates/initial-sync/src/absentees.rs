use std::collections::HashMap;

use sync_core::apply::{Settled, Subject};
use sync_core::domain::{AccountId, DirectoryUserId};
use sync_core::plan::{KnownGroups, ProfilePlan, Reason, RolesPlan, UserPlan};
use sync_core::ports::{Allowances, Clock, DirectoryPresence, Ending, Holds, Presence, Runs};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;
use crate::work::Work;

/// People who are asked after together: one `$batch` holds so many.
const TOGETHER: usize = 20;

impl<D, L, C, O> Work<'_, D, L, C, O>
where
    D: DirectoryPresence,
    L: Runs + Ending + Allowances + Holds,
    C: Clock,
    O: Observer,
{
    /// Asks after the people whose account is linked and in use, but whom the listing lacks. Being absent from a list
    /// proves nothing (rule 8): only whom the directory itself names among the deleted loses his access here.
    pub(crate) async fn settle_absentees(&mut self) -> Result<(), Stop> {
        let absent = self.index.unseen();
        let absent: Vec<(DirectoryUserId, AccountId)> = absent
            .filter(|(user, account)| account.is_active != Some(false) || self.interrupted.contains_key(user))
            .map(|(user, account)| (user, account.id))
            .collect();
        self.observer.on(&Event::Entered { stage: Stage::Absentees, expected: Some(absent.len() as u64) });
        for absent in absent.chunks(TOGETHER) {
            let users: Vec<DirectoryUserId> = absent.iter().map(|(user, _)| *user).collect();
            if self.budget.is_spent(self.clock.now()) {
                return Err(Stop::TimeIsUp);
            }
            let directory = self.directory;
            let mut batch = Vec::new();
            for ((user, account), presence) in absent.iter().zip(directory.presence(&users).await?) {
                match presence? {
                    Presence::Deleted => {
                        let subject = Subject::Deleted(*user);
                        let plan = self.plan(&subject);
                        self.take(subject, plan, &mut batch);
                    }
                    Presence::Present(present) => {
                        let subject = self.present(*present, Vec::new());
                        let plan = self.plan(&subject);
                        self.take(subject, plan, &mut batch);
                    }
                    Presence::Unknown => {
                        let (subject, plan) = nothing_for(*user, account.clone(), vec![Reason::NotInDirectory]);
                        // What became of what was announced for him nobody knows: it is put on record, and not counted.
                        let begun = self.interrupted.remove(user).is_some();
                        if self.is_listed_wrongly(&plan) || begun {
                            batch.push((subject, plan));
                        } else {
                            self.note(&Settled::left_alone(plan));
                        }
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
        let out_of_use: HashMap<DirectoryUserId, AccountId> =
            out_of_use.map(|(user, account)| (user, account.id)).collect();
        let (mut batch, mut unknown) = (Vec::new(), Vec::new());
        for user in listed {
            let Some(account) = out_of_use.get(&user) else {
                unknown.push(user);
                continue;
            };
            self.outdated.note(user);
            batch.push(nothing_for(user, account.clone(), Vec::new()));
            self.carry_out_full(&mut batch).await?;
        }
        self.carry_out(batch).await?;
        if !unknown.is_empty() {
            self.executor.look_at(&unknown).await?;
        }
        Ok(())
    }
}

/// Nothing is to be written to a person's account, for these reasons.
fn nothing_for(user: DirectoryUserId, account: AccountId, reasons: Vec<Reason>) -> (Subject, UserPlan) {
    let profile = ProfilePlan { action: None, reasons };
    let plan = UserPlan { user, profile, account: Some(account), roles: RolesPlan::default() };
    (Subject::Member { user, groups: KnownGroups::default() }, plan)
}
