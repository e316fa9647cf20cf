use std::collections::HashSet;

use futures::future::BoxFuture;
use sync_core::apply::{Applier, Patience};
use sync_core::claim::{ClaimingExecutor, Claims, Outdated};
use sync_core::evidence::{Author, SettingsHash};
use sync_core::failure::Failure;
use sync_core::plan::Policy;
use sync_core::ports::{
    Allowances, Clock, DirectoryPresence, DirectoryUsers, Ending, Evidence, ExceptionList, Exceptions, FreshIds,
    GroupMembers, Holds, Links, People, Queue, Runs,
};
use sync_core::proposal::ProposedExecutor;
use sync_core::run::{BEING_REMOVED, Mode, RunRecord, RunReport, RunState};
use sync_core::sweep::Sweep;

use crate::books::Books;
use crate::event::{Event, Observer};
use crate::needs::{RunAccounts, RunDirectory, RunLedger};
use crate::outcome::{is_busy, not_begun, report, taken_over};
use crate::settings::{Services, Settings};
use crate::under::Under;
use crate::work::{Task, Work};

/// Begins a full run, or goes on with the one that is not finished, until it is complete or the time is up.
///
/// # Errors
/// What failed and may succeed later; the run can be gone on with at once.
pub async fn full<D, A, L, Q, C, I, O>(
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    observer: &O,
) -> Result<RunReport, Failure>
where
    D: RunDirectory,
    A: RunAccounts,
    L: RunLedger,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let now = services.clock.now();
    if let Some(because) = services.ledger.marks().await?.held_up() {
        return Ok(not_begun(Mode::Full, because, now, settings.dice));
    }
    let sweep = services.sweep(settings);
    // What changes from this moment on is found by the sweeps, whatever the listing shows of it.
    let before = Box::pin(sweep.begin(now));
    let policy = Policy::initial_sync(settings.initial_sync);
    to_its_end((Mode::Full, policy, settings.hash()), None, before, services, settings, observer).await
}

/// Compares everything, as a run of this mode and by these settings, keeping to what was proposed if it is under a proposal; `before`
/// is done before anything is read. Not generic over it: a run is large, and there would be as many of it in the function as there
/// are things to do before.
pub(crate) async fn to_its_end<D, A, L, Q, C, I, O>(
    (mode, policy, by): (Mode, Policy, SettingsHash),
    under: Option<&Under>,
    before: BoxFuture<'_, Result<(), Failure>>,
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    observer: &O,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: RunAccounts,
    L: Runs + Links + Evidence + People + Ending + Allowances + Holds + Exceptions + ExceptionList,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let Services { directory, accounts, ledger, users: queue, clock, ids, .. } = services;
    let now = clock.now();
    let latest = ledger.latest(mode).await?;
    let proposal = under.map(|under| under.plan.clone());
    if let Some(busy) = latest.as_ref().and_then(|run| is_busy(run, proposal.as_ref())) {
        return Err(busy);
    }
    let mut begun = HashSet::new();
    let mut record = match latest {
        Some(latest) if latest.is_leased(now) => return Ok(report(&latest, &[])),
        Some(mut latest) if latest.is_resumable(now) && latest.proposal == proposal => {
            latest.state = RunState::Running { lease_until: now + RunRecord::LEASE };
            latest.version += 1;
            latest.saved = now;
            latest.asked_by = latest.asked_by.or_else(|| settings.asked_by.cloned());
            if let Err(failure) = ledger.save(&latest).await {
                return taken_over(ledger, mode, proposal.as_ref(), failure).await;
            }
            latest.tally.begin_attempt();
            begun = latest.pending.iter().map(|intent| intent.user).collect();
            latest
        }
        // Somebody else has gone on with it to its end.
        Some(latest) if under.is_some_and(|under| under.goes_on) => return Ok(report(&latest, &[])),
        latest => {
            let asked_by = settings.asked_by.cloned();
            let begun = RunRecord::begin(mode, now, settings.dice);
            let mut record = RunRecord { proposal: proposal.clone(), asked_by, ..begun };
            let latest = latest.map(|run| {
                // A run that was halted may have left links behind that it could not record.
                record.pending = run.pending;
                run.id
            });
            if let Err(failure) = ledger.begin(&record, latest.as_ref()).await {
                return taken_over(ledger, mode, proposal.as_ref(), failure).await;
            }
            record
        }
    };
    // Asked once more: a cleanup that began before the run was kept did not see it, one that began since halts it.
    if ledger.ending().await?.is_some() {
        record.state = RunState::Halted { because: BEING_REMOVED.to_owned() };
        record.version += 1;
        if let Err(failure) = ledger.save(&record).await {
            return taken_over(ledger, mode, proposal.as_ref(), failure).await;
        }
        return Ok(report(&record, &[]));
    }
    observer.on(&Event::Began { run: &record.id, resumed: record.version > 0 });

    let mapping = settings.mapping;
    let by = Author { asked_by: record.asked_by.clone(), ..Author::new(record.id.clone()).by(by) };
    let by = under.map_or_else(|| by.clone(), |under| under.sign(by.clone()));
    let inner = Applier { accounts, ledger, clock, by, mapping, policy, patience: Patience::Run };
    let claims = Claims { people: ledger, clock, ids };
    let outdated = Outdated::default();
    let scope_by_groups = !mapping.scope().groups.is_empty();
    let inner = ClaimingExecutor {
        inner,
        service: accounts,
        claims,
        queue,
        read_at: now,
        outdated: &outdated,
        scope_by_groups,
    };
    let executor = ProposedExecutor { inner, proposed: under.map(|under| &under.proposed), begun, mapping };
    let books = Books::Kept(ledger);
    let work = Work::new(
        directory,
        &books,
        &executor,
        clock,
        observer,
        Task { record, policy, outdated: &outdated },
        settings,
    );
    // Boxed: a run is large, and would stand on the stack of whoever polls it.
    Box::pin(work.run(before, accounts)).await
}

impl<'a, D, A, L, Q, C, I> Services<'a, D, A, L, Q, C, I> {
    pub(crate) const fn sweep(&self, settings: Settings<'a>) -> Sweep<'a, D, L, Q, Q> {
        Sweep {
            directory: self.directory,
            ledger: self.ledger,
            users: self.users,
            groups: self.groups,
            mapping: settings.mapping,
            nesting: settings.nesting,
        }
    }
}
