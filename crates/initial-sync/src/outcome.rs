use jiff::Timestamp;
use sync_core::domain::GroupId;
use sync_core::failure::{Cause, Failure};
use sync_core::guard::PlanHash;
use sync_core::ports::Runs;
use sync_core::run::{Mode, RunRecord, RunReport, RunState};

/// Another proposal than this is being carried out: never one over the other. This one comes back until that is at its end.
pub(crate) fn is_busy(latest: &RunRecord, proposal: Option<&PlanHash>) -> Option<Failure> {
    let plan = proposal.filter(|plan| latest.is_running() && latest.proposal.as_ref() != Some(plan))?;
    Some(Failure::new(format!("carrying out proposal {} while {} is under way", plan.short(), latest.id), Cause::Busy))
}

/// Somebody else began or took over the run a moment ago: his is the answer.
pub(crate) async fn taken_over<L: Runs>(
    ledger: &L,
    mode: Mode,
    proposal: Option<&PlanHash>,
    failure: Failure,
) -> Result<RunReport, Failure> {
    match (&failure.cause, ledger.latest(mode).await?) {
        (Cause::Superseded, Some(theirs)) if theirs.proposal.as_ref() != proposal => {
            Err(is_busy(&theirs, proposal).unwrap_or_else(|| Failure::new(failure.action, Cause::Busy)))
        }
        (Cause::Superseded, Some(theirs)) => Ok(report(&theirs, &[])),
        _ => Err(failure),
    }
}

/// The same, of a run that somebody else has saved meanwhile.
pub(crate) async fn superseded<L: Runs>(ledger: &L, record: &RunRecord) -> Result<RunReport, Failure> {
    let failure = Failure::new(format!("saving run {}", record.id), Cause::Superseded);
    taken_over(ledger, record.mode, record.proposal.as_ref(), failure).await
}

/// The answer of a run that is not begun, and leaves no record.
pub(crate) fn not_begun(mode: Mode, because: &str, now: Timestamp, dice: u32) -> RunReport {
    let state = RunState::Halted { because: because.to_owned() };
    report(&RunRecord { state, ..RunRecord::begin(mode, now, dice) }, &[])
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
        held: record.tally.held(),
        groups_unread: groups_unread.to_vec(),
    }
}
