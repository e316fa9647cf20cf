use std::time::Duration;

use sync_core::domain::{DirectoryUserId, Operator};
use sync_core::failure::Failure;
use sync_core::ports::{Backlog, Clock, Ending, FreshIds, PersonRecord, Queue, Records};

use super::check::Check;
use crate::sync::{NotAsked, ask_for};
use crate::tables::{counted, sentence};

const CANARY: &str = "canary";
/// A flow may have 15 seconds to start and a minute for a look, and somebody else may just be at work on the person.
const PATIENCE: Duration = Duration::from_mins(3);
/// A read of the ledger each.
const PAUSE: Duration = Duration::from_secs(1);

/// Has somebody looked at, as an operator may at any time, and follows that by what the ledger says of him: through the user queue,
/// the user flow, Entra ID and ZenQMS, back to the ledger. By the ledger's times and not by this machine's, which may go wrong.
pub(super) async fn check(
    ledger: &(impl Records + Ending),
    queue: &(impl Queue + Backlog),
    clock: &impl Clock,
    ids: &impl FreshIds,
    (user, by): (DirectoryUserId, &Operator),
) -> Check {
    match follow(ledger, queue, clock, ids, (user, by)).await {
        Ok(check) => check,
        Err(held_up @ (NotAsked::BeingRemoved(_) | NotAsked::WaitsForPlan(_))) => Check::warn(
            CANARY,
            sentence(&format!("not sent: {held_up}")),
            "Nobody is looked at until then, so that nothing can be tried.",
        ),
        Err(NotAsked::Failed(failure)) => Check::failed(
            CANARY,
            &failure,
            "docs/deploy.md, \"What the operator may\", has the rights that are needed.",
        ),
    }
}

/// It is not known who is meant.
pub(super) fn unknown(error: &anyhow::Error) -> Check {
    let cure = "Name somebody by his object id in Entra ID.";
    Check::bad(CANARY, sentence(&format!("not sent: {error:#}")), cure)
}

async fn follow(
    ledger: &(impl Records + Ending),
    queue: &(impl Queue + Backlog),
    clock: &impl Clock,
    ids: &impl FreshIds,
    (user, by): (DirectoryUserId, &Operator),
) -> Result<Check, NotAsked> {
    let before = ledger.record(user).await?;
    let sent = clock.now();
    ask_for(ledger, queue, &[user], (by, sent), ids).await?;
    loop {
        clock.pause(PAUSE).await;
        let waited = Duration::try_from(clock.now().duration_since(sent)).unwrap_or_default();
        let now = ledger.record(user).await?;
        if let Some(told) = came_back(user, &before, &now, waited) {
            return Ok(told);
        }
        if waited >= PATIENCE {
            return Ok(lost(user, queue).await?);
        }
    }
}

/// What the ledger says of a look, once it does.
fn came_back(user: DirectoryUserId, before: &PersonRecord, now: &PersonRecord, waited: Duration) -> Option<Check> {
    let seconds = counted(waited.as_secs(), "second", "seconds");
    if let Some(parked) = now.parked.as_ref().filter(|parked| before.parked.as_ref() != Some(*parked)) {
        return Some(Check::warn(
            CANARY,
            format!(
                "Directory user {user} was looked at within {seconds}, and is parked: {}",
                sentence(&parked.because)
            ),
            "Queue, function and both services answer; what is wrong concerns this person: docs/runbook.md, ParkedPeople.",
        ));
    }
    (now.known.settled_at > before.known.settled_at).then(|| {
        Check::ok(
            CANARY,
            format!(
                "A look at directory user {user} went through the queue, the function, Entra ID and ZenQMS, and was in the \
                 ledger within {seconds}."
            ),
        )
    })
}

async fn lost(user: DirectoryUserId, queue: &impl Backlog) -> Result<Check, Failure> {
    let depth = queue.backlog().await?;
    let waited = PATIENCE.as_secs();
    let (says, cure) = if depth.waiting > 0 {
        let waiting = counted(depth.waiting, "message waits", "messages wait");
        (
            format!("{waiting} on the user queue"),
            "Nobody takes them, or not fast enough: look whether the function's trigger is enabled; docs/runbook.md, \
             UserQueueAge and FunctionThrottles.",
        )
    } else {
        (
            format!("{} in work or not due yet", counted(depth.hidden + depth.delayed, "message is", "messages are")),
            "The function takes them and does not get to the end: its log says why, docs/runbook.md, WorkFails; what was put \
             off is tried again by itself.",
        )
    };
    Ok(Check::bad(CANARY, format!("Nobody has looked at directory user {user} within {waited} seconds; {says}."), cure))
}
