use jiff::{SignedDuration, Timestamp};

use crate::failure::Failure;
use crate::ports::{FreshIds, Holds, Queue};
use crate::work::{UserWork, Why};

use super::{Approval, HeldPerson, PlanHash};

/// What was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Who loses something by it; each is looked at once more, and what is still as it was shown is taken.
    pub people: Vec<HeldPerson>,
    /// Whose withdrawal changed between being shown and being approved: these wait on.
    pub changed: Vec<HeldPerson>,
}

/// What is kept back is not what was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is kept back now.
    pub now: PlanHash,
    /// How many people that concerns.
    pub people: usize,
}

/// Approves exactly what `plan` names, for as long as `valid`, and puts the people on the user queue. Can be repeated.
///
/// # Errors
/// What the ledger or the queue says; what was approved by then is.
pub async fn approve(
    ledger: &impl Holds,
    users: &impl Queue,
    ids: &impl FreshIds,
    plan: &PlanHash,
    (by, why): (&str, &str),
    (now, valid): (Timestamp, SignedDuration),
) -> Result<Result<Approved, Refused>, Failure> {
    let mut waiting = ledger.all_held().await?;
    // What this very plan has approved before counts in: the command may have been cut off half-way.
    let whole = |held: &HeldPerson| held.approval.as_ref().is_none_or(|approval| approval.plan.is_meant_by(plan));
    waiting.retain(|held| whole(held) || !held.is_approved(now));
    let hash = PlanHash::of(waiting.iter().map(|held| &held.withdrawal));
    if waiting.is_empty() || !hash.is_meant_by(plan) {
        return Ok(Err(Refused { now: hash, people: waiting.len() }));
    }
    let until = now.checked_add(valid).unwrap_or(now);
    let approval = Approval { by: by.to_owned(), why: why.to_owned(), at: now, until, plan: hash };
    let mut approved = Approved { people: Vec::new(), changed: Vec::new() };
    for held in waiting {
        if ledger.approve(&held, &approval).await? {
            approved.people.push(HeldPerson { approval: Some(approval.clone()), ..held });
        } else {
            approved.changed.push(held);
        }
    }
    let unique = ids.fresh().to_string();
    let message = |held: &HeldPerson| UserWork::new(held.withdrawal.user, Why::Operator, now).message(&unique);
    users.send(&approved.people.iter().map(message).collect::<Vec<_>>()).await?;
    Ok(Ok(approved))
}
