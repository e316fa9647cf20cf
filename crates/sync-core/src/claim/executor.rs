use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::apply::{Executor, Settled, Subject};
use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::plan::{Compliance, ProfileAction, ProfilePlan, Reason, RolesPlan, UserPlan};
use crate::ports::{Claim, Clock, Exception, Exceptions, Found, FreshIds, Known, Paced, People, Queue, Read, Waiting};
use crate::work::{UserWork, Why};

use super::{Attempt, Claims, Holding, freed, waits_for};

/// After a neighbour has moved, ZenQMS's search may still show him where he was.
const NEIGHBOUR_PAUSE: SignedDuration = SignedDuration::from_secs(2);

/// Lists of members are served from an index that lags: what was read of single people so shortly before is newer.
const LISTS_LAG: SignedDuration = SignedDuration::from_mins(5);
/// The longest that a run holds one person: ZenQMS may ask to wait for five minutes, several times.
const MOST: Duration = Duration::from_mins(30);

/// Claims each person before his plan is carried out, for whoever has read long before he writes: a full run.
pub struct ClaimingExecutor<'a, X, A, P, Q, C, I> {
    /// Carries the plans out.
    pub inner: X,
    /// The service that is written to: nobody is to be held for long because it is slow.
    pub service: &'a A,
    /// Makes the claims.
    pub claims: Claims<'a, P, C, I>,
    /// The user queue, for people who have waited for the one who was written.
    pub queue: &'a Q,
    /// When reading began. What was read of a person since by somebody else is newer.
    pub read_at: Timestamp,
    /// Of whom the list of exceptions says something else than the run.
    pub outdated: &'a Outdated,
    /// Whether groups say who is synchronised, and not only who holds which role.
    pub scope_by_groups: bool,
}

/// Whether an account is to be taken out of use because its person is deleted or disabled.
fn is_leaver(subject: &Subject, plan: &UserPlan) -> bool {
    let deactivates = matches!(plan.profile.action, Some(ProfileAction::Update { deactivates: true, .. }));
    subject.is_deleted() || (deactivates && subject.is_disabled())
}

/// People of whom the list of exceptions does not say what a run says. The run has read the list itself; what the last look at
/// somebody has noted of it does not count then.
#[derive(Debug, Default)]
pub struct Outdated(Mutex<HashSet<DirectoryUserId>>);

impl Outdated {
    /// Takes note of somebody.
    pub fn note(&self, user: DirectoryUserId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(user);
    }

    fn contains(&self, user: DirectoryUserId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&user)
    }
}

impl<X, A, P, Q, C, I> Executor for ClaimingExecutor<'_, X, A, P, Q, C, I>
where
    X: Executor,
    A: Paced,
    P: People + Exceptions,
    Q: Queue,
    C: Clock,
    I: FreshIds,
{
    async fn settle(&self, subject: &Subject, mut plan: UserPlan) -> Settled {
        let user = subject.id();
        let failed = |failure| Settled { failure: Some(failure), ..Settled::untouched(user) };
        let (claim, mut known) = match self.claim(user).await {
            Ok(Attempt::Held(claim, known)) => (claim, known),
            Ok(Attempt::ReadSince) => {
                return Settled { reasons: vec![Reason::ReadSince], ..Settled::untouched(user) };
            }
            Err(failure) => return failed(failure),
        };
        let narrowed;
        let lag = |read_at: Timestamp| read_at.checked_add(LISTS_LAG).unwrap_or(read_at);
        // What this very run has read is not newer: of somebody whose plan is done in two halves it has settled the first.
        let is_newer = |read_at: Timestamp| read_at != self.read_at && lag(read_at) >= self.read_at;
        let roles_are_newer = known.roles_read_at.is_some_and(is_newer);
        // Whoever would get or lose a role by an older list, or by a mapping that has changed since, is looked at singly.
        let mut in_doubt = roles_are_newer && !plan.roles.is_empty();
        let subject = if roles_are_newer {
            plan.roles = RolesPlan::default();
            // So is he who would get or lose an account by it, or come off the list of exceptions. A leaver is one in any group.
            if self.scope_by_groups && !is_leaver(subject, &plan) {
                in_doubt |= plan.profile.action.is_some() || self.outdated.contains(user);
                plan.profile = ProfilePlan { action: None, reasons: vec![Reason::ReadSince] };
            }
            narrowed = subject.clone().without_roles();
            &narrowed
        } else {
            subject
        };
        let holding = Holding::new(vec![claim]);
        let settling = async {
            // Nothing is to be written, and nothing is missing of what is on record.
            if plan.is_empty() && !known.cut_off {
                return Settled { deleted: subject.is_deleted(), ..Settled::left_alone(plan) };
            }
            self.inner.settle(subject, plan).await
        };
        let Some(mut settled) = self.claims.hold(&holding, MOST, settling).await else {
            // What was under way may arrive yet: the next look finds out, and puts it on record.
            let looked_at = self.look_at(&[user]).await;
            let broken_off = Failure::new(format!("writing directory user {user}"), Cause::Busy);
            return failed(looked_at.err().unwrap_or(broken_off));
        };
        // What became of a write nobody knows: the next look finds out.
        if (in_doubt || settled.trail.is_open())
            && let Err(failure) = self.look_at(&[user]).await
        {
            settled.failure.get_or_insert(failure);
        }
        known.cut_off |= self.outdated.contains(user);
        let read = if roles_are_newer { Read::Profile(self.read_at) } else { Read::Whole(self.read_at) };
        let found = Found {
            read: settled.failure.is_none().then_some(read),
            account: settled.account.clone(),
            parked: known.parked,
            link_announced: known.link_announced,
            cut_off: settled.trail.is_open(),
            evidence: settled.trail.head(),
            ..Found::default()
        };
        if let Err(failure) = self.claims.let_go(self.queue, &claim, &known, found, &settled, true).await {
            settled.failure.get_or_insert(failure);
        }
        settled
    }

    /// As many as the service takes in two seconds: whoever is claimed is somebody else's to wait for, and a leaver waits for
    /// no more than that.
    fn side_by_side(&self) -> usize {
        let people = (2.0 * self.service.rate()).clamp(8.0, 32.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped a line above")]
        let people = people as usize;
        people
    }

    async fn look_at(&self, people: &[DirectoryUserId]) -> Result<(), Failure> {
        let now = self.claims.clock.now();
        let unique = self.claims.ids.fresh().to_string();
        let messages: Vec<_> =
            people.iter().map(|&user| UserWork::new(user, Why::Sweep, now).message(&unique)).collect();
        self.queue.send(&messages).await
    }
}

impl<X, A, P: People, Q, C: Clock, I: FreshIds> ClaimingExecutor<'_, X, A, P, Q, C, I> {
    /// A run has time: it waits for as long as a claim can last, crash included.
    async fn claim(&self, user: DirectoryUserId) -> Result<Attempt, Failure> {
        let give_up = self.claims.clock.now() + SignedDuration::try_from(2 * Claim::LEASE).unwrap_or_default();
        loop {
            match self.claims.claim(user, Some(self.read_at)).await {
                Err(Failure { cause: Cause::Busy, .. }) if self.claims.clock.now() < give_up => {}
                attempt => return attempt,
            }
        }
    }
}

