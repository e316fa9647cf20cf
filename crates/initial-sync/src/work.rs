use std::collections::HashMap;
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use jiff::Timestamp;
use sync_core::apply::{Membership, Subject, Written};
use sync_core::claim::Outdated;
use sync_core::domain::{DirectoryUser, DirectoryUserId, Mapping};
use sync_core::failure::Failure;
use sync_core::guard::{Limits, count_linked};
use sync_core::index::{AccountIndex, Memberships};
use sync_core::plan::{Policy, UserPlan};
use sync_core::ports::{
    AccountsList, Allowances, Clock, DirectoryPresence, DirectoryUsers, Ending, ExceptionList, GroupMembers, Holds,
    Links, Nesting, Runs,
};
use sync_core::run::{Budget, Intent, Link, RunRecord, RunReport, RunState};

use crate::any_executor::AnyExecutor;
use crate::event::Observer;
use crate::listed::Listed;
use crate::outcome::{report, superseded};
use crate::reading::{read_accounts, read_memberships};
use crate::set_aside::SetAside;
use crate::settings::Settings;
use crate::stop::Stop;

/// Attempts in a row that end without a single write before a run is halted: reading alone takes longer than the time.
const IDLE_ATTEMPTS: u32 = 3;

/// How often a run is held on to while it is read for: far more often than its lease ends.
const HOLD: Duration = Duration::from_secs(30);

/// What is to be done: which run, and how far it may go.
pub(crate) struct Task<'a> {
    pub(crate) record: RunRecord,
    pub(crate) policy: Policy,
    /// What the executor is told of the list of exceptions.
    pub(crate) outdated: &'a Outdated,
}

/// A run under way.
pub(crate) struct Work<'a, D, L, C, O> {
    pub(crate) directory: &'a D,
    pub(crate) ledger: &'a L,
    pub(crate) executor: &'a dyn AnyExecutor,
    pub(crate) clock: &'a C,
    pub(crate) observer: &'a O,
    pub(crate) record: RunRecord,
    pub(crate) budget: Budget,
    /// What an attempt before this one announced and may have written, until its people are planned anew.
    pub(crate) interrupted: HashMap<DirectoryUserId, Intent>,
    pub(crate) index: AccountIndex,
    pub(crate) memberships: Memberships,
    /// Who is on the list of exceptions, until he was seen.
    pub(crate) listed: Listed,
    /// Of whom it says something else than the run.
    pub(crate) outdated: &'a Outdated,
    /// What takes something away, until everybody was seen.
    pub(crate) set_aside: SetAside,
    /// People of whose plan the first half is done, and what came of it.
    pub(crate) halves: HashMap<DirectoryUserId, Option<Written>>,
    /// When reading began.
    pub(crate) read_at: Timestamp,
    /// What may be taken away without being asked.
    pub(crate) limits: &'a Limits,
    /// People who hold a role of a group whose list is empty: whether they are in it is asked for each of them.
    pub(crate) doubtful: Vec<DirectoryUserId>,
    pub(crate) mapping: &'a Mapping,
    nesting: Nesting,
    pub(crate) policy: Policy,
}

