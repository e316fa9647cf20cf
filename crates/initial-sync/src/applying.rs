use jiff::Timestamp;
use sync_core::failure::{Cause, Failure};
use sync_core::guard::{Limits, PlanHash};
use sync_core::plan::Policy;
use sync_core::ports::{Clock, FreshIds, Proposals, Queue, Runs};
use sync_core::run::{BEING_REMOVED, Mode, RunRecord, RunReport, RunState};

use crate::event::Observer;
use crate::needs::{RunAccounts, RunDirectory, RunLedger};
use crate::outcome::{is_busy, not_begun, report, taken_over};
use crate::run::to_its_end;
use crate::settings::{Services, Settings};
use crate::under::Under;
use crate::waiting::leave_off;

/// Carries out an approved proposal, or goes on with it, until it is done or the time is up. Everybody is planned anew: whoever has
/// the same plan as was proposed is written, whoever has another is left alone and counted.
///
/// # Errors
/// What failed and may succeed later; the run can be gone on with at once.
pub async fn apply<D, A, L, Q, C, I, O>(
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    plan: &PlanHash,
    observer: &O,
) -> Result<RunReport, Failure>
where
    D: RunDirectory,
    A: RunAccounts,
    L: RunLedger + Proposals,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let (ledger, now) = (services.ledger, services.clock.now());
    let marks = ledger.marks().await?;
    if marks.ending.is_some() {
        return Ok(not_begun(Mode::Apply, BEING_REMOVED, now, settings.dice));
    }
    let latest = ledger.latest(Mode::Apply).await?;
    // The run before this one was complete, and nobody has seen that yet.
    if marks.waiting.is_some() {
        leave_off(ledger, latest.as_ref(), settings, now, observer).await?;
    }
    if let Some(busy) = latest.as_ref().and_then(|run| is_busy(run, Some(plan))) {
        return Err(busy);
    }
    let goes_on = latest.as_ref().filter(|run| run.is_running());
    // Whoever was in time when he began may end.
    let since = goes_on.map_or(now, |run| run.began);
    let hash = settings.hash();
    let proposal = ledger.proposal(plan).await?;
    let approval = match &proposal {
        None => Err("no such proposal is kept; `entra-zenqms plan` makes one".to_owned()),
        Some(proposal) if proposal.settings != hash => {
            Err("other settings were deployed since it was made; make another one".to_owned())
        }
        Some(proposal) => match proposal.approved(since) {
            None => Err("nobody has approved it, or the approval is void by now".to_owned()),
            Some(approval) => match ledger.proposed(proposal).await {
                Ok(proposed) => Ok((approval.clone(), proposed)),
                Err(Failure { cause: Cause::Unreadable(why), .. }) => Err(why),
                Err(failure) => return Err(failure),
            },
        },
    };
    let (approval, proposed) = match approval {
        Ok(approved) => approved,
        Err(why) => {
            let because = format!("proposal {} is not carried out: {why}", plan.short());
            let record =
                RunRecord { proposal: Some(plan.clone()), ..RunRecord::begin(Mode::Apply, now, settings.dice) };
            return refuse(ledger, record, latest, because, now).await;
        }
    };
    let under = Under { plan: plan.clone(), proposed, approval, goes_on: goes_on.is_some() };
    // What was approved in so many words needs no limit; whoever is protected stays so.
    let limits = Limits::none(settings.limits.protected.clone());
    let sweep = services.sweep(settings);
    let before = Box::pin(sweep.begin(now));
    let policy = Policy::initial_sync(settings.initial_sync);
    to_its_end(
        (Mode::Apply, policy, hash),
        Some(&under),
        before,
        services,
        Settings { limits: &limits, ..settings },
        observer,
    )
    .await
}

/// The run is halted, or one is kept that was halted at once: `status` tells why.
async fn refuse<L: Runs>(
    ledger: &L,
    new: RunRecord,
    latest: Option<RunRecord>,
    because: String,
    now: Timestamp,
) -> Result<RunReport, Failure> {
    let state = RunState::Halted { because };
    let (record, kept) = match latest {
        Some(run) if run.is_running() => {
            let record = RunRecord { state, version: run.version + 1, saved: now, ..run };
            let kept = ledger.save(&record).await;
            (record, kept)
        }
        latest => {
            // What a run before it could not record stays announced.
            let pending = latest.as_ref().map(|run| run.pending.clone()).unwrap_or_default();
            let record = RunRecord { state, pending, ..new };
            let kept = ledger.begin(&record, latest.as_ref().map(|run| &run.id)).await;
            (record, kept)
        }
    };
    match kept {
        Ok(()) => Ok(report(&record, &[])),
        Err(failure) => taken_over(ledger, Mode::Apply, record.proposal.as_ref(), failure).await,
    }
}