impl<P: People + Exceptions, C: Clock, I: FreshIds> Claims<'_, P, C, I> {
    /// Lets a person go, keeps the list of exceptions, wakes those who waited for him, and takes note for whom he waits himself.
    /// `announced`: see [`freed`].
    ///
    /// # Errors
    /// What the ledger or the queue says; then the person has to be looked at again.
    pub async fn let_go(
        &self,
        queue: &impl Queue,
        claim: &Claim,
        known: &Known,
        found: Found,
        settled: &Settled,
        announced: bool,
    ) -> Result<(), Failure> {
        let was_read = found.read.is_some();
        let may_keep = matches!(found.read, Some(Read::Whole(_) | Read::Profile(_))) && settled.failure.is_none();
        let is_kept = may_keep && self.keep_list(claim, known, settled).await?;
        // As long as nobody knows what the list says of him, whoever comes next has to write it.
        let cut_off = found.cut_off || (known.cut_off && !is_kept);
        let free = |waiting: &Waiting| was_read && freed(*waiting, settled, announced);
        // They are on the queue before it is forgotten that they waited.
        let woken: Vec<Waiting> = known.awaited_by.iter().copied().filter(free).collect();
        self.wake(queue, &woken).await?;
        self.wait(queue, settled, claim.now).await?;
        let others = self.people.release(claim, &Found { cut_off, woken, ..found }).await?;
        // Whoever began to wait meanwhile stays noted, and is woken once more by the next look.
        let others: Vec<Waiting> =
            others.into_iter().filter(|one| !known.awaited_by.contains(one)).filter(free).collect();
        self.wake(queue, &others).await
    }

    /// Puts a person on the list of exceptions, or takes him off it, where that is not what the list says already. Of whoever was
    /// held by somebody who did not let him go nobody knows what it says. Whether it is right by now.
    async fn keep_list(&self, claim: &Claim, known: &Known, settled: &Settled) -> Result<bool, Failure> {
        match Compliance::of(&settled.reasons) {
            Compliance::Exception { code, because } if known.cut_off || known.excepted.as_ref() != Some(&because) => {
                let code = code.to_owned();
                self.people.except(&Exception { user: settled.user, code, because, since: claim.now }).await?;
            }
            Compliance::InLine if known.cut_off || known.excepted.is_some() => {
                self.people.readmit(settled.user).await?;
            }
            Compliance::Exception { .. } | Compliance::InLine => {}
            Compliance::Untold => return Ok(false),
        }
        Ok(true)
    }

    /// Takes note for whom a person waits. Whoever moved meanwhile does not know of it, so the person is looked at again.
    ///
    /// # Errors
    /// What the ledger or the queue says.
    pub async fn wait(&self, queue: &impl Queue, settled: &Settled, read_at: Timestamp) -> Result<(), Failure> {
        let mut too_late = false;
        for (neighbour, waiting) in waits_for(settled) {
            let last_read = self.people.wait_for(neighbour, waiting).await?;
            too_late |= last_read.is_some_and(|last_read| last_read >= read_at);
        }
        if too_late { self.wake(queue, &[Waiting::ForAccount(settled.user)]).await } else { Ok(()) }
    }

    async fn wake(&self, queue: &impl Queue, people: &[Waiting]) -> Result<(), Failure> {
        let now = self.clock.now();
        let not_before = now.checked_add(NEIGHBOUR_PAUSE).ok();
        let message =
            |waiting: &Waiting| UserWork { not_before, ..UserWork::new(waiting.user(), Why::Neighbour, now) }.later();
        let messages: Vec<_> = people.iter().map(message).collect();
        if messages.is_empty() { Ok(()) } else { queue.send(&messages).await }
    }
}
