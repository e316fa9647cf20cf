use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::Timestamp;

use crate::apply::{Applier, Executor, Patience, Settled, Subject};
use crate::claim::{Attempt, Claims};
use crate::domain::{DirectoryUserId, Email, GroupId, Mapping};
use crate::failure::{Cause, Failure};
use crate::plan::{Policy, ProfileAction, UserPlan};
use crate::ports::{
    AccountsFind, AccountsWrite, Claim, Clock, DirectoryAddresses, DirectoryGroups, Found, FreshIds, Known, Links,
    Parked, People, Queue, Read, RolesWrite,
};
use crate::run::RunId;
use crate::work::UserWork;

use super::find::find;
use super::{Guard, Next, Observer, Outcome, Subjects, next};

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
pub struct Look<'a, S, D, A, L, Q, C, I, G, O> {
    /// What of a person is read.
    pub subjects: S,
    /// The services.
    pub services: Services<'a, D, A, L, Q, C, I>,
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// How far to go.
    pub policy: Policy,
    /// Who has the last word.
    pub guard: &'a G,
    /// Who wants to know.
    pub observer: &'a O,
    /// On whose behalf: what a link that is made says.
    pub actor: RunId,
}

/// Who is not settled.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// Whose work has to come back by itself, and why.
    pub failed: Vec<(DirectoryUserId, Failure)>,
    /// Whom the directory does not know, where only his roles were asked for: he may be no person at all.
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
    known: Known,
}

