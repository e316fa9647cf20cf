//! The guard's place in a look: between planning and writing.

#[cfg(test)]
mod tests;

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, join_all, select};

use crate::apply::{Membership, Subject};
use crate::domain::Mapping;
use crate::failure::{Cause, Failure};
use crate::guard::{Asked, HolderSearch, Holders, Limits, Occasion, Ruling, Seen, Withdrawal, keep, review};
use crate::plan::{Reason, RoleReason};
use crate::ports::{AccountsFind, Allowances, Clock, DirectoryPresence, GroupMembers, Holds, Known, Nesting};
use crate::run::RunId;

use super::questions::Planned;

/// Somebody who is held, planned or not.
type Each<'h, H> = (&'h H, Result<Planned, Failure>);

/// So long it may take to find out who else holds roles: a look has a minute, for everybody in it.
const LONGEST_SEARCH: Duration = Duration::from_secs(20);

/// The guard, and whom it asks.
pub(super) struct Guard<'a, D, A, L, C> {
    pub(super) directory: &'a D,
    pub(super) accounts: &'a A,
    pub(super) ledger: &'a L,
    pub(super) clock: &'a C,
    pub(super) mapping: &'a Mapping,
    pub(super) nesting: Nesting,
    pub(super) limits: &'a Limits,
    pub(super) actor: &'a RunId,
}

impl<D, A, L, C> Guard<'_, D, A, L, C>
where
    D: GroupMembers + DirectoryPresence,
    A: AccountsFind,
    L: Allowances + Holds,
    C: Clock,
{
    /// Asks the guard, for all of a look together, and takes out of the plans what is kept back. Whoever loses nothing, and of whom
    /// nothing is kept back, costs no call.
    pub(super) async fn settle<H>(
        &self,
        planned: &mut [Each<'_, H>],
        known: impl Fn(&H) -> &Known,
        is_wanted: impl Fn(&H) -> bool,
    ) {
        let concerned = planned.iter_mut().map(|(held, planned)| {
            // Whoever was approved is looked up even where the last look says that there is nothing.
            let has_record = known(held).held || is_wanted(held);
            look_up(self.ledger, has_record, planned)
        });
        join_all(concerned).await;

        let mut concerned: Vec<(&mut Result<Planned, Failure>, Option<Asked>)> = Vec::new();
        for (_, planned) in planned {
            let Ok(one) = planned else { continue };
            let asked = one.asked(self.mapping);
            if asked.is_some() || one.held.is_some() {
                concerned.push((planned, asked));
            }
        }
        let asked: Vec<Asked> = concerned.iter().filter_map(|(_, asked)| asked.clone()).collect();
        let (mut rulings, untold) = match self.rulings(&asked).await {
            Ok((rulings, untold)) => (rulings.into_iter(), untold),
            Err(failure) => {
                // Those, too, of whom something is on record: nothing was decided about it.
                for (planned, _) in concerned {
                    *planned = Err(failure.clone());
                }
                return;
            }
        };
        let now = self.clock.now();
        let mut keeping = Vec::new();
        for (planned, asked) in concerned {
            let ruling = asked.and_then(|_| rulings.next());
            if let Ok(one) = planned {
                if ruling.is_some_and(Ruling::is_unseen) {
                    one.left_out = one.left_out.take().or_else(|| untold.clone());
                }
                let seen = seen(one);
                one.keeping = keep(&mut one.plan, ruling, one.held.as_ref(), seen, (self.actor, now));
            }
            keeping.push(planned);
        }
        join_all(keeping.into_iter().map(|planned| put_on_record(self.ledger, planned))).await;
    }

    /// What is said of each, and why it could not be told of some who else holds their roles.
    async fn rulings(&self, asked: &[Asked]) -> Result<(Vec<Ruling>, Option<Failure>), Failure> {
        if asked.is_empty() {
            return Ok((Vec::new(), None));
        }
        let (holders, untold) = self.holders(asked).await?;
        let rulings = review(self.ledger, self.clock, (self.limits, &holders), Occasion::Flow, asked).await?;
        Ok((rulings, untold))
    }

    /// Who else holds the roles that must keep holders.
    async fn holders(&self, asked: &[Asked]) -> Result<(Holders, Option<Failure>), Failure> {
        if asked.iter().all(|asked| asked.counts_for.is_empty()) {
            return Ok((Holders::default(), None));
        }
        let (window, _) = self.ledger.window().await?;
        let Self { directory, accounts, mapping, nesting, .. } = *self;
        let search = HolderSearch { directory, accounts, mapping, nesting };
        let lately = window.lately(self.clock.now());
        let searching = Box::pin(search.others(asked, &lately));
        match select(searching, pin!(self.clock.pause(LONGEST_SEARCH))).await {
            Either::Left((told, _)) => Ok(told),
            Either::Right(_) => {
                let why = format!("it was not told within {} seconds", LONGEST_SEARCH.as_secs());
                let failure = Failure::new("finding out who else holds a role", Cause::Unreachable(why));
                Ok((Holders::untold(mapping), Some(failure)))
            }
        }
    }
}

/// What of a person can be told. That a plan takes nothing from him proves nothing where it could not be known whether it
/// should: what is on record stays there.
fn seen(planned: &Planned) -> Seen {
    let Planned { subject, plan, left_out, .. } = planned;
    let has_account = plan.account.is_some();
    // Whether he is in the scope decides what is to be taken from him; only of a leaver that makes no difference.
    let is_told = !plan.profile.reasons.contains(&Reason::ScopeUntold);
    let (account, roles) = match subject {
        Subject::Present { user, groups, .. } => (
            user.account_enabled.is_some_and(|enabled| is_told || !enabled) && !user.is_unreadable(),
            is_told && matches!(groups, Membership::Known(_)) && !user.is_unreadable(),
        ),
        Subject::Member { .. } => (false, true),
        Subject::Deleted(_) => (true, true),
    };
    let is_unsure = |reason: &RoleReason| match reason {
        RoleReason::GroupUnread { .. } | RoleReason::RolesUnknown | RoleReason::MembershipUnread => true,
        RoleReason::DefaultRole(_) | RoleReason::Held(_) => false,
    };
    Seen {
        account: account && has_account,
        roles: roles && has_account && left_out.is_none() && !plan.roles.reasons.iter().any(is_unsure),
        gone: subject.is_deleted(),
    }
}

async fn look_up(ledger: &impl Holds, has_record: bool, planned: &mut Result<Planned, Failure>) {
    let Ok(one) = planned else { return };
    if !has_record && Withdrawal::of(&one.plan).is_none() {
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
