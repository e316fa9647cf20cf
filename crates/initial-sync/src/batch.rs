use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, stream};
use jiff::SignedDuration;
use sync_core::apply::{Settled, Subject};
use sync_core::claim::is_waiting;
use sync_core::domain::DirectoryUserId;
use sync_core::failure::Disposition;
use sync_core::guard::Withdrawal;
use sync_core::plan::{HeldBecause, Reason, RoleReason, UserPlan};
use sync_core::ports::{Allowances, Clock, Ending, Holds, Runs};
use sync_core::run::{Intent, Mode, RunRecord, RunState};

use crate::event::{Event, Observer};
use crate::stop::Stop;
use crate::work::Work;

/// Plans that are announced and carried out together. One save of the run (some eleven write units) covers so many writes,
/// and a run is silent for no longer than they take: twenty seconds at 25 a second.
pub(crate) const BATCH: usize = 500;
/// How often it is asked within a batch whether the integration is being removed: a slow ZenQMS takes minutes for one.
const LOOK_OUT: SignedDuration = SignedDuration::from_secs(30);

impl<D, L, C, O> Work<'_, D, L, C, O>
where
    L: Runs + Ending + Allowances + Holds,
    C: Clock,
    O: Observer,
{
    /// Takes a person's plan in: counts one that has nothing to write, and keeps any other for the next batch.
    pub(crate) fn take(&mut self, subject: Subject, plan: UserPlan, batch: &mut Vec<(Subject, UserPlan)>) {
        let interrupted = self.interrupted.remove(&plan.user);
        if let Some(announced) = &interrupted {
            self.record.tally.credit_interrupted(announced, &plan, subject.is_deleted());
        }
        let is_holder = Withdrawal::of(&plan).is_some_and(|withdrawal| !self.counts_for(&withdrawal).is_empty());
        let bounds = (self.limits, is_holder);
        let Some((subject, plan)) = self.set_aside.place(subject, plan, bounds, &mut self.doubtful) else {
            return;
        };
        // Whoever waits for somebody else has that noted, so that he is looked at once the other has moved; whoever is on the list
        // of exceptions wrongly, or not on it, has that mended; and of whoever was being written, it is put on record what became of
        // that.
        let is_idle = plan.is_empty() && !is_waiting(&plan.profile.reasons);
        if !self.is_listed_wrongly(&plan) && is_idle && interrupted.is_none() {
            self.note(&Settled::left_alone(plan));
        } else {
            batch.push((subject, plan));
        }
    }

    /// Whether the list of exceptions has to be changed for whoever has this plan: then he has to be claimed, whatever it has.
    pub(crate) fn is_listed_wrongly(&mut self, plan: &UserPlan) -> bool {
        let is_outdated = self.listed.is_outdated(plan.user, &plan.profile.reasons);
        if is_outdated {
            self.outdated.note(plan.user);
        }
        is_outdated
    }

    /// Carries out full batches, and keeps the rest of the plans for later.
    pub(crate) async fn carry_out_full(&mut self, batch: &mut Vec<(Subject, UserPlan)>) -> Result<(), Stop> {
        while batch.len() >= BATCH {
            let rest = batch.split_off(BATCH);
            self.carry_out(std::mem::replace(batch, rest)).await?;
        }
        Ok(())
    }

    /// Announces a batch in the ledger, then carries it out.
    pub(crate) async fn carry_out(&mut self, batch: Vec<(Subject, UserPlan)>) -> Result<(), Stop> {
        self.put_beyond_on_record().await?;
        if batch.is_empty() {
            return Ok(());
        }
        if self.budget.is_spent(self.clock.now()) {
            return Err(Stop::TimeIsUp);
        }
        self.checkpoint(batch.iter().map(|(_, plan)| Intent::of(plan)).collect()).await?;

        let (executor, budget, clock) = (self.executor, self.budget, self.clock);
        let planned = batch.len();
        // Writes under way are always waited for: one that is dropped may have been carried out all the same.
        let halted = AtomicBool::new(false);
        let mut settling = stream::iter(batch)
            .take_while(|_| std::future::ready(!budget.is_spent(clock.now()) && !halted.load(Ordering::Relaxed)))
            .map(|(subject, plan)| async move { executor.settle(&subject, plan).await })
            .buffer_unordered(executor.side_by_side());
        let mut done = 0;
        let mut stop = None;
        let mut looked_out = clock.now();
        while let Some(mut settled) = settling.next().await {
            done += 1;
            if let Some(email) = &settled.new_email {
                self.index.move_email(settled.user, email).map_err(|full| Stop::Halt(full.to_string()))?;
            }
            match settled.failure.take_if(|_| settled.link_unrecorded) {
                Some(failure) => {
                    self.keep_announced(settled.user);
                    stop = Some(Stop::Failed(failure));
                }
                None => self.note(&settled),
            }
            if let Some(failure) = settled.failure.take_if(|failure| failure.disposition() == Disposition::Halt) {
                stop = Some(Stop::from(failure));
            }
            if clock.now().duration_since(looked_out) >= LOOK_OUT {
                looked_out = clock.now();
                match self.ledger.ending().await {
                    Ok(None) => {}
                    Ok(Some(_)) => stop = Some(Stop::Superseded),
                    Err(failure) => {
                        stop.get_or_insert(failure.into());
                    }
                }
            }
            halted.store(stop.is_some(), Ordering::Relaxed);
        }
        match stop {
            Some(stop) => Err(stop),
            None if done < planned => Err(Stop::TimeIsUp),
            None => Ok(()),
        }
    }

    /// The person's link was made and could not be recorded: it stays announced, so that whoever goes on records it.
    fn keep_announced(&mut self, user: DirectoryUserId) {
        if let Some(intent) = self.record.pending.iter().find(|intent| intent.user == user) {
            self.interrupted.insert(user, intent.clone());
        }
    }

    /// Saves where the run stands: what is counted, and what is about to be written.
    pub(crate) async fn checkpoint(&mut self, mut pending: Vec<Intent>) -> Result<(), Stop> {
        // What an interrupted attempt announced stays announced until its person has been planned anew.
        pending.extend(self.interrupted.values().cloned());
        self.record.pending = pending;
        let lease_until = self.clock.now() + RunRecord::LEASE;
        self.save(RunState::Running { lease_until }).await
    }

    pub(crate) async fn save(&mut self, state: RunState) -> Result<(), Stop> {
        self.record.state = state;
        self.record.version += 1;
        self.record.saved = self.clock.now();
        Ok(self.ledger.save(&self.record).await?)
    }

    pub(crate) fn note(&mut self, settled: &Settled) {
        let is_doubtful = |reason: &RoleReason| match reason {
            RoleReason::GroupUnread { group, .. } => self.memberships.is_empty(*group),
            RoleReason::DefaultRole(_)
            | RoleReason::RolesUnknown
            | RoleReason::MembershipUnread
            | RoleReason::Held(_) => false,
        };
        // Whom a comparison could not write for a reason that passes: no later sweep would name him again.
        let comes_back = self.record.mode == Mode::Sweep
            && settled.failure.as_ref().is_some_and(|failure| failure.disposition() != Disposition::Park);
        // What the guard has yet to see is no failure that a full run would come back to.
        let comes_back = comes_back || settled.is_unseen();
        // Of a group of the scope whose list is empty as well: whoever has an account is asked after.
        let has_left = self.policy.touches_fields
            && settled.reasons.contains(&Reason::ScopeUntold)
            && settled.account.is_some()
            && self.mapping.scope().groups.iter().any(|&group| self.memberships.is_empty(group));
        if comes_back || has_left || settled.role_reasons.iter().any(is_doubtful) {
            self.doubtful.push(settled.user);
        }
        if let Some(before) = self.halves.remove(&settled.user) {
            self.record.tally.count_again(before, settled);
        } else {
            self.record.tally.count(settled);
            if settled.held_for() == Some(HeldBecause::Later) {
                self.halves.insert(settled.user, settled.written);
            }
        }
        self.observer.on(&Event::Settled(settled));
    }
}
