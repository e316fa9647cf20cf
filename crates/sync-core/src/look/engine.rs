use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use crate::apply::{Applier, Executor, Patience, Settled, Subject};
use crate::claim::{Attempt, Claims, Holding};
use crate::domain::{DirectoryUserId, GroupId, Mapping};
use crate::evidence::Author;
use crate::failure::{Cause, Failure};
use crate::guard::{HeldPerson, Kind, Limits, Withdrawal};
use crate::plan::{Candidates, Policy, ProfileAction, UserPlan};
use crate::ports::{
    AccountsFind, AccountsWrite, Allowances, Claim, Clock, DirectoryAddresses, DirectoryGroups, DirectoryPresence,
    Evidence, Exceptions, Found, FreshIds, GroupMembers, Holds, Known, Links, Nesting, Parked, People, Queue, Read,
    Reply, RolesWrite,
};
use crate::run::Link;
use crate::work::{UserWork, Why};

use super::find::find;
use super::guarded::Guard;
use super::questions::{Planned, ask_after_groups, ask_after_rivals};
use super::{Next, Observer, Outcome, Subjects, next};

/// The longest that people are held together. Beyond, whoever is not done comes back later: the function has to end within
/// its time, and a service that is slow for one must not hold the others.
/// Twice so long, and half a minute for what is under way, fit into the three minutes that the template gives a flow.
const MOST: Duration = Duration::from_mins(1);

/// What a look works with.
#[derive(Debug)]
pub struct Services<'a, D, A, L, Q, C, I> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// ZenQMS.
    pub accounts: &'a A,
    /// The ledger.
    pub ledger: &'a L,
    /// The user queue, for looks that come later.
    pub users: &'a Q,
    /// The time.
    pub clock: &'a C,
    /// Names for claims.
    pub ids: &'a I,
}

/// Looks at people.
pub struct Look<'a, S, D, A, L, Q, C, I, O> {
    /// What of a person is read.
    pub subjects: S,
    /// The services.
    pub services: Services<'a, D, A, L, Q, C, I>,
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// How far to go.
    pub policy: Policy,
    /// What may be taken away without being asked.
    pub limits: &'a Limits,
    /// Who wants to know.
    pub observer: &'a O,
    /// On whose behalf: what a link that is made says, and the evidence of each write.
    pub by: Author,
}

/// Who is not settled.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// Whose work has to come back by itself, and why.
    pub failed: Vec<(DirectoryUserId, Failure)>,
    /// Whom the directory does not know, where a change of a group named him: he may be no person at all.
    pub lost: Vec<DirectoryUserId>,
}

impl Unsettled {
    fn join(&mut self, other: Self) {
        self.failed.extend(other.failed);
        self.lost.extend(other.lost);
    }
}

/// A person who is held.
struct Held {
    work: UserWork,
    claim: Claim,
    known: Box<Known>,
}

/// What of a plan somebody has approved. What the limits let through besides was approved by nobody.
fn approved(plan: &UserPlan, kept_back: Option<&HeldPerson>, now: Timestamp) -> Vec<Kind> {
    let (Some(withdrawal), Some(kept_back)) = (Withdrawal::of(plan), kept_back.filter(|held| held.is_approved(now)))
    else {
        return Vec::new();
    };
    let is_approved = |kind: &Kind| withdrawal.is(*kind) && kept_back.withdrawal.covers(&withdrawal, *kind);
    Kind::ALL.into_iter().filter(is_approved).collect()
}

/// What became of a person who was held.
type LetGo = Result<Option<DirectoryUserId>, (DirectoryUserId, Failure)>;

