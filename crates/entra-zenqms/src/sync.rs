//! `sync`: has people looked at now, or starts a full run. Both are messages; the handlers do the work.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::{DirectoryUserId, Operator};
use sync_core::failure::Failure;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, Ending, FreshIds, Marks, Queue, Runs};
use sync_core::run::{Mode, RunId, RunRecord};
use sync_core::work::{Message, RunWork, UserWork, Wish};

use crate::cli::{StackOptions, SyncOptions};
use crate::stack::Stack;
use crate::tables;

/// Why nothing is asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAsked {
    /// What is on the queues is dropped.
    #[error(
        "the integration is being removed since {0}, and nobody is looked at any more; to use it again, deploy it with another \
         MappingRevision"
    )]
    BeingRemoved(Timestamp),
    /// What is on the queues is dropped, and no full run is begun.
    #[error(
        "since {0} the integration waits for its first approved plan, and nothing else is written before that is carried out: \
         `entra-zenqms plan` makes it, `approve` and `apply` follow"
    )]
    WaitsForPlan(Timestamp),
    /// The ledger or the queue fails.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl NotAsked {
    /// The same in the operator's words.
    pub(crate) fn explained(self, stack: &Stack) -> anyhow::Error {
        match self {
            Self::BeingRemoved(_) | Self::WaitsForPlan(_) => self.into(),
            Self::Failed(failure) => stack.explained(failure),
        }
    }
}

/// Who will be looked at, as one JSON document.
#[derive(Serialize)]
pub(crate) struct Queued<'a> {
    pub(crate) queued: &'a [DirectoryUserId],
}

/// What became of the wish for a full run.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "full_run", rename_all = "snake_case")]
enum Asked {
    /// One will begin.
    Queued,
    /// One that was not at its end will be gone on with.
    GoesOn { run: RunId },
    /// Somebody is at work on one; nothing was asked for.
    UnderWay { run: RunId },
}

pub(crate) async fn run(options: SyncOptions) -> anyhow::Result<()> {
    let stack = Stack::find(&options.stack).await?;
    let SyncOptions { users, stack: StackOptions { json, .. } } = options;
    let (by, now) = (stack.operator(), SystemClock.now());
    if users.is_empty() {
        let asked = ask_for_all(&stack.ledger, &stack.queues.runs, by, now, &RandomIds).await;
        let asked = asked.map_err(|why| why.explained(&stack))?;
        if json {
            return tables::json(&asked);
        }
        stack.introduce();
        tables::good(&told(&asked));
        return Ok(());
    }
    let wishes: Vec<_> = users.iter().map(|&user| (user, Wish::Look)).collect();
    ask_for(&stack.ledger, &stack.queues.users, &wishes, (&by, now), &RandomIds)
        .await
        .map_err(|why| why.explained(&stack))?;
    if json {
        return tables::json(&Queued { queued: &users });
    }
    stack.introduce();
    tables::good(&format!("{} will be looked at.", tables::counted(users.len() as u64, "person", "people")));
    Ok(())
}

fn told(asked: &Asked) -> String {
    match asked {
        Asked::Queued => "A full run will begin; `entra-zenqms status` shows how far it is.".to_owned(),
        Asked::GoesOn { run } => format!("The run {run} will be gone on with."),
        Asked::UnderWay { run } => format!("The run {run} is under way; no other was asked for."),
    }
}

/// Has these people looked at, or taken off the list of the parked.
pub(crate) async fn ask_for(
    ledger: &impl Ending,
    queue: &impl Queue,
    wishes: &[(DirectoryUserId, Wish)],
    (by, now): (&Operator, Timestamp),
    ids: &impl FreshIds,
) -> Result<(), NotAsked> {
    unless_held_up(ledger).await?;
    let message = |&(user, wish): &(DirectoryUserId, Wish)| {
        UserWork::asked(user, by.clone(), wish, now).message(&ids.fresh().to_string())
    };
    let messages: Vec<Message> = wishes.iter().map(message).collect();
    Ok(queue.send(&messages).await?)
}

/// Has everybody looked at.
async fn ask_for_all(
    ledger: &(impl Ending + Runs),
    queue: &impl Queue,
    by: Operator,
    now: Timestamp,
    ids: &impl FreshIds,
) -> Result<Asked, NotAsked> {
    unless_held_up(ledger).await?;
    let unfinished = ledger.latest(Mode::Full).await?.filter(RunRecord::is_running);
    let asked = match unfinished {
        Some(run) if run.is_leased(now) => return Ok(Asked::UnderWay { run: run.id }),
        Some(run) => Asked::GoesOn { run: run.id },
        None => Asked::Queued,
    };
    let run = match &asked {
        Asked::GoesOn { run } => Some(run.clone()),
        Asked::Queued | Asked::UnderWay { .. } => None,
    };
    let work = RunWork { run, asked_by: Some(by), ..RunWork::new(Mode::Full, now) };
    queue.send(&[work.message(ids.fresh())]).await?;
    Ok(asked)
}

/// Whether what is put on the queues is done.
async fn unless_held_up(ledger: &impl Ending) -> Result<(), NotAsked> {
    match ledger.marks().await? {
        Marks { ending: Some(since), .. } => Err(NotAsked::BeingRemoved(since)),
        Marks { waiting: Some(since), .. } => Err(NotAsked::WaitsForPlan(since)),
        Marks { ending: None, waiting: None } => Ok(()),
    }
}

/// Whether an approved plan is carried out.
pub(crate) async fn unless_being_removed(ledger: &impl Ending) -> Result<(), NotAsked> {
    match ledger.ending().await? {
        Some(since) => Err(NotAsked::BeingRemoved(since)),
        None => Ok(()),
    }
}
