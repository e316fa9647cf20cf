use std::collections::BTreeMap;

use futures::future::try_join_all;
use futures::try_join;
use jiff::Timestamp;
use sync_core::failure::Failure;
use sync_core::ports::{
    Backlog, Cleanups, Ending, Exception, ExceptionList, Holds, LastSweep, ParkedPeople, Runs, SubscriptionRecords,
};
use sync_core::run::{CleanupRecord, Mode};

use super::value::{Cleanup, Excepted, Messages, QueueName, Removal, Run, Status, Subscription};
use crate::stack::Queues;

/// Reads how a stack is doing.
///
/// # Errors
/// What could not be read.
pub(crate) async fn read<L, Q>(ledger: &L, queues: &Queues<Q>, now: Timestamp) -> Result<Status, Failure>
where
    L: Runs + LastSweep + SubscriptionRecords + ParkedPeople + ExceptionList + Holds + Ending + Cleanups,
    Q: Backlog,
{
    // Boxed: the SDK's calls are large, and would stand on the stack of whoever polls them.
    let asked = Box::pin(async {
        try_join!(
            ledger.latest(Mode::Full),
            ledger.latest(Mode::Apply),
            ledger.latest(Mode::Sweep),
            ledger.last_sweep(),
            ledger.records(),
            ledger.parked_people(),
            ledger.exceptions(),
            ledger.all_held(),
            ledger.marks(),
            ledger.cleanup(),
            depths(queues),
        )
    });
    let (full, applied, comparison, last_sweep, subscriptions, parked, exceptions, held, marks, cleanup, queues) =
        asked.await?;
    let mut status = Status {
        at: now,
        full: full.map(|run| Run::of(run, now)),
        applied: applied.map(|run| Run::of(run, now)),
        comparison: comparison.map(|run| Run::of(run, now)),
        last_sweep,
        subscriptions: subscriptions.iter().map(|record| Subscription::of(record, now)).collect(),
        in_step_until: None,
        parked: parked.len(),
        exceptions: exceptions_by_reason(exceptions),
        held: held.iter().filter(|held| !held.is_approved(now)).count(),
        queues,
        waiting_since: marks.waiting,
        removal: marks.ending.map(|since| removal(since, cleanup)),
        waits_for_operator: Vec::new(),
    };
    status.in_step_until = status.in_step();
    status.waits_for_operator = status.waiting();
    Ok(status)
}

fn exceptions_by_reason(exceptions: Vec<Exception>) -> BTreeMap<String, Excepted> {
    let mut by_reason = BTreeMap::new();
    for Exception { code, since, .. } in exceptions {
        let excepted = by_reason.entry(code).or_insert(Excepted { people: 0, since });
        excepted.people += 1;
        excepted.since = excepted.since.min(since);
    }
    by_reason
}

fn removal(since: Timestamp, cleanup: Option<CleanupRecord>) -> Removal {
    // The record may be that of a removal before this one.
    let cleanup = cleanup.filter(|cleanup| cleanup.ending == since);
    Removal { since, cleanup: cleanup.as_ref().map(Cleanup::of) }
}

async fn depths<Q: Backlog>(queues: &Queues<Q>) -> Result<BTreeMap<QueueName, Messages>, Failure> {
    let named = [
        (QueueName::Users, &queues.users),
        (QueueName::Groups, &queues.groups),
        (QueueName::Subscriptions, &queues.keeper),
        (QueueName::Runs, &queues.runs),
        (QueueName::Cleanup, &queues.cleanup),
        (QueueName::UserDeadLetters, &queues.user_dead_letters),
        (QueueName::GroupDeadLetters, &queues.group_dead_letters),
        (QueueName::ControlDeadLetters, &queues.control_dead_letters),
    ];
    let asked = named.into_iter().map(async |(name, queue)| Ok((name, queue.backlog().await?.into())));
    Ok(try_join_all(asked).await?.into_iter().collect())
}