impl<'a, D, L, C, O> Work<'a, D, L, C, O>
where
    L: Runs + Ending + Allowances + Holds,
    C: Clock,
    O: Observer,
{
    pub(crate) fn new(
        directory: &'a D,
        ledger: &'a L,
        executor: &'a dyn AnyExecutor,
        clock: &'a C,
        observer: &'a O,
        Task { record, policy, outdated }: Task<'a>,
        settings: Settings<'a>,
    ) -> Self {
        Self {
            directory,
            ledger,
            executor,
            clock,
            observer,
            interrupted: record.pending.iter().map(|intent| (intent.user, intent.clone())).collect(),
            record,
            budget: settings.budget,
            index: AccountIndex::default(),
            memberships: Memberships::unread(&Mapping::default()),
            listed: Listed::default(),
            outdated,
            set_aside: SetAside::default(),
            halves: HashMap::new(),
            read_at: clock.now(),
            limits: settings.limits,
            doubtful: Vec::new(),
            mapping: settings.mapping,
            nesting: settings.nesting,
            policy,
        }
    }

    /// A person whom the directory has, with his groups.
    pub(crate) fn present(&self, user: DirectoryUser, rivals: Vec<DirectoryUserId>) -> Subject {
        let groups = self.memberships.of(user.id, self.index.slot_of(user.id));
        Subject::Present { user, rivals, groups: Membership::Known(groups) }
    }

    /// Plans a person against the accounts as they are known.
    pub(crate) fn plan(&self, subject: &Subject) -> UserPlan {
        let found = self.index.candidates(subject.id(), subject.email());
        subject.plan(found, self.mapping, self.policy)
    }

    /// Works until the end, or until something stops it, and saves where it stands.
    /// `before` has to be done before anything is read.
    pub(crate) async fn run<A>(
        mut self,
        before: BoxFuture<'_, Result<(), Failure>>,
        accounts: &A,
    ) -> Result<RunReport, Failure>
    where
        A: AccountsList,
        L: Links + ExceptionList,
        D: DirectoryUsers + GroupMembers + DirectoryPresence,
    {
        let written_before = self.record.tally.written();
        let ended = match before.await {
            Ok(()) => self.stages(accounts).await,
            Err(failure) => Err(failure.into()),
        };
        let idle = self.record.tally.written() == written_before;
        let (state, failure) = match ended {
            Ok(()) => {
                self.interrupted.clear();
                (RunState::Complete, None)
            }
            Err(Stop::Superseded) => {
                return superseded(self.ledger, &self.record).await;
            }
            Err(Stop::Halt(because)) => (RunState::Halted { because }, None),
            Err(Stop::TimeIsUp) => (self.out_of_time(idle), None),
            // The lease ends at once: whoever is next need not wait.
            Err(Stop::Failed(failure)) => (RunState::Running { lease_until: self.clock.now() }, Some(failure)),
        };
        // A batch that was cut short stays announced; what of it was counted already is not announced any more.
        self.record.pending.retain(|intent| self.interrupted.contains_key(&intent.user));
        match self.save(state).await {
            Ok(()) | Err(Stop::TimeIsUp) => {}
            Err(Stop::Superseded) => {
                return superseded(self.ledger, &self.record).await;
            }
            Err(Stop::Failed(failure)) => return Err(failure),
            Err(Stop::Halt(because)) => self.record.state = RunState::Halted { because },
        }
        match failure {
            Some(failure) => Err(failure),
            None => Ok(report(&self.record, &self.memberships.unread_groups().iter().copied().collect::<Vec<_>>())),
        }
    }

    async fn stages<A>(&mut self, accounts: &A) -> Result<(), Stop>
    where
        A: AccountsList,
        L: Links + ExceptionList,
        D: DirectoryUsers + GroupMembers + DirectoryPresence,
    {
        let links_before = self.record.tally.links();
        (self.index, _) = self.hold(read_accounts(accounts, self.observer)).await?;
        self.recover_links().await?;
        self.listed = Listed::new(self.ledger.exceptions().await?);
        let by_groups = self.policy.touches_fields || !self.mapping.scope().groups.is_empty();
        if by_groups && !self.mapping.is_empty() {
            let index = std::mem::take(&mut self.index);
            let reading = read_memberships(self.directory, self.mapping, self.nesting, &index, self.observer);
            self.memberships = self.hold(reading).await?;
            self.index = index;
        }
        if self.policy.touches_fields {
            let (linked, _) = self.index.linked();
            self.set_aside = SetAside::new(self.ledger.all_held().await?, linked);
        }
        let claims = self.list_users().await?;
        self.settle_claims(&claims).await?;
        drop(claims);
        if self.policy.touches_fields {
            self.settle_absentees().await?;
            self.settle_withdrawals().await?;
        }
        self.settle_listed().await?;
        let (linked, _) = self.index.linked();
        count_linked(self.ledger, self.clock, linked + self.record.tally.links() - links_before).await?;
        if !self.doubtful.is_empty() {
            self.executor.look_at(&self.doubtful).await?;
        }
        Ok(())
    }

    /// Does a part that may take long, and holds on to the run meanwhile; not for longer than the time allows.
    pub(crate) async fn hold<R>(&mut self, part: impl Future<Output = Result<R, Stop>>) -> Result<R, Stop> {
        let (clock, mut part) = (self.clock, std::pin::pin!(part));
        loop {
            match select(part.as_mut(), std::pin::pin!(clock.pause(HOLD))).await {
                Either::Left((done, _)) => return done,
                Either::Right(_) if self.budget.is_spent(clock.now()) => return Err(Stop::TimeIsUp),
                Either::Right(_) => self.checkpoint(Vec::new()).await?,
            }
        }
    }

    /// Records the links that an interrupted attempt announced and made, but did not live to record: without that the
    /// cleanup would not know them for ours.
    async fn recover_links(&self) -> Result<(), Failure>
    where
        L: Links,
    {
        let links = self
            .interrupted
            .values()
            .filter(|intent| matches!(intent.profile, Some(Written::Created | Written::Linked)));
        for intent in links {
            if let [account] = self.index.candidates(intent.user, None).by_external_id.as_slice() {
                let link = Link {
                    user: intent.user,
                    account: account.id.clone(),
                    set_at: self.record.saved,
                    set_by: self.record.id.clone(),
                };
                self.ledger.record(&link).await?;
            }
        }
        Ok(())
    }

    fn out_of_time(&mut self, idle: bool) -> RunState {
        self.record.idle_attempts = if idle { self.record.idle_attempts + 1 } else { 0 };
        if self.record.idle_attempts >= IDLE_ATTEMPTS {
            let because = format!(
                "{IDLE_ATTEMPTS} invocations in a row ran out of time before anything was written: reading both \
                 directories takes longer than one invocation may last; raise the function's timeout or ask ZenQMS for a \
                 higher rate limit"
            );
            return RunState::Halted { because };
        }
        RunState::Running { lease_until: self.clock.now() }
    }
}
