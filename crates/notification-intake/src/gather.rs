//! Turning verdicts into messages: one a person and one a group for each delivery, however often it names them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::ports::FreshIds;
use sync_core::work::{GroupWork, MembersHint, Message, UserWork, Why};

use crate::delivery::Says;
use crate::verdict::{Verdict, Why as Dropped};

/// What a delivery comes to.
#[derive(Debug, Default)]
pub struct Gathered {
    /// For the user queue.
    pub users: Vec<Message>,
    /// For the group queue.
    pub groups: Vec<Message>,
    /// For the keeper.
    pub keeper: Vec<Message>,
    /// What was dropped, and why.
    pub dropped: BTreeMap<&'static str, u64>,
}

/// What tells one delivery's news of somebody from the next: the last number, if each item has one.
struct News<W> {
    work: W,
    change: Option<u64>,
}

/// Gathers the verdicts on a delivery that came at `now`.
#[must_use]
pub fn gather(verdicts: impl IntoIterator<Item = Verdict>, now: Timestamp, ids: &impl FreshIds) -> Gathered {
    let mut gathered = Gathered::default();
    let mut users: BTreeMap<DirectoryUserId, News<UserWork>> = BTreeMap::new();
    let mut groups: BTreeMap<GroupId, News<GroupWork>> = BTreeMap::new();
    for verdict in verdicts {
        match verdict {
            Verdict::Genuine(Says::User { user, deleted, change }) => {
                let work = UserWork { deleted, ..UserWork::new(user, Why::Notification, now) };
                add(&mut users, user, News { work, change }, |first, other| first.merge(&other));
            }
            Verdict::Genuine(Says::Group { group, members, change }) => {
                let work = GroupWork::new(group, members, Why::Notification, now);
                add(&mut groups, group, News { work, change }, |first, other| first.members.join(other.members));
            }
            Verdict::Keeper(work) => gathered.keeper.push(work.message()),
            Verdict::Genuine(Says::Lifecycle(_) | Says::Unknown) => gathered.drop(Dropped::NotOurs),
            Verdict::Dropped(why) => gathered.drop(why),
        }
    }
    // A number of Graph's lets SQS drop what is delivered again. Without one nothing is dropped: looking twice is no harm,
    // and taking a second change for a repetition of the first would be.
    let unique = |change: Option<u64>| change.map_or_else(|| ids.fresh().to_string(), |change| change.to_string());
    gathered.users = users.into_values().map(|news| news.work.message(&unique(news.change))).collect();
    // The same number with other members is other news.
    gathered.groups = groups
        .into_values()
        .map(|news| news.work.message(&format!("{}-{}", unique(news.change), digest(&news.work.members))))
        .collect();
    gathered
}

fn add<K: Ord, W>(all: &mut BTreeMap<K, News<W>>, key: K, news: News<W>, merge: impl FnOnce(&mut W, W)) {
    match all.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(news);
        }
        Entry::Occupied(mut entry) => {
            let first = entry.get_mut();
            first.change = first.change.zip(news.change).map(|(one, other)| one.max(other));
            merge(&mut first.work, news.work);
        }
    }
}

/// Tells two lists of members apart, for the five minutes that SQS remembers a key.
fn digest(members: &MembersHint) -> u64 {
    let mut hasher = DefaultHasher::new();
    members.hash(&mut hasher);
    hasher.finish()
}

impl Gathered {
    fn drop(&mut self, why: Dropped) {
        *self.dropped.entry(why.code()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use sync_core::work::{KeeperWork, Lifecycle};
    use uuid::Uuid;

    use super::*;

    struct Counting(std::sync::Mutex<Cell<u128>>);

    impl FreshIds for Counting {
        fn fresh(&self) -> Uuid {
            let count = self.0.lock().unwrap();
            count.set(count.get() + 1);
            Uuid::from_u128(count.get())
        }
    }

    fn person(n: u8) -> DirectoryUserId {
        DirectoryUserId::from_bytes([n; 16])
    }

    fn says(n: u8, change: Option<u64>) -> Verdict {
        Verdict::Genuine(Says::User { user: person(n), deleted: false, change })
    }

    fn gathered(verdicts: Vec<Verdict>) -> Gathered {
        gather(verdicts, Timestamp::UNIX_EPOCH, &Counting(std::sync::Mutex::default()))
    }

    #[test]
    fn a_person_who_is_named_often_is_one_message() {
        let gathered = gathered(vec![says(1, Some(7)), says(2, Some(8)), says(1, Some(9)), says(1, Some(7))]);
        let keys: Vec<_> = gathered.users.iter().map(|message| message.deduplication.clone()).collect();
        assert_eq!(keys, [format!("{}-9", person(1)), format!("{}-8", person(2))]);
    }

    #[test]
    fn what_is_delivered_again_has_the_same_key_and_what_cannot_be_told_apart_a_new_one() {
        let key = |verdicts| gathered(verdicts).users.remove(0).deduplication;
        assert_eq!(key(vec![says(1, Some(7))]), key(vec![says(1, Some(7))]));
        let ids = Counting(std::sync::Mutex::default());
        let twice =
            [(), ()].map(|()| gather([says(1, None)], Timestamp::UNIX_EPOCH, &ids).users.remove(0).deduplication);
        assert_ne!(twice[0], twice[1]);
        // The number that was seen with a deletion behind it is news.
        let deleted = Verdict::Genuine(Says::User { user: person(1), deleted: true, change: Some(6) });
        assert_ne!(key(vec![deleted, says(1, Some(7))]), key(vec![says(1, Some(7))]));
        // One item without a number makes the whole of it unsure.
        assert!(!key(vec![says(1, Some(7)), says(1, None)]).ends_with("-7"));
    }

    #[test]
    fn a_group_that_is_named_twice_is_one_message_about_all_its_members() {
        let group = GroupId::from_bytes([9; 16]);
        let says = |members| Verdict::Genuine(Says::Group { group, members, change: Some(1) });
        let of = |verdicts| GroupWork::read(&gathered(verdicts).groups.remove(0).body).unwrap().members;
        let (one, two) = (MembersHint::people(vec![person(1)]), MembersHint::people(vec![person(2)]));
        assert_eq!(of(vec![says(one.clone()), says(two)]), MembersHint::people(vec![person(1), person(2)]));
        assert_eq!(of(vec![says(one), says(MembersHint::Unsaid)]), MembersHint::Unsaid);
    }

    #[test]
    fn what_is_dropped_is_counted_by_its_reason() {
        let work = KeeperWork { subscription: Uuid::nil(), event: Lifecycle::Missed };
        let dropped = || Verdict::Dropped(Dropped::WrongClientState);
        let gathered = gathered(vec![dropped(), Verdict::Keeper(work), dropped()]);
        assert_eq!(gathered.dropped, BTreeMap::from([("wrong_client_state", 2)]));
        assert_eq!((gathered.users.len(), gathered.groups.len(), gathered.keeper.len()), (0, 0, 1));
    }
}