impl<S, D, A, L, Q, C, I, G, O> Look<'_, S, D, A, L, Q, C, I, G, O>
where
    S: Subjects,
    D: DirectoryAddresses + DirectoryGroups,
    A: AccountsFind + AccountsWrite + RolesWrite,
    L: People + Parked + Links,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    G: Guard,
    O: Observer,
{
    /// Looks at people, each of them once. Whoever is not in the answer is settled, or parked, or on the queue for later.
    pub async fn people(&self, works: Vec<UserWork>) -> Unsettled {
        let mut unsettled = Unsettled::default();
        let (mut held, mut busy) = (Vec::new(), Vec::new());
        let claims = self.claims();
        let attempts = join_all(works.iter().map(|work| claims.try_claim(work.user, None))).await;
        for (work, attempt) in works.into_iter().zip(attempts) {
            match attempt {
                Ok(Some(Attempt::Held(claim, known))) => held.push(Held { work, claim, known }),
                Ok(Some(Attempt::ReadSince) | None) => busy.push(work),
                Err(failure) => unsettled.failed.push((work.user, failure)),
            }
        }
        unsettled.join(self.settle_all(held).await);
        // Whoever was busy did not hold the others up.
        let attempts = join_all(busy.iter().map(|work| claims.claim(work.user, None))).await;
        let mut held = Vec::new();
        for (work, attempt) in busy.into_iter().zip(attempts) {
            match attempt {
                Ok(Attempt::Held(claim, known)) => held.push(Held { work, claim, known }),
                Ok(Attempt::ReadSince) => {}
                Err(failure) => unsettled.failed.extend(self.put_off(&work, failure).await.err()),
            }
        }
        unsettled.join(self.settle_all(held).await);
        unsettled
    }

    const fn claims(&self) -> Claims<'_, L, C, I> {
        Claims { people: self.services.ledger, clock: self.services.clock, ids: self.services.ids }
    }

    async fn settle_all(&self, held: Vec<Held>) -> Unsettled {
        if held.is_empty() {
            return Unsettled::default();
        }
        let claims: Vec<Claim> = held.iter().map(|held| held.claim).collect();
        let read_at = self.services.clock.now();
        // Boxed: what stands behind it is large, and stands on the stack of whoever polls it.
        let outcomes = self.claims().hold(&claims, Box::pin(self.settle(&held))).await;
        let outcomes = outcomes.unwrap_or_else(|| {
            let broken_off = |held: &Held| {
                let action = format!("writing directory user {}", held.work.user);
                Outcome::Failed(Failure::new(action, Cause::Busy))
            };
            held.iter().map(broken_off).collect()
        });
        let released = held.iter().zip(&outcomes).map(|(held, outcome)| self.let_go(held, outcome, read_at));
        let failed = join_all(released).await.into_iter().filter_map(Result::err).collect();
        let is_lost = |outcome: &Outcome| matches!(outcome, Outcome::Lost) && !self.subjects.is_whole();
        let lost = held.iter().zip(&outcomes).filter(|(_, outcome)| is_lost(outcome));
        Unsettled { failed, lost: lost.map(|(held, _)| held.work.user).collect() }
    }

    /// What became of each, in their order.
    async fn settle(&self, held: &[Held]) -> Vec<Outcome> {
        let people: Vec<DirectoryUserId> = held.iter().map(|held| held.work.user).collect();
        let gone: BTreeSet<_> = held.iter().filter(|held| held.work.deleted).map(|held| held.work.user).collect();
        let groups: Vec<GroupId> = self.mapping.groups().collect();
        let read = match self.subjects.read(&people, &gone, &groups).await {
            Ok(read) => read,
            Err(failure) => return held.iter().map(|_| Outcome::Failed(failure.clone())).collect(),
        };
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(held.len());
        let mut subjects: Vec<(usize, Subject)> = Vec::new();
        for (n, subject) in read.into_iter().enumerate() {
            outcomes.push(match subject {
                Ok(Some(subject)) => {
                    subjects.push((n, subject));
                    None
                }
                Ok(None) => Some(Outcome::Lost),
                Err(failure) => Some(Outcome::Failed(failure)),
            });
        }
        for (n, outcome) in self.plan_and_apply(held, subjects).await {
            if let Some(slot) = outcomes.get_mut(n) {
                *slot = Some(outcome);
            }
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Lost)).collect()
    }

    async fn plan_and_apply(&self, held: &[Held], subjects: Vec<(usize, Subject)>) -> Vec<(usize, Outcome)> {
        let people: Vec<(&Subject, &Known)> =
            subjects.iter().filter_map(|(n, subject)| Some((subject, &held.get(*n)?.known))).collect();
        let found = find(self.services.accounts, &people).await;
        let mut outcomes = Vec::new();
        let mut planned = Vec::new();
        for ((n, subject), found) in subjects.into_iter().zip(found) {
            match found {
                Ok(found) => {
                    let plan = subject.plan(found.clone(), self.mapping, self.policy);
                    planned.push(Planned { n, subject, found, plan, failed: None });
                }
                Err(failure) => outcomes.push((n, Outcome::Failed(failure))),
            }
        }
        self.ask_after_rivals(&mut planned).await;
        self.ask_after_groups(&mut planned).await;
        let applier = Applier {
            accounts: self.services.accounts,
            links: self.services.ledger,
            clock: self.services.clock,
            run: self.actor.clone(),
            mapping: self.mapping,
            policy: self.policy,
            patience: Patience::Flow,
        };
        let settle = async |Planned { n, subject, plan, failed, .. }| {
            if let Some(failure) = failed {
                return (n, Outcome::Failed(failure));
            }
            let plan = self.guard.review(plan);
            let settled = if plan.is_empty() {
                Settled { deleted: subject.is_deleted(), ..Settled::left_alone(plan) }
            } else {
                applier.settle(&subject, plan).await
            };
            (n, Outcome::Settled(settled))
        };
        outcomes.extend(join_all(planned.into_iter().map(settle)).await);
        outcomes
    }

    /// Whoever takes on an address must be the only one in the directory who carries it.
    async fn ask_after_rivals(&self, planned: &mut [Planned]) {
        let takes_on: Vec<(usize, Email)> =
            planned.iter().enumerate().filter_map(|(k, planned)| Some((k, planned.address()?.clone()))).collect();
        if takes_on.is_empty() {
            return;
        }
        let addresses: Vec<Email> = takes_on.iter().map(|(_, address)| address.clone()).collect();
        let answers = match self.services.directory.holders(&addresses).await {
            Ok(answers) => answers,
            Err(failure) => addresses.iter().map(|_| Err(failure.clone())).collect(),
        };
        for ((k, _), answer) in takes_on.into_iter().zip(answers) {
            let Some(planned) = planned.get_mut(k) else { continue };
            match answer {
                Ok(mut holders) => {
                    holders.retain(|&holder| holder != planned.subject.id());
                    planned.subject.note_rivals(holders);
                    planned.plan = planned.subject.plan(planned.found.clone(), self.mapping, self.policy);
                }
                Err(failure) => planned.failed = Some(failure),
            }
        }
    }

    /// A role is taken only if the groups that give it are there: of a deleted one Graph says of everybody that he is not in
    /// it, and that is no answer (rule 8).
    async fn ask_after_groups(&self, planned: &mut [Planned]) {
        let giving = |plan: &UserPlan| -> BTreeSet<GroupId> {
            plan.roles.remove.iter().flat_map(|role| self.mapping.groups_giving(role)).collect()
        };
        let groups: BTreeSet<GroupId> = planned.iter().flat_map(|planned| giving(&planned.plan)).collect();
        if groups.is_empty() {
            return;
        }
        let groups: Vec<GroupId> = groups.into_iter().collect();
        let existing = self.services.directory.existing(&groups).await;
        for planned in planned.iter_mut().filter(|planned| !planned.plan.roles.remove.is_empty()) {
            match &existing {
                Ok(existing) => {
                    let missing = groups.iter().copied().filter(|group| !existing.contains(group)).collect();
                    planned.subject.note_unread(&missing);
                    planned.plan = planned.subject.plan(planned.found.clone(), self.mapping, self.policy);
                }
                Err(failure) => planned.failed = Some(failure.clone()),
            }
        }
    }

    async fn let_go(
        &self,
        held: &Held,
        outcome: &Outcome,
        read_at: Timestamp,
    ) -> Result<(), (DirectoryUserId, Failure)> {
        let Held { work, claim, known } = held;
        let now = self.services.clock.now();
        let next = match outcome {
            Outcome::Lost if !self.subjects.is_whole() => Next::Done,
            outcome => next(work, outcome, known, now),
        };
        self.observer.looked(work, outcome, &next, now);
        let failed = |failure| (work.user, failure);
        self.prepare(work.user, &next, known).await.map_err(failed)?;
        let is_well = outcome.settled().is_some_and(|settled| settled.failure.is_none());
        let parked = matches!(next, Next::Park(_)) || (known.parked && !is_well);
        let released = match outcome {
            Outcome::Settled(settled) => {
                let found = Found { parked, ..self.found(settled, &next, read_at) };
                self.claims().let_go(self.services.users, claim, found, settled).await
            }
            Outcome::Lost | Outcome::Failed(_) => {
                let found = Found { parked, ..Found::default() };
                self.services.ledger.release(claim, &found).await.map(drop)
            }
        };
        released.map_err(failed)
    }

    /// What comes next is on the queue, or parked, before the person is let go.
    async fn prepare(&self, user: DirectoryUserId, next: &Next, known: &Known) -> Result<(), Failure> {
        match next {
            Next::Later(work) => self.services.users.send(&[work.later()]).await,
            Next::Park(parked) => self.services.ledger.park(parked).await,
            Next::Done if known.parked => self.services.ledger.unpark(user).await,
            Next::Done => Ok(()),
        }
    }

    fn found(&self, settled: &Settled, next: &Next, read_at: Timestamp) -> Found {
        let read = if self.subjects.is_whole() { Read::Whole(read_at) } else { Read::Roles(read_at) };
        Found {
            read: settled.failure.is_none().then_some(read),
            account: settled.account.clone(),
            second_look: match next {
                Next::Later(work) if settled.failure.is_none() => work.not_before,
                _ => None,
            },
            parked: false,
        }
    }

    /// The person is somebody else's at the moment.
    async fn put_off(&self, work: &UserWork, failure: Failure) -> Result<(), (DirectoryUserId, Failure)> {
        let outcome = Outcome::Failed(failure);
        let next = next(work, &outcome, &Known::default(), self.services.clock.now());
        match &next {
            Next::Later(later) => {
                self.services.users.send(&[later.later()]).await.map_err(|failure| (work.user, failure))
            }
            Next::Done | Next::Park(_) => Ok(()),
        }
    }
}

/// A person with his plan.
struct Planned {
    n: usize,
    subject: Subject,
    found: crate::plan::Candidates,
    plan: UserPlan,
    failed: Option<Failure>,
}

impl Planned {
    /// The address that the account is to take on.
    fn address(&self) -> Option<&Email> {
        match self.plan.profile.action.as_ref()? {
            action @ (ProfileAction::Create(_) | ProfileAction::Update { .. }) => action.new_email(),
            ProfileAction::Link { .. } => self.subject.email(),
        }
    }
}
