//! A message on a queue: work of any of the five kinds, or none.

use std::fmt::Debug;

use jiff::Timestamp;
use serde_json::Value;
use sync_core::work::{
    CleanupWork, GroupWork, KeeperWork, LOST, MembersHint, Message, RunWork, TRANSIENT, Unreadable, UserWork, Why,
};
use uuid::Uuid;

use crate::door::{NOW, takes};
use crate::is_private_to_serde_json;

/// What is no work is refused without a word of it. What is work can be put off, joined with its like and put on the queue again, and
/// is the same there.
///
/// # Panics
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let Ok(body) = str::from_utf8(bytes) else { return };
    if is_private_to_serde_json(bytes) {
        return;
    }
    told(UserWork::read(body), user);
    told(GroupWork::read(body), group);
    told(KeeperWork::read(body), |work| same(work, &work.message(), KeeperWork::read));
    told(RunWork::read(body), run);
    told(CleanupWork::read(body), cleanup);
}

fn user(work: &UserWork) {
    for message in [work.message("unique"), work.later()] {
        same(work, &message, UserWork::read);
    }
    for now in [Timestamp::MIN, work.since, NOW, Timestamp::MAX] {
        for backoff in [LOST, TRANSIENT] {
            let next = backoff.next(work.attempt, work.since, now);
            assert!(next.is_none_or(|next| next > now), "work is due at once, again and again");
        }
    }
    let other = UserWork { deleted: true, attempt: 7, ..UserWork::new(work.user, Why::Sweep, NOW) };
    let [mut merged, mut turned] = [work.clone(), other.clone()];
    merged.merge(&other);
    turned.merge(work);
    for merged in [merged, turned] {
        let first = (work.since.min(NOW), work.attempt.min(7));
        assert_eq!((merged.deleted, merged.why, (merged.since, merged.attempt)), (true, Why::Sweep, first));
        assert_eq!(merged.asked, work.asked);
    }
}

fn group(work: &GroupWork) {
    for message in [work.message("unique"), work.message_of_its_own(Uuid::nil())] {
        same(work, &message, GroupWork::read);
    }
    let mut members = work.members.clone();
    for _ in 0..12 {
        members.join(members.clone());
    }
    assert_eq!(named(&members), 0, "more members than a message takes are named");
}

fn run(work: &RunWork) {
    same(work, &work.message(Uuid::nil()), RunWork::read);
    if let Some(later) = work.put_off(NOW) {
        assert!(later.not_before > Some(NOW), "a run is due at once, again and again");
    }
}

/// CloudFormation's request is handed back as it came, all but the last digit of a fraction, of which it has none.
fn cleanup(work: &CleanupWork) {
    let request = work.request.clone().filter(|request| !has_fraction(request));
    let work = CleanupWork { request, ..work.clone() };
    same(&work, &work.message(Uuid::nil()), CleanupWork::read);
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(list) => list.iter().any(has_fraction),
        Value::Object(object) => object.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// What holds of work, or of the sentence that it is none.
fn told<W>(read: Result<W, Unreadable>, holds: impl FnOnce(&W)) {
    match read {
        Ok(work) => holds(&work),
        Err(error) => {
            let text = error.to_string();
            let told = text.strip_prefix("the message is no work: line ").unwrap_or_default();
            let reasons = ["it is not JSON", "it lacks what work has, or has it in another form", "it ends too early"];
            let place = reasons.iter().find_map(|reason| told.strip_suffix(reason)).unwrap_or("?");
            assert!(place.replace("column", "").chars().all(|c| c.is_ascii_digit() || " ,:".contains(c)), "{text}");
        }
    }
}

fn same<W: Debug + PartialEq>(work: &W, message: &Message, read: impl Fn(&str) -> Result<W, Unreadable>) {
    assert!(takes(message), "SQS does not take {message:?}");
    assert_eq!(read(&message.body).as_ref(), Ok(work), "it is another after the queue");
}

/// How many members one message names.
pub(crate) const fn named(members: &MembersHint) -> usize {
    match members {
        MembersHint::These { people, groups } => people.len() + groups.len(),
        MembersHint::Unsaid => 0,
    }
}
