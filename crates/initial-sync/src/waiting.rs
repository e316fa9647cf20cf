use jiff::Timestamp;
use sync_core::failure::Failure;
use sync_core::ports::{Comparisons, FirstApproval};
use sync_core::run::{RunRecord, RunState};

use crate::event::{Event, Observer};
use crate::settings::Settings;

/// Ends the wait for the first approved run, if that is complete; says whether it is over. What proves it is the run's record, so
/// that whoever comes next after a crash ends it as well.
///
/// Until now the flows have dropped everything: what changed in the directory, which the list of changes still names, and what the
/// run itself wanted looked at - whoever waited for an address that it has freed, say -, which no list names. So everybody is
/// compared once more; with the initial sync OFF not, since that would touch fields of which nobody has changed, and a run that
/// only links frees nothing.
pub(crate) async fn leave_off(
    ledger: &(impl FirstApproval + Comparisons),
    approved: Option<&RunRecord>,
    settings: Settings<'_>,
    now: Timestamp,
    observer: &impl Observer,
) -> Result<bool, Failure> {
    if approved.is_none_or(|run| run.state != RunState::Complete) {
        return Ok(false);
    }
    if settings.initial_sync {
        ledger.owe(now).await?;
    }
    ledger.stop_waiting().await?;
    observer.on(&Event::LeftOff);
    Ok(true)
}
