use jiff::{SignedDuration, Timestamp};

use crate::domain::Operator;
use crate::failure::Failure;
use crate::ports::{FreshIds, Holds, Queue};
use crate::work::{UserWork, Wish};

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
    let (approved, open): (Vec<HeldPerson>, Vec<HeldPerson>) =
        ledger.all_held().await?.into_iter().partition(|held| held.is_approved(now));
    // The command may have been cut off half-way: what this very plan has approved before counts in, and is put on the queue again.
    let by_this = |held: &HeldPerson| held.approval.as_ref().is_some_and(|approval| approval.plan.is_meant_by(plan));
    let mut approved = Approved { people: approved.into_iter().filter(by_this).collect(), changed: Vec::new() };
    let whole = approved.people.iter().chain(&open);
    let hash = PlanHash::of(whole.map(|held| &held.withdrawal));
    let refused = Refused { now: PlanHash::of(open.iter().map(|held| &held.withdrawal)), people: open.len() };
    let is_refused = !hash.is_meant_by(plan) && (!open.is_empty() || approved.people.is_empty());
    if !is_refused {
        let until = now.checked_add(valid).unwrap_or(now);
        let approval = Approval { by: by.to_owned(), why: why.to_owned(), at: now, until, plan: hash };
        for held in open {
            if ledger.approve(&held, &approval).await? {
                approved.people.push(HeldPerson { approval: Some(approval.clone()), ..held });
            } else {
                approved.changed.push(held);
            }
        }
    }
    let unique = ids.fresh().to_string();
    let message = |held: &HeldPerson| {
        let work = UserWork::asked(held.withdrawal.user, Operator::new(by), Wish::Look, now);
        UserWork { deleted: held.gone, ..work }.message(&unique)
    };
    users.send(&approved.people.iter().map(message).collect::<Vec<_>>()).await?;
    Ok(if is_refused { Err(refused) } else { Ok(approved) })
}
