//! The body of a request: a delivery of notifications, or none.

mod tree;

use std::collections::{BTreeMap, BTreeSet};

use notification_intake::delivery::{DeliveryError, Item, Says, read};
use secrecy::ExposeSecret;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::work::{GroupWork, KeeperWork, MembersHint, Message, Unreadable, UserWork, Why};
use uuid::Uuid;

use crate::door::{Door, GROUPS, NOW, Outcome, TENANT, USERS, takes};
use crate::is_private_to_serde_json;
use crate::work::named;

/// It is read as by way of a tree. What is genuine in it is on the queues, all of it and nothing else, in messages that SQS takes;
/// the rest is counted; and a body that is no delivery is refused as a whole.
///
/// # Panics
/// Where that does not hold.
pub fn check(body: &[u8]) {
    if is_private_to_serde_json(body) {
        return;
    }
    let items = tree::read(body);
    assert_eq!(told(&read(body)), told(&items), "{}", String::from_utf8_lossy(body));
    let door = Door::default();
    let outcome = door.post("", body);
    // Ids, names and times: nothing in a message is a stranger's text.
    let sound = |message: &Message| takes(message) && message.body.is_ascii();
    assert!(outcome.messages().all(sound), "SQS does not take one of {:?}", outcome.messages().collect::<Vec<_>>());
    let again = door.post("", body);
    assert!(again.messages().eq(outcome.messages()), "what is delivered again is taken for something else");
    let refused = Door::stuck().post("", body).answer;
    let expected = if outcome.messages().count() > 0 { 503 } else { outcome.answer.status };
    assert_eq!((refused.status, refused.taken.queued), (expected, 0), "the queues are out of order");
    match items {
        Ok(items) => taken(&outcome, &items),
        Err(error) => {
            let status = if matches!(error, DeliveryError::TooLarge(_)) { 413 } else { 400 };
            assert_eq!((outcome.answer.status, outcome.messages().count()), (status, 0));
            assert_eq!(outcome.answer.body, error.to_string());
        }
    }
}

/// Everything in it, secrets as well.
fn told(items: &Result<Vec<Item>, DeliveryError>) -> Result<Vec<String>, &DeliveryError> {
    let told = |Item { subscription, tenant, client_state, says }: &Item| {
        let secret = client_state.as_ref().map(ExposeSecret::expose_secret);
        format!("{subscription:?} {tenant:?} {secret:?} {says:?}")
    };
    items.as_ref().map(|items| items.iter().map(told).collect())
}

fn taken(outcome: &Outcome, items: &[Item]) {
    let mut users: BTreeMap<DirectoryUserId, (bool, Numbers)> = BTreeMap::new();
    let mut groups: BTreeMap<GroupId, (Vec<&MembersHint>, Numbers)> = BTreeMap::new();
    let mut events = Vec::new();
    let mut dropped: BTreeMap<&str, u64> = BTreeMap::new();
    for item in items {
        match (forged(item), &item.says) {
            (None, Says::User { user, deleted, change }) => {
                let (gone, numbers) = users.entry(*user).or_default();
                *gone |= deleted;
                numbers.push(*change);
            }
            (None, Says::Group { group, members, change }) => {
                let (hints, numbers) = groups.entry(*group).or_default();
                hints.push(members);
                numbers.push(*change);
            }
            (None, Says::Lifecycle(event)) => events.push((item.subscription, *event)),
            (forged, _) => *dropped.entry(forged.unwrap_or("not_a_user_or_group")).or_default() += 1,
        }
    }

    let answer = &outcome.answer;
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    assert_eq!((answer.taken.queued, &answer.taken.dropped), (outcome.messages().count() as u64, &dropped));

    for (message, (user, (deleted, numbers))) in outcome.users.iter().zip(&users) {
        let deleted = if *deleted { "-deleted" } else { "" };
        assert_eq!(message.deduplication, format!("{user}-{}{deleted}", key(numbers)));
    }
    for (message, (group, (_, numbers))) in outcome.groups.iter().zip(&groups) {
        let members = message.deduplication.strip_prefix(&format!("{group}-{}-", key(numbers)));
        assert!(members.is_some_and(|digest| digest.parse::<u64>().is_ok()), "{}", message.deduplication);
    }

    let told = read_back(&outcome.users, UserWork::read);
    assert!(told.iter().all(|work| work == &UserWork { deleted: work.deleted, ..UserWork::new(work.user, Why::Notification, NOW) }), "{told:?}");
    assert!(
        told.iter().map(|work| (work.user, work.deleted)).eq(users.iter().map(|(user, (gone, _))| (*user, *gone))),
        "{told:?}"
    );

    let told = read_back(&outcome.groups, GroupWork::read);
    assert!(told.iter().map(|work| work.group).eq(groups.keys().copied()), "{told:?}");
    for (work, (hints, _)) in told.iter().zip(groups.values()) {
        assert!(named(&work.members) <= MembersHint::MOST, "{} members in one message", named(&work.members));
        // Too many to be named are not named at all, and the group is read.
        let many = hints.iter().map(|hint| named(hint)).sum::<usize>() > MembersHint::MOST;
        assert_eq!(members(&work.members), if many { None } else { joined(hints) });
    }

    let told = read_back(&outcome.keeper, KeeperWork::read);
    assert!(told.iter().map(|work| (Some(work.subscription), work.event)).eq(events), "{told:?}");
}

/// Why it is none of ours. A subscription that is unknown may be the one that is being made.
fn forged(item: &Item) -> Option<&'static str> {
    let Some(id) = item.subscription else { return Some("unknown_subscription") };
    let (right, wrong) = if id == USERS.0 { (USERS.1, "wrong_client_state") } else { (GROUPS, "unknown_subscription") };
    if item.client_state.as_ref().map(ExposeSecret::expose_secret) != Some(right) {
        return Some(wrong);
    }
    (item.tenant != Some(TENANT)).then_some("foreign_tenant")
}

/// Graph's numbers of the changes of one person or group, each where it was said.
type Numbers = Vec<Option<u64>>;

/// What tells them from other changes: the last number, or a new name where one has none.
fn key(numbers: &Numbers) -> String {
    let all: Option<Vec<u64>> = numbers.iter().copied().collect();
    all.and_then(|all| all.into_iter().max()).map_or_else(|| Uuid::nil().to_string(), |last| last.to_string())
}

/// Whom a hint names: people, and groups.
type Members = (BTreeSet<DirectoryUserId>, BTreeSet<GroupId>);

fn members(hint: &MembersHint) -> Option<Members> {
    match hint {
        MembersHint::These { people, groups } => {
            Some((people.iter().copied().collect(), groups.iter().copied().collect()))
        }
        MembersHint::Unsaid => None,
    }
}

fn joined(hints: &[&MembersHint]) -> Option<Members> {
    hints.iter().map(|hint| members(hint)).try_fold(Members::default(), |(people, groups), hint| {
        let (more, deeper) = hint?;
        Some((&people | &more, &groups | &deeper))
    })
}

fn read_back<W>(messages: &[Message], read: impl Fn(&str) -> Result<W, Unreadable>) -> Vec<W> {
    let works = messages.iter().map(|message| read(&message.body));
    let works: Result<Vec<_>, _> = works.collect();
    assert!(works.is_ok(), "the intake queued what nobody can read: {messages:?}");
    works.unwrap_or_default()
}

#[cfg(test)]
mod tests;
