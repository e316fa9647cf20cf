use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::apply::Settled;
use crate::claim::is_waiting;
use crate::failure::{Cause, Disposition, Failure};
use crate::plan::RoleReason;
use crate::ports::{Came, Known, ParkedPerson};
use crate::work::{LOST, SECOND_LOOK, TRANSIENT, UserWork, Why};

/// What became of one look.
#[derive(Debug)]
pub enum Outcome {
    /// The person was planned, and the plan carried out as far as could be.
    Settled(Settled),
    /// The directory knows nothing of him: not replicated yet, gone, or never there.
    Lost,
    /// It did not come to a plan.
    Failed(Failure),
}

/// What comes next for a person.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Done,
    /// Another look.
    Later(UserWork),
    /// Nothing until somebody mends what is wrong.
    Park(ParkedPerson),
}

impl Next {
    /// What is told of it to an operator who has asked for the look.
    #[must_use]
    pub fn came(&self, outcome: &Outcome) -> Came {
        match (outcome, self) {
            (_, Self::Park(_)) => Came::Parked,
            (Outcome::Lost, _) => Came::Unknown,
            (Outcome::Settled(Settled { failure: None, .. }), Self::Done) => Came::Done,
            (Outcome::Settled(Settled { failure: None, .. }), Self::Later(work)) if work.why == Why::SecondLook => {
                Came::Done
            }
            (_, _) => Came::PutOff,
        }
    }
}

/// No service is believed that asks to wait for longer.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// A second look that is due so soon is not put off for another change: the replicas may need longer than that.
const TOO_SOON: SignedDuration = SignedDuration::from_secs(45);

/// After so long all replicas show the same, as a rule.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);

/// Decides what comes next.
#[must_use]
pub fn next(work: &UserWork, outcome: &Outcome, known: &Known, now: Timestamp) -> Next {
    match outcome {
        Outcome::Lost => match LOST.next(work.attempt, work.since, now) {
            Some(due) => Next::Later(put_off(work, due)),
            // Whoever was deleted for good, or never there, is the sweep's affair.
            None => Next::Done,
        },
        Outcome::Failed(failure) | Outcome::Settled(Settled { failure: Some(failure), .. }) => {
            after_failure(work, failure, now)
        }
        Outcome::Settled(settled) => after_success(work, settled, known, now),
    }
}

fn after_failure(work: &UserWork, failure: &Failure, now: Timestamp) -> Next {
    // Nobody is at fault when a neighbour is at work; he is done in a moment.
    if matches!(failure.cause, Cause::Busy) {
        let soon = now.checked_add(SignedDuration::from_secs(2)).unwrap_or(now);
        return Next::Later(UserWork { not_before: Some(soon), ..work.clone() });
    }
    let due = match failure.disposition() {
        Disposition::Park => None,
        Disposition::Retry | Disposition::LookAgain | Disposition::Halt => {
            TRANSIENT.next(work.attempt, work.since, now)
        }
    };
    // Where the service says when to come back, that is it.
    let asked = match &failure.cause {
        Cause::Throttled { retry_after: Some(wait) } | Cause::Unavailable { retry_after: Some(wait), .. } => {
            SignedDuration::try_from((*wait).min(LONGEST_WAIT)).ok().and_then(|wait| now.checked_add(wait).ok())
        }
        _ => None,
    };
    match due {
        Some(due) => Next::Later(put_off(work, asked.map_or(due, |asked| asked.max(due)))),
        None => Next::Park(ParkedPerson {
            user: work.user,
            code: failure.cause.code().to_owned(),
            because: failure.to_string(),
            at: now,
        }),
    }
}

fn after_success(work: &UserWork, settled: &Settled, known: &Known, now: Timestamp) -> Next {
    if settled.role_reasons.contains(&RoleReason::MembershipUnread) {
        return TRANSIENT.next(work.attempt, work.since, now).map_or(Next::Done, |due| Next::Later(put_off(work, due)));
    }
    let soon = SignedDuration::try_from(SECOND_LOOK).ok().and_then(|wait| now.checked_add(wait).ok());
    // The neighbour who woke him has moved, and ZenQMS's search may not show it yet.
    if work.why == Why::Neighbour && work.attempt == 0 && is_waiting(&settled.reasons) {
        return soon.map_or(Next::Done, |due| Next::Later(put_off(work, due)));
    }
    let idle = settled.written.is_none() && settled.roles_added == 0 && settled.roles_removed == 0;
    let announced = matches!(work.why, Why::Notification | Why::Sweep);
    let pending = known.second_look.is_some_and(|due| due.duration_since(now) > TOO_SOON);
    // Of several changes that a sweep announces at once, an old read may show the first and not the last. And a read that
    // differs from one of a moment ago may be the older of the two: replicas do not agree at once, and carry no version.
    let lately = known.read_at.max(known.roles_read_at);
    let disputed = lately.is_some_and(|read_at| now.duration_since(read_at) < SETTLED);
    let unsure = idle || work.why == Why::Sweep || disputed;
    if !unsure || !announced || pending {
        return Next::Done;
    }
    soon.map_or(Next::Done, |due| {
        Next::Later(UserWork { why: Why::SecondLook, attempt: 0, not_before: Some(due), since: now, ..work.clone() })
    })
}

