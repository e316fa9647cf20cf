use std::time::Duration;

use crate::domain::{AccountId, DirectoryUserId, LinkChange, Mapping};
use crate::evidence::{Answer, Answered, Author, Witness, Write};
use crate::failure::{Cause, Disposition, Failure};
use crate::guard::{Permit, confine};
use crate::plan::{Candidates, Policy, ProfileAction, UserPlan};
use crate::ports::{AccountsFind, AccountsWrite, Clock, Evidence, Links, RolesWrite};
use crate::run::Link;

use super::{Executor, Settled, Subject, Trail, Written};

/// How often a person is read afresh. ZenQMS may show a write late, and each look waits longer than the one before: 0.5, 1, 2
/// and 4 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Four times: a run does not come back to the person before its end.
    Run,
    /// Once: a flow comes back to him by its queue.
    Flow,
}

impl Patience {
    const fn looks(self) -> u32 {
        match self {
            Self::Run => 4,
            Self::Flow => 1,
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Carries plans out in ZenQMS, and keeps in the ledger which links it made and in the evidence what it wrote.
pub struct Applier<'a, A, L, C> {
    /// ZenQMS.
    pub accounts: &'a A,
    /// The ledger and the evidence.
    pub ledger: &'a L,
    /// The time.
    pub clock: &'a C,
    /// On whose behalf.
    pub by: Author,
    /// The mapping, for planning anew.
    pub mapping: &'a Mapping,
    /// How far to go, for planning anew.
    pub policy: Policy,
    /// How often to look again.
    pub patience: Patience,
}

impl<A, L, C> Executor for Applier<'_, A, L, C>
where
    A: AccountsFind + AccountsWrite + RolesWrite,
    L: Links + Evidence,
    C: Clock,
{
    async fn settle(&self, subject: &Subject, plan: UserPlan) -> Settled {
        let mut settled = Settled {
            deleted: subject.is_deleted(),
            account: plan.account.clone(),
            trail: Trail::Open(None),
            ..Settled::untouched(subject.id())
        };
        let witness = Witness::open(self.ledger, self.clock, subject.id()).await;
        let written = match witness {
            Ok(mut witness) => {
                // Boxed: it is large, and stands in the state of whoever looks at several people side by side.
                let written = Box::pin(self.write(subject, plan, &mut witness, &mut settled)).await;
                let head = witness.head();
                settled.trail = if witness.is_open() { Trail::Open(Some(head)) } else { Trail::Whole(head) };
                written
            }
            Err(failure) => Err(failure),
        };
        settled.failure = written.err();
        if settled.is_unseen() && settled.failure.is_none() {
            let what = "what is to be taken from him has changed while he was written".to_owned();
            settled.failure =
                Some(Failure::new(format!("writing directory user {}", subject.id()), Cause::Inconsistent(what)));
        }
        settled
    }
}

/// Takes note of what ZenQMS said to a write.
fn answered<T>(write: Write, result: Result<T, Failure>, answers: &mut Vec<Answered>) -> Result<T, Failure> {
    answers.push(Answered::of(write, &result));
    result
}

impl<A, L, C> Applier<'_, A, L, C>
where
    A: AccountsFind + AccountsWrite + RolesWrite,
    L: Links + Evidence,
    C: Clock,
{
    /// Writes the plan, and whatever is planned anew since the world turned out to be different.
    async fn write(
        &self,
        subject: &Subject,
        mut plan: UserPlan,
        witness: &mut Witness<'_, L, C>,
        settled: &mut Settled,
    ) -> Result<(), Failure> {
        let permit = Permit::of(&plan);
        let proposed = self.by.proposed.then(|| plan.clone());
        let mut found = None;
        let mut lost = None;
        if witness.is_open() {
            witness.seen(self.find(subject).await?.accounts()).await?;
        }
        for look in 0.. {
            settled.reasons.clone_from(&plan.profile.reasons);
            settled.role_reasons.clone_from(&plan.roles.reasons);
            if !plan.is_empty() {
                let intent = subject.intent(&plan, self.mapping, self.by.clone());
                if let Some(found) = found.as_ref().filter(|_| !witness.is_about(&intent)) {
                    witness.seen(Candidates::accounts(found)).await?;
                }
                witness.intend(intent).await?;
            }
            let mut answers = Vec::new();
            let applied = self.apply(&mut plan, settled, &mut answers).await;
            settled.account.clone_from(&plan.account);
            // The link's record may fail as well, after a write that was answered.
            let is_lost = applied.as_ref().is_err_and(|failure| failure.cause.may_have_happened())
                && answers.last().is_some_and(|last| last.answer != Answer::Done);
            witness.answered(plan.account.clone(), &answers, is_lost).await?;
            let Err(failure) = applied else { break };
            if failure.disposition() != Disposition::LookAgain || look == self.patience.looks() {
                return Err(failure);
            }
            self.clock.pause(FIRST_PAUSE * 2_u32.pow(look)).await;
            let candidates = self.find(subject).await?;
            witness.seen_whole(candidates.accounts()).await?;
            let mut next = subject.plan(candidates.clone(), self.mapping, self.policy);
            permit.narrow(&mut next);
            if let Some(proposed) = &proposed {
                confine(&mut next, proposed);
            }
            if failure.cause.may_have_happened() {
                self.credit_lost(&plan, &next, settled).await?;
            }
            (plan, found) = (next, Some(candidates));
            lost = Some(failure);
        }
        // Nothing is left to be written. What was never heard of, the last look tells; if it does not show it, somebody else has to
        // look once more, and later.
        let is_shown = match &found {
            Some(found) => witness.seen(Candidates::accounts(found)).await?,
            None => true,
        };
        lost.filter(|_| !is_shown).map_or(Ok(()), Err)
    }

    /// Writes what is left of the plan, and takes off the plan what is written.
    async fn apply(
        &self,
        plan: &mut UserPlan,
        settled: &mut Settled,
        answers: &mut Vec<Answered>,
    ) -> Result<(), Failure> {
        if let Some(action) = &plan.profile.action {
            let account = match action {
                ProfileAction::Create(new) => self.accounts.create(new).await,
                ProfileAction::Link { account, patch, .. } | ProfileAction::Update { account, patch, .. } => {
                    self.accounts.change(account, patch).await.map(|()| account.clone())
                }
            };
            let account = answered(Write::Account, account, answers)?;
            self.note_written(action, &account, settled).await?;
            plan.account = Some(account);
            plan.profile.action = None;
        }
        let Some(account) = &plan.account else {
            return Ok(());
        };
        if !plan.roles.add.is_empty() {
            let given = self.accounts.add_roles(account, &plan.roles.add).await;
            answered(Write::RolesGiven, given, answers)?;
            settled.roles_added += plan.roles.add.len() as u64;
            plan.roles.add.clear();
        }
        if !plan.roles.remove.is_empty() {
            let taken = self.accounts.remove_roles(account, &plan.roles.remove).await;
            answered(Write::RolesTaken, taken, answers)?;
            settled.roles_removed += plan.roles.remove.len() as u64;
            plan.roles.remove.clear();
        }
        Ok(())
    }

    async fn note_written(
        &self,
        action: &ProfileAction,
        account: &AccountId,
        settled: &mut Settled,
    ) -> Result<(), Failure> {
        settled.written = Some(action.outcome());
        settled.new_email = action.new_email().cloned();
        let linked_to = match action {
            ProfileAction::Create(new) => Some(new.external_id),
            ProfileAction::Link { patch, .. } | ProfileAction::Update { patch, .. } => match patch.link {
                LinkChange::Set(user) => Some(user),
                LinkChange::Keep | LinkChange::Clear => None,
            },
        };
        let Some(user) = linked_to else { return Ok(()) };
        settled.link_unrecorded = true;
        self.record_link(user, account).await?;
        settled.link_unrecorded = false;
        Ok(())
    }

    async fn record_link(&self, user: DirectoryUserId, account: &AccountId) -> Result<(), Failure> {
        let link = Link { user, account: account.clone(), set_at: self.clock.now(), set_by: self.by.run.clone() };
        self.ledger.record(&link).await
    }

    /// The answer to a write of `before` was lost. What the fresh look no longer finds to do was done by that write, and
    /// is counted and recorded as if the answer had come.
    async fn credit_lost(&self, before: &UserPlan, now: &UserPlan, settled: &mut Settled) -> Result<(), Failure> {
        // Another account that is his by now shows nothing of what was written to the first.
        let is_same = |lost: &ProfileAction, account: &AccountId| lost.account().is_none_or(|of| of == account);
        match (&before.profile.action, &now.profile.action) {
            (Some(lost), None) => {
                if let Some(account) = now.account.as_ref().filter(|account| is_same(lost, account)) {
                    self.note_written(lost, account, settled).await?;
                }
            }
            (Some(lost), Some(ProfileAction::Update { account, .. }))
                if matches!(lost.outcome(), Written::Created | Written::Linked) && is_same(lost, account) =>
            {
                self.note_written(lost, account, settled).await?;
            }
            (None, _) if before.account == now.account => {
                settled.roles_added += before.roles.add.len().saturating_sub(now.roles.add.len()) as u64;
                settled.roles_removed += before.roles.remove.len().saturating_sub(now.roles.remove.len()) as u64;
            }
            (_, _) => {}
        }
        Ok(())
    }

    async fn find(&self, subject: &Subject) -> Result<Candidates, Failure> {
        let by_external_id = self.accounts.by_external_id(subject.id()).await?;
        let by_email = match subject.email() {
            Some(email) => self.accounts.by_email(email).await?,
            None => Vec::new(),
        };
        Ok(Candidates::of(subject.id(), by_external_id, by_email))
    }
}
