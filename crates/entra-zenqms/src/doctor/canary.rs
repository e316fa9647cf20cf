use std::time::Duration;

use sync_core::domain::{DirectoryUserId, Operator};
use sync_core::failure::Failure;
use sync_core::ports::{Backlog, Came, Clock, Ending, FreshIds, PersonRecord, Queue, Records};
use sync_core::work::Wish;

use super::check::Check;
use crate::sync::{NotAsked, ask_for};
use crate::tables::{counted, sentence};

const CANARY: &str = "canary";
/// A flow may have 15 seconds to start and a minute for a look, and somebody else may just be at work on the person.
const PATIENCE: Duration = Duration::from_mins(3);
/// A read of the ledger each.
const PAUSE: Duration = Duration::from_secs(1);

/// Has somebody looked at, as an operator may at any time, and follows that by what the ledger says of him: through the user queue,
/// the user flow, Entra ID and ZenQMS, back to the ledger, where the flow answers whoever has asked.
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
    let sent = clock.now();
    ask_for(ledger, queue, &[(user, Wish::Look)], (by, sent), ids).await?;
    loop {
        clock.pause(PAUSE).await;
        let waited = Duration::try_from(clock.now().duration_since(sent)).unwrap_or_default();
        let record = ledger.record(user).await?;
        // The ledger keeps no less than a microsecond.
        let came = record.known.reply.filter(|reply| reply.asked_at.as_microsecond() == sent.as_microsecond());
        match came.map(|reply| reply.came) {
            None | Some(Came::PutOff) if waited < PATIENCE => {}
            Some(came) => return Ok(told(user, came, &record, waited)),
            None => return Ok(lost(user, queue).await?),
        }
    }
}

/// What the ledger says of the look.
fn told(user: DirectoryUserId, came: Came, record: &PersonRecord, waited: Duration) -> Check {
    let within = counted(waited.as_secs(), "second", "seconds");
    match came {
        Came::Parked => {
            let because = record.parked.as_ref().map(|parked| sentence(&parked.because)).unwrap_or_default();
            Check::warn(
                CANARY,
                format!("Directory user {user} was looked at within {within}, and is parked: {because}"),
                "Queue, function and both services answer; what is wrong concerns this person: docs/runbook.md, ParkedPeople.",
            )
        }
        Came::Unknown => Check::warn(
            CANARY,
            format!(
                "The look came back within {within}: Entra ID has no user {user}, nor did it delete one lately. It is tried \
                 again for half an hour, since somebody new may not be found at once."
            ),
            "Queue, function and Entra ID answer; ZenQMS was not asked. Name somebody whom Entra ID knows.",
        ),
        Came::PutOff => Check::bad(
            CANARY,
            format!(
                "Directory user {user} was looked at, and the look failed each time for {within}. It is tried again by itself."
            ),
            "Queue and function work, and a service does not: the function's log says which and why; docs/runbook.md, WorkFails.",
        ),
        Came::Done => {
            let held = if record.held.is_some() { " Something is kept back of him: `entra-zenqms held`." } else { "" };
            Check::ok(
                CANARY,
                format!(
                    "A look at directory user {user} went through queue, function, Entra ID and ZenQMS, and its answer was in \
                     the ledger within {within}.{held}"
                ),
            )
        }
    }
}

/// Nobody has said anything.
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
            "The function takes it and does not get to an answer, or somebody else is at work on him for so long, or the \
             functions are of a version that gives none: the function's log says which; docs/runbook.md, FunctionErrors.",
        )
    };
    Ok(Check::bad(
        CANARY,
        format!("No look at directory user {user} was answered within {waited} seconds; {says}."),
        cure,
    ))
}
