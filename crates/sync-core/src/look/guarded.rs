//! The guard's place in a look: between planning and writing.

use futures::future::join_all;

use crate::failure::Failure;
use crate::guard::{Asked, Limits, Scope, Withdrawal, keep, review};
use crate::ports::{Allowances, Clock, Holds, Known};
use crate::run::RunId;

use super::questions::Planned;

/// Somebody who is held, planned or not.
type Each<'h, H> = (&'h H, Result<Planned, Failure>);

/// Asks the guard, for all of a look together, and takes out of the plans what is kept back. Whoever loses nothing, and of whom
/// nothing is kept back, costs no call.
pub(super) async fn guard<H>(
    ledger: &(impl Allowances + Holds),
    clock: &impl Clock,
    limits: &Limits,
    actor: &RunId,
    planned: &mut [Each<'_, H>],
    known: impl Fn(&H) -> &Known,
    gone: impl Fn(&H) -> bool,
) {
    let concerned = planned.iter_mut().map(|(held, planned)| look_up(ledger, known(held), planned));
    join_all(concerned).await;

    let mut concerned: Vec<(&H, &mut Result<Planned, Failure>, Option<Asked>)> = Vec::new();
    for (held, planned) in planned {
        let Ok(one) = planned else { continue };
        let asked = Withdrawal::of(&one.plan).map(|withdrawal| Asked { withdrawal, held: one.held.clone() });
        if asked.is_some() || one.held.is_some() {
            concerned.push((held, planned, asked));
        }
    }
    let asked: Vec<Asked> = concerned.iter().filter_map(|(_, _, asked)| asked.clone()).collect();
    let mut rulings = match asked.as_slice() {
        [] => Vec::new(),
        asked => match review(ledger, clock, limits, Scope::Flow, asked).await {
            Ok(rulings) => rulings,
            Err(failure) => {
                for (_, planned, _) in concerned.into_iter().filter(|(_, _, asked)| asked.is_some()) {
                    *planned = Err(failure.clone());
                }
                return;
            }
        },
    }
    .into_iter();
    let now = clock.now();
    let mut keeping = Vec::new();
    for (who, planned, asked) in concerned {
        let ruling = asked.and_then(|_| rulings.next());
        if let Ok(Planned { subject, plan, held, keeping, .. }) = planned {
            *keeping = keep(plan, ruling, held.as_ref(), subject.seen(), (actor, now));
            // Once he has come back, he is not gone.
            let gone = subject.is_deleted() && (gone(who) || held.as_ref().is_some_and(|held| held.gone));
            for kept in [&mut keeping.before, &mut keeping.after].into_iter().flatten() {
                kept.gone = gone;
            }
            if gone && keeping.before.is_none() && *held != keeping.after {
                keeping.before.clone_from(&keeping.after);
            }
        }
        keeping.push(planned);
    }
    join_all(keeping.into_iter().map(|planned| put_on_record(ledger, planned))).await;
}

async fn look_up(ledger: &impl Holds, known: &Known, planned: &mut Result<Planned, Failure>) {
    let Ok(one) = planned else { return };
    if !known.held && Withdrawal::of(&one.plan).is_none() {
        return;
    }
    match ledger.held(one.subject.id()).await {
        Ok(held) => one.held = held,
        Err(failure) => *planned = Err(failure),
    }
}

/// Before anything is written: whoever is killed then leaves a record of what he did not do.
async fn put_on_record(ledger: &impl Holds, planned: &mut Result<Planned, Failure>) {
    let Ok(Planned { keeping, .. }) = planned else { return };
    if let Some(person) = &keeping.before
        && let Err(failure) = ledger.hold(person).await
    {
        *planned = Err(failure);
    }
}
