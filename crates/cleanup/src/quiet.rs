use std::collections::BTreeSet;

use jiff::Timestamp;
use sync_core::domain::DirectoryUserId;
use sync_core::ports::{Clock, Traces};
use sync_core::run::Budget;

use crate::stop::Stop;

pub use sync_core::look::LONGEST_FLOW;

/// From when on nobody is at work any more who did not see the mark. Runs are stopped otherwise, see [`let_go`].
pub(crate) fn quiet_from(ending: Timestamp) -> Timestamp {
    ending.checked_add(LONGEST_FLOW).unwrap_or(ending)
}

/// Waits, but for no longer than the budget.
pub(crate) async fn wait_until<C: Clock>(clock: &C, at: Timestamp, budget: Budget) -> Result<(), Stop> {
    let wait = budget.until(at).duration_since(clock.now());
    // A wait that is no duration is one that is over.
    if let Ok(wait) = wait.try_into() {
        clock.pause(wait).await;
    }
    if clock.now() < at { Err(Stop::TimeIsUp) } else { Ok(()) }
}

/// Waits until nobody holds any of these people: a run that was halted in the middle of a batch holds whom it is still
/// writing, however long ZenQMS makes it wait.
pub(crate) async fn let_go<L: Traces, C: Clock>(
    ledger: &L,
    clock: &C,
    people: &BTreeSet<DirectoryUserId>,
    budget: Budget,
) -> Result<(), Stop> {
    if people.is_empty() {
        return Ok(());
    }
    let people: Vec<DirectoryUserId> = people.iter().copied().collect();
    loop {
        let traces = ledger.traces(&people).await?;
        let now = clock.now();
        let held_until = traces.values().filter_map(|trace| trace.held_until).filter(|&until| until > now).max();
        let Some(until) = held_until else { return Ok(()) };
        wait_until(clock, until, budget).await?;
    }
}