fn put_off(work: &UserWork, due: Timestamp) -> UserWork {
    UserWork { attempt: work.attempt.saturating_add(1), not_before: Some(due), ..work.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Written;
    use crate::domain::DirectoryUserId;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn user() -> DirectoryUserId {
        DirectoryUserId::from_bytes([1; 16])
    }

    fn work(why: Why) -> UserWork {
        UserWork::new(user(), why, NOW)
    }

    fn idle() -> Outcome {
        Outcome::Settled(Settled::untouched(user()))
    }

    fn failed(cause: Cause) -> Outcome {
        Outcome::Failed(Failure::new("writing", cause))
    }

    fn wait(next: &Next) -> Option<i64> {
        match next {
            Next::Later(work) => work.not_before.map(Timestamp::as_second),
            Next::Done | Next::Park(_) => None,
        }
    }

    #[test]
    fn a_change_that_cannot_be_seen_is_looked_for_once_more() {
        let next_one = next(&work(Why::Notification), &idle(), &Known::default(), NOW);
        assert_eq!(wait(&next_one), Some(90));
        let Next::Later(second) = next_one else { panic!("{next_one:?}") };
        assert_eq!(next(&second, &idle(), &Known::default(), NOW), Next::Done);
    }

    #[test]
    fn one_second_look_answers_many_notifications() {
        let at = |seconds| Known { second_look: Timestamp::from_second(seconds).ok(), ..Known::default() };
        assert_eq!(next(&work(Why::Notification), &idle(), &at(90), NOW), Next::Done);
        assert_eq!(wait(&next(&work(Why::Notification), &idle(), &at(20), NOW)), Some(90));
    }

    #[test]
    fn what_was_written_is_done() {
        let written = Settled { written: Some(Written::Updated), ..Settled::untouched(user()) };
        let outcome = Outcome::Settled(written);
        assert_eq!(next(&work(Why::Notification), &outcome, &Known::default(), NOW), Next::Done);
        // A sweep announces several changes at once, and the read may have shown but the first.
        assert_eq!(wait(&next(&work(Why::Sweep), &outcome, &Known::default(), NOW)), Some(90));
    }

    #[test]
    fn a_read_that_differs_from_one_of_a_moment_ago_is_checked() {
        let written = Settled { written: Some(Written::Updated), ..Settled::untouched(user()) };
        let outcome = Outcome::Settled(written);
        let after = |seconds: i64| {
            let read_at = Timestamp::from_second(-seconds).ok();
            wait(&next(&work(Why::Notification), &outcome, &Known { read_at, ..Known::default() }, NOW))
        };
        assert_eq!((after(10), after(299), after(300)), (Some(90), Some(90), None));
    }

    #[test]
    fn a_lost_person_is_looked_for_and_then_left_to_the_sweep() {
        let mut work = work(Why::Notification);
        assert_eq!(wait(&next(&work, &Outcome::Lost, &Known::default(), NOW)), Some(30));
        work.attempt = 6;
        assert_eq!(next(&work, &Outcome::Lost, &Known::default(), NOW), Next::Done);
    }

    #[test]
    fn what_passes_is_retried_and_what_does_not_is_parked() {
        let after = |cause| next(&work(Why::Notification), &failed(cause), &Known::default(), NOW);
        assert_eq!(wait(&after(Cause::Unavailable { status: 503, retry_after: None })), Some(5));
        assert_eq!(wait(&after(Cause::NotSignedIn { advice: "x".into() })), Some(5));
        assert_eq!(wait(&after(Cause::Busy)), Some(2));
        let rejected = Cause::Rejected {
            status: 422,
            code: "invalid".to_owned(),
            fields: vec!["title".to_owned()],
            message: crate::domain::Personal::new("x"),
        };
        let Next::Park(parked) = after(rejected) else { panic!("not parked") };
        assert_eq!(parked.because, "writing failed: the service does not accept it (HTTP 422, invalid): title");
    }
}