impl<S, D, A, L, Q, C, I, O> Look<'_, S, D, A, L, Q, C, I, O>
where
    S: Subjects,
    D: DirectoryAddresses + DirectoryGroups + GroupMembers + DirectoryPresence,
    A: AccountsFind + AccountsWrite + RolesWrite,
    L: People + Parked + Links + Evidence + Allowances + Holds + Exceptions,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    /// Looks at people, each of them once. Whoever is not in the answer is settled, or parked, or on the queue for later.
    pub async fn people(&self, works: Vec<UserWork>) -> Unsettled {
        let claims = self.claims();
        let attempts = join_all(works.iter().map(|work| claims.try_claim(work.user, None))).await;
        let (free, busy): (Vec<_>, Vec<_>) =
            works.into_iter().zip(attempts).partition(|(_, attempt)| !matches!(attempt, Ok(None)));
        let free = free.into_iter().map(|(work, attempt)| (work, attempt.transpose())).collect();
        let mut unsettled = self.settle_claimed(free).await;
        // Whoever was busy did not hold the others up.
        let attempts = join_all(busy.iter().map(|(work, _)| claims.claim(work.user, None))).await;
        let busy = busy.into_iter().zip(attempts).map(|((work, _), attempt)| (work, Some(attempt))).collect();
        unsettled.join(self.settle_claimed(busy).await);
        unsettled
    }

    const fn claims(&self) -> Claims<'_, L, C, I> {
        Claims { people: self.services.ledger, clock: self.services.clock, ids: self.services.ids }
    }

    async fn settle_claimed(&self, attempts: Vec<(UserWork, Option<Result<Attempt, Failure>>)>) -> Unsettled {
        let mut unsettled = Unsettled::default();
        let mut held = Vec::new();
        for (work, attempt) in attempts {
            match attempt {
                Some(Ok(Attempt::Held(claim, known))) => held.push(Held { work, claim, known }),
                Some(Ok(Attempt::ReadSince)) | None => {}
                Some(Err(failure)) => unsettled.failed.extend(self.put_off(&work, failure).await.err()),
            }
        }
        if !held.is_empty() {
            unsettled.join(self.settle_held(held).await);
        }
        unsettled
    }

    async fn settle_held(&self, held: Vec<Held>) -> Unsettled {
        let holding = Holding::new(held.iter().map(|held| held.claim).collect());
        // Boxed: what stands behind it is large, and stands on the stack of whoever polls it.
        let settling = Box::pin(self.settle(&held, &holding));
        let Some(results) = self.claims().hold(&holding, MOST, settling).await else {
            let broken_off =
                held.iter().filter(|held| holding.is_open(held.work.user)).map(async |Held { work, .. }| {
                    self.put_off(work, Failure::new(format!("writing directory user {}", work.user), Cause::Busy))
                        .await
                        .err()
                });
            let failed = join_all(broken_off).await.into_iter().flatten().collect();
            return Unsettled { failed, lost: Vec::new() };
        };
        let mut unsettled = Unsettled::default();
        for result in results {
            match result {
                Ok(lost) => unsettled.lost.extend(lost),
                Err(failed) => unsettled.failed.push(failed),
            }
        }
        unsettled
    }

    /// Reads everybody together, and settles each for himself.
    async fn settle(&self, held: &[Held], holding: &Holding) -> Vec<LetGo> {
        let people: Vec<DirectoryUserId> = held.iter().map(|held| held.work.user).collect();
        let gone: BTreeSet<_> = held.iter().filter(|held| held.work.deleted).map(|held| held.work.user).collect();
        let groups: Vec<GroupId> = self.mapping.groups().collect();
        let read = match self.subjects.read(&people, &gone, &groups).await {
            Ok(read) => read,
            Err(failure) => people.iter().map(|_| Err(failure.clone())).collect(),
        };
        // After the reading: whatever somebody else has read before that is older.
        let read_at = self.services.clock.now();
        let mut unread = Vec::new();
        let mut subjects = Vec::new();
        for (held, subject) in held.iter().zip(read) {
            match subject {
                Ok(Some(subject)) => subjects.push((held, subject)),
                Ok(None) => unread.push((held, Outcome::Lost)),
                Err(failure) => unread.push((held, Outcome::Failed(failure))),
            }
        }
        let unread =
            join_all(unread.into_iter().map(|(held, outcome)| self.let_go(held, holding, outcome, None))).await;
        let mut planned = self.plan(subjects).await;
        let Services { directory, accounts, ledger, clock, .. } = self.services;
        let Self { mapping, nesting, limits, .. } = *self;
        let guard = Guard { directory, accounts, ledger, clock, mapping, nesting, limits, actor: &self.by.run };
        guard.settle(&mut planned, |held: &Held| held.known.as_ref(), |held| held.work.why == Why::Operator).await;
        let settled = planned.into_iter().map(async |(held, planned)| {
            let outcome = match planned {
                Ok(planned) => self.apply(held, planned).await,
                Err(failure) => Outcome::Failed(failure),
            };
            self.let_go(held, holding, outcome, Some(read_at)).await
        });
        let mut results = join_all(settled).await;
        results.extend(unread);
        results
    }

    async fn plan<'h>(&self, subjects: Vec<(&'h Held, Subject)>) -> Vec<(&'h Held, Result<Planned, Failure>)> {
        let people: Vec<(&Subject, &Known)> =
            subjects.iter().map(|(held, subject)| (subject, held.known.as_ref())).collect();
        let found = find(self.services.accounts, &people).await;
        let mut failed = Vec::new();
        let (mut holders, mut planned) = (Vec::new(), Vec::new());
        for ((held, subject), found) in subjects.into_iter().zip(found) {
            match found {
                Ok(found) => {
                    holders.push(held);
                    planned.push(Planned::new(subject, found, self.mapping, self.policy));
                }
                Err(failure) => failed.push((held, Err(failure))),
            }
        }
        ask_after_rivals(self.services.directory, self.services.accounts, &mut planned, self.mapping, self.policy)
            .await;
        ask_after_groups(self.services.directory, &mut planned, self.mapping, self.policy).await;
        holders.into_iter().zip(planned.into_iter().map(Ok)).chain(failed).collect()
    }

    async fn apply(&self, held: &Held, planned: Planned) -> Outcome {
        let Planned { subject, found, plan, left_out, held: kept_back, keeping } = planned;
        let approved = approved(&plan, kept_back.as_ref(), self.services.clock.now());
        if let Err(failure) = self.recover_link(held, &found).await {
            return Outcome::Failed(failure);
        }
        let links = matches!(plan.profile.action, Some(ProfileAction::Create(_) | ProfileAction::Link { .. }));
        if links && let Err(failure) = self.services.ledger.announce_link(&held.claim).await {
            return Outcome::Failed(failure);
        }
        let mut settled = if plan.is_empty() && !held.known.cut_off {
            Settled { deleted: subject.is_deleted(), ..Settled::left_alone(plan) }
        } else {
            let applier = Applier {
                accounts: self.services.accounts,
                ledger: self.services.ledger,
                clock: self.services.clock,
                by: Author {
                    why: Some(held.work.why),
                    asked_by: held.work.asked_by().cloned(),
                    approval: kept_back
                        .as_ref()
                        .filter(|_| !approved.is_empty())
                        .and_then(|kept_back| kept_back.approval.clone()),
                    approved,
                    ..self.by.clone()
                },
                mapping: self.mapping,
                policy: self.policy,
                patience: Patience::Flow,
            };
            applier.settle(&subject, plan).await
        };
        settled.failure = settled.failure.or(left_out);
        if settled.failure.is_none() && kept_back != keeping.after {
            let kept = match &keeping.after {
                Some(person) => self.services.ledger.hold(person).await,
                None => self.services.ledger.let_off(settled.user).await,
            };
            settled.failure = kept.err();
        }
        settled.held = keeping.after.is_some();
        Outcome::Settled(settled)
    }

    /// Somebody was about to link the person and did not live to record it. If he did link him, the link is ours.
    async fn recover_link(&self, held: &Held, found: &Candidates) -> Result<(), Failure> {
        let ([account], true) = (found.by_external_id.as_slice(), held.known.link_announced) else {
            return Ok(());
        };
        let link = Link {
            user: held.work.user,
            account: account.id.clone(),
            set_at: held.claim.now,
            set_by: self.by.run.clone(),
        };
        self.services.ledger.record(&link).await
    }

    /// Lets a person go. Whoever cannot be let go, or sent on, comes back later.
    async fn let_go(&self, held: &Held, holding: &Holding, outcome: Outcome, read_at: Option<Timestamp>) -> LetGo {
        let lost = matches!(outcome, Outcome::Lost) && self.subjects.may_be_groups();
        let result = self.try_let_go(held, &outcome, read_at, lost).await;
        holding.let_go(held.work.user);
        match result {
            Ok(()) => Ok(lost.then_some(held.work.user)),
            Err(failure) => self.put_off(&held.work, failure).await.map(|()| None),
        }
    }

    async fn try_let_go(
        &self,
        held: &Held,
        outcome: &Outcome,
        read_at: Option<Timestamp>,
        lost: bool,
    ) -> Result<(), Failure> {
        let Held { work, claim, known } = held;
        let now = self.services.clock.now();
        // He may be no person; whoever asked for his roles finds out.
        let next = if lost { Next::Done } else { next(work, outcome, known, now) };
        self.observer.looked(work, outcome, &next, now);
        let is_well = self.subjects.is_whole() && outcome.settled().is_some_and(|settled| settled.failure.is_none());
        // What comes next is on the queue, or parked, before the person is let go.
        match &next {
            Next::Later(work) => self.services.users.send(&[work.later()]).await?,
            Next::Park(parked) => self.services.ledger.park(parked).await?,
            Next::Done => {}
        }
        if known.parked && is_well {
            self.services.ledger.unpark(work.user).await?;
        }
        let read = read_at.map(if self.subjects.is_whole() { Read::Whole } else { Read::Roles });
        let found = Found {
            read,
            reply: work.asked.as_ref().map(|asked| Reply { asked_at: asked.at, came: next.came(outcome) }),
            second_look: match &next {
                Next::Later(work) => work.not_before,
                Next::Done | Next::Park(_) => None,
            },
            parked: matches!(next, Next::Park(_)) || (known.parked && !is_well),
            held: outcome
                .settled()
                .filter(|settled| settled.failure.is_none() && settled.held != known.held)
                .map(|settled| settled.held),
            link_announced: known.link_announced,
            cut_off: known.cut_off,
            ..Found::default()
        };
        let Outcome::Settled(settled) = outcome else {
            // Nobody whom the directory does not know any more is an exception, unless he has an account.
            let is_gone =
                matches!(outcome, Outcome::Lost) && !lost && matches!(next, Next::Done) && self.subjects.is_whole();
            if is_gone && known.account.is_none() {
                self.services.ledger.readmit(work.user).await?;
            }
            return self.services.ledger.release(claim, &found).await.map(drop);
        };
        let found = Found {
            account: settled.account.clone(),
            link_announced: settled.link_unrecorded,
            cut_off: settled.trail.is_open(),
            evidence: settled.trail.head(),
            ..found
        };
        self.claims().let_go(self.services.users, claim, known, found, settled, work.why.announces()).await
    }

    /// Puts a person on the queue for later who could not be looked at, or not let go.
    async fn put_off(&self, work: &UserWork, failure: Failure) -> Result<(), (DirectoryUserId, Failure)> {
        let outcome = Outcome::Failed(failure);
        let sent = match next(work, &outcome, &Known::default(), self.services.clock.now()) {
            Next::Later(later) => self.services.users.send(&[later.later()]).await,
            Next::Park(parked) => self.services.ledger.park(&parked).await,
            Next::Done => Ok(()),
        };
        sent.map_err(|failure| (work.user, failure))
    }
}
