use jiff::Timestamp;
use sync_core::failure::Failure;
use sync_core::plan::Policy;
use sync_core::ports::{Clock, FreshIds, Queue};
use sync_core::run::{BEING_REMOVED, Mode, RunRecord, RunReport, RunState};
use sync_core::sweep::Followed;

use crate::event::{Event, Observer};
use crate::needs::{RunAccounts, RunDirectory, RunLedger};
use crate::outcome::{not_begun, report};
use crate::run::to_its_end;
use crate::settings::{Services, Settings};
use crate::waiting::leave_off;

/// Puts whoever has changed since the last sweep on the queues. Where it is not known who has (the directory no longer
/// honours the links of the last sweep, or no longer names those who were in a group), everybody is compared, and absences are
/// asked after one by one. That it has to be done is kept in the ledger until it is.
///
/// # Errors
/// What failed; the next sweep begins at the same place.
pub async fn sweep<D, A, L, Q, C, I, O>(
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
    let ledger = services.ledger;
    let marks = ledger.marks().await?;
    if marks.ending.is_some() {
        return Ok(not_begun(Mode::Sweep, BEING_REMOVED, now, settings.dice));
    }
    if marks.waiting.is_some() {
        let approved = ledger.latest(Mode::Apply).await?;
        if !leave_off(ledger, approved.as_ref(), settings, now, observer).await? {
            // Where the list of changes is gone on from stays where it is: what changes meanwhile is found from there.
            services.sweep(settings).begin(now).await?;
            observer.on(&Event::Waits);
            return Ok(nothing_found(now, settings));
        }
    }
    let followed = services.sweep(settings).follow(now, services.ids.fresh()).await?;
    let unfinished = ledger.latest(Mode::Sweep).await?.is_some_and(|run| run.is_resumable(now));
    if unfinished || ledger.owed().await?.is_some() {
        let policy = Policy::change(settings.initial_sync);
        let before = Box::pin(async { Ok(()) });
        let task = (Mode::Sweep, policy, settings.hash());
        let report = to_its_end(task, None, before, services, settings, observer).await?;
        if report.status == "complete"
            && let Some(run) = ledger.latest(Mode::Sweep).await?
        {
            ledger.compared(run.began).await?;
        }
        return Ok(report);
    }
    let mut answer = nothing_found(now, settings);
    answer.counts.seen = match followed {
        Followed::Queued(queued) => queued,
        Followed::Begun | Followed::Lost => 0,
    };
    Ok(answer)
}

/// The answer of a sweep that compared nobody; such a one leaves no record.
fn nothing_found(now: Timestamp, settings: Settings<'_>) -> RunReport {
    let record = RunRecord { state: RunState::Complete, ..RunRecord::begin(Mode::Sweep, now, settings.dice) };
    report(&record, &[])
}
