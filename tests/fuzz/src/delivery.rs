//! The body of a request: a delivery of notifications, or none.

mod tree;

use std::collections::{BTreeMap, BTreeSet};

use notification_intake::delivery::{DeliveryError, Item, Says, read};
use secrecy::ExposeSecret;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::work::{GroupWork, KeeperWork, MembersHint, Message, Unreadable, UserWork, Why};

use crate::door::{GROUPS, NOW, Outcome, TENANT, USERS, post, takes};
use crate::work::named;

/// It is read as by way of a tree. What is genuine in it is on the queues, all of it and nothing else, in messages that SQS takes;
/// the rest is counted; and a body that is no delivery is refused as a whole.
///
/// # Panics
/// Where that does not hold.
pub fn check(body: &[u8]) {
    // serde_json's name for what is to be read later: its trees take it for that, the intake for a property like any other.
    if body.windows(20).any(|part| part == b"serde_json::private:") {
        return;
    }
    let items = tree::read(body);
    assert_eq!(told(read(body)), told(tree::read(body)), "{}", String::from_utf8_lossy(body));
    let outcome = post("", body);
    // Ids, names and times: nothing in a message is a stranger's text.
    let sound = |message: &Message| takes(message) && message.body.is_ascii();
    assert!(outcome.messages().all(sound), "SQS does not take one of {:?}", outcome.messages().collect::<Vec<_>>());
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
fn told(items: Result<Vec<Item>, DeliveryError>) -> Result<Vec<String>, DeliveryError> {
    let told = |Item { subscription, tenant, client_state, says }: Item| {
        let secret = client_state.map(|secret| secret.expose_secret().to_owned());
        format!("{subscription:?} {tenant:?} {secret:?} {says:?}")
    };
    Ok(items?.into_iter().map(told).collect())
}

fn taken(outcome: &Outcome, items: &[Item]) {
    let mut users: BTreeMap<DirectoryUserId, bool> = BTreeMap::new();
    let mut groups: BTreeMap<GroupId, Vec<&MembersHint>> = BTreeMap::new();
    let mut events = Vec::new();
    let mut dropped = 0;
    for item in items {
        match &item.says {
            Says::User { user, deleted, .. } if genuine(item) => *users.entry(*user).or_default() |= deleted,
            Says::Group { group, members, .. } if genuine(item) => groups.entry(*group).or_default().push(members),
            Says::Lifecycle(event) if genuine(item) => events.push((item.subscription, *event)),
            _ => dropped += 1,
        }
    }

    let answer = &outcome.answer;
    let counts = (answer.taken.queued, answer.taken.dropped.values().sum::<u64>());
    assert_eq!((answer.status, answer.body.as_str(), counts), (202, "", (outcome.messages().count() as u64, dropped)));

    let keys: BTreeSet<_> = outcome.users.iter().chain(&outcome.groups).map(|message| &message.deduplication).collect();
    assert_eq!(keys.len(), outcome.users.len() + outcome.groups.len(), "SQS takes two messages for one: {keys:?}");

    let told = read_back(&outcome.users, UserWork::read);
    assert!(told.iter().all(|work| work == &UserWork { deleted: work.deleted, ..fresh(work.user) }), "{told:?}");
    assert!(told.iter().map(|work| (work.user, work.deleted)).eq(users), "{told:?}");

    let told = read_back(&outcome.groups, GroupWork::read);
    assert!(told.iter().map(|work| work.group).eq(groups.keys().copied()), "{told:?}");
    for (work, hints) in told.iter().zip(groups.values()) {
        assert!(named(&work.members) <= MembersHint::MOST, "{} members in one message", named(&work.members));
        // Too many to be named are not named at all, and the group is read.
        let many = hints.iter().map(|hint| named(hint)).sum::<usize>() > MembersHint::MOST;
        assert_eq!(members(&work.members), if many { None } else { joined(hints) });
    }

    let told = read_back(&outcome.keeper, KeeperWork::read);
    assert!(told.iter().map(|work| (Some(work.subscription), work.event)).eq(events), "{told:?}");
}

/// Of our tenant, with the secret of the subscription that it names; one that is unknown may be the one that is being made.
fn genuine(item: &Item) -> bool {
    let secret = item.client_state.as_ref().map(ExposeSecret::expose_secret);
    let right = item.subscription.map(|id| if id == USERS.0 { USERS.1 } else { GROUPS });
    item.tenant == Some(TENANT) && right.is_some() && secret == right
}

fn fresh(user: DirectoryUserId) -> UserWork {
    UserWork::new(user, Why::Notification, NOW)
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
