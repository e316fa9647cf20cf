use sync_core::apply::Applier;
use sync_core::failure::Failure;
use sync_core::plan::Policy;
use sync_core::ports::{
    AccountsFind, AccountsList, AccountsWrite, Clock, DirectoryPresence, DirectoryUsers, GroupMembers, Links,
    RolesWrite, Runs,
};
use sync_core::run::{Mode, RunRecord, RunReport, RunState};

use crate::event::{Event, Observer};
use crate::outcome::{report, taken_over};
use crate::settings::{Services, Settings};
use crate::work::Work;

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
