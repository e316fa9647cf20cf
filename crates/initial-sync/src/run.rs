use sync_core::apply::{Applier, Rehearsal};
use sync_core::domain::{GroupId, Mapping};
use sync_core::failure::{Cause, Failure};
use sync_core::plan::{Policy, UserPlan};
use sync_core::ports::{
    AccountsFind, AccountsList, AccountsWrite, Clock, DirectoryPresence, DirectoryUsers, GroupMembers, Links, Nesting,
    RolesWrite, Runs,
};
use sync_core::run::{Link, Mode, RunId, RunRecord, RunReport, RunState};

use crate::budget::Budget;
use crate::event::{Event, Observer};
use crate::work::Work;

/// What a run works with.
#[derive(Debug)]
pub struct Services<'a, D, A, L, C> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// ZenQMS.
    pub accounts: &'a A,
    /// The ledger.
    pub ledger: &'a L,
    /// The time.
    pub clock: &'a C,
}

/// How a run is to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether the initial sync is ON: it creates accounts and updates fields. OFF, it only links.
    pub initial_sync: bool,
    /// How long this invocation may work.
    pub budget: Budget,
    /// Random digits for the name of a new run.
    pub dice: u32,
}

/// Begins a full run, or goes on with the one that is not finished, until it is complete or the time is up.
///
/// # Errors
/// What failed and may succeed later; the run can be gone on with at once.
pub async fn full<D, A, L, C, O>(
    services: Services<'_, D, A, L, C>,
    settings: Settings<'_>,
    observer: &O,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: AccountsList + AccountsFind + AccountsWrite + RolesWrite,
    L: Runs + Links,
    C: Clock,
    O: Observer,
{
    let Services { directory, accounts, ledger, clock } = services;
    let now = clock.now();
    let latest = ledger.latest(Mode::Full).await?;
    let record = match latest {
        Some(latest) if latest.is_leased(now) => return Ok(report(&latest, &[])),
        Some(mut latest) if latest.is_resumable(now) => {
            latest.state = RunState::Running { lease_until: now + RunRecord::LEASE };
            latest.version += 1;
            latest.saved = now;
            if let Err(failure) = ledger.save(&latest).await {
                return taken_over(ledger, failure).await;
            }
            latest.tally.begin_attempt();
            latest
        }
        latest => {
            let mut record = RunRecord::begin(Mode::Full, now, settings.dice);
            let latest = latest.map(|run| {
                // A run that was halted may have left links behind that it could not record.
                record.pending = run.pending;
                run.id
            });
            if let Err(failure) = ledger.begin(&record, latest.as_ref()).await {
                return taken_over(ledger, failure).await;
            }
            record
        }
    };
    observer.on(&Event::Began { run: &record.id, resumed: record.version > 0 });

    let policy = Policy::initial_sync(settings.initial_sync);
    let executor =
        Applier { accounts, links: ledger, clock, run: record.id.clone(), mapping: settings.mapping, policy };
    let work = Work::new(directory, ledger, &executor, clock, observer, record, settings);
    work.run(accounts).await
}

/// Somebody else began or took over the run a moment ago: his is the answer.
pub(crate) async fn taken_over<L: Runs>(ledger: &L, failure: Failure) -> Result<RunReport, Failure> {
    match (&failure.cause, ledger.latest(Mode::Full).await?) {
        (Cause::Superseded, Some(theirs)) => Ok(report(&theirs, &[])),
        _ => Err(failure),
    }
}

/// The same as a full run that begins now, but writing nothing: every plan that would write something is shown to
/// `listener`.
///
/// # Errors
/// What could not be read.
pub async fn rehearse<D, A, L, C, O>(
    services: Services<'_, D, A, L, C>,
    settings: Settings<'_>,
    observer: &O,
    listener: impl FnMut(&UserPlan) + Send,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: AccountsList,
    L: Sync,
    C: Clock,
    O: Observer,
{
    let Services { directory, accounts, clock, .. } = services;
    let record = RunRecord::begin(Mode::Plan, clock.now(), settings.dice);
    observer.on(&Event::Began { run: &record.id, resumed: false });
    let rehearsal = Rehearsal::new(listener);
    let work = Work::new(directory, &Unrecorded, &rehearsal, clock, observer, record, settings);
    work.run(accounts).await
}

/// A ledger for runs that leave no trace.
struct Unrecorded;

impl Runs for Unrecorded {
    async fn latest(&self, _: Mode) -> Result<Option<RunRecord>, Failure> {
        Ok(None)
    }

    async fn begin(&self, _: &RunRecord, _: Option<&RunId>) -> Result<(), Failure> {
        Ok(())
    }

    async fn save(&self, _: &RunRecord) -> Result<(), Failure> {
        Ok(())
    }
}

impl Links for Unrecorded {
    async fn record(&self, _: &Link) -> Result<(), Failure> {
        Ok(())
    }
}

pub(crate) fn superseded(record: &RunRecord) -> Failure {
    Failure::new(format!("saving run {}", record.id), Cause::Superseded)
}

pub(crate) fn report(record: &RunRecord, groups_unread: &[GroupId]) -> RunReport {
    RunReport {
        run_id: record.id.clone(),
        mode: record.mode,
        status: record.state.name(),
        halted_because: match &record.state {
            RunState::Halted { because } => Some(because.clone()),
            RunState::Running { .. } | RunState::Complete => None,
        },
        counts: record.tally.counts(),
        skipped_by_reason: record.tally.skipped_by_reason(),
        failed_by_reason: record.tally.failed_by_reason().clone(),
        groups_unread: groups_unread.to_vec(),
    }
}
