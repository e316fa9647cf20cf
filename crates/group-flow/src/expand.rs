use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sync_core::domain::{DirectoryUserId, GroupId, GroupTree};
use sync_core::failure::{Cause, Failure};
use sync_core::members::list_members;
use sync_core::ports::{
    Clock, Comparisons, DeltaRecords, DirectoryChanges, DirectoryNesting, FreshIds, GroupMembers, GroupTrees, Nesting,
    Queue,
};
use sync_core::sweep::{Followed, Sweep, known_tree, read_tree};
use sync_core::work::{GroupWork, MembersHint, MessageId, SECOND_LOOK, TRANSIENT, Why};

use crate::settings::{Services, Settings};

/// More people than this are divided into messages of their own: a batch has to be done within the function's time.
const PART: usize = 100;
/// A change that nobody is named for is looked for in the delta listing so often; after that the next sweep finds it.
const LOOKS: u32 = 4;

/// Whom a change concerns.
type People = BTreeSet<DirectoryUserId>;

/// Finds out whom a change of a group concerns.
pub(crate) struct Expander<'s, 'a, D, A, L, U, Q, C, I, O> {
    services: &'s Services<'a, D, A, L, U, Q, C, I>,
    settings: &'s Settings<'a, O>,
}

impl<'s, 'a, D, A, L, U, Q, C, I, O> Expander<'s, 'a, D, A, L, U, Q, C, I, O>
where
    D: DirectoryNesting + DirectoryChanges + GroupMembers,
    L: GroupTrees + DeltaRecords + Comparisons,
    U: Queue,
    Q: Queue,
    C: Clock,
    I: FreshIds,
{
    pub(crate) const fn new(services: &'s Services<'a, D, A, L, U, Q, C, I>, settings: &'s Settings<'a, O>) -> Self {
        Self { services, settings }
    }

    /// Whom a piece of work concerns. Too many people are put on the queue again, in parts.
    pub(crate) async fn expand(&self, work: &GroupWork, now: Timestamp) -> Result<People, Failure> {
        let (mapping, nesting) = (self.settings.mapping, self.settings.nesting);
        if mapping.is_empty() {
            return Ok(People::new());
        }
        let tree = known_tree(self.services.directory, self.services.ledger, mapping, nesting).await?;
        if !tree.concerns(work.group, mapping) {
            return Ok(People::new());
        }
        match &work.members {
            MembersHint::Unsaid => self.ask_delta(work, now).await,
            MembersHint::These { people, groups } => {
                let (mut people, mut groups) = (people.iter().copied().collect::<People>(), groups.clone());
                if nesting == Nesting::Transitive {
                    groups.extend(known_groups(&mut people, &tree));
                    self.follow_groups(work, &groups, &mut people, now).await?;
                }
                self.divide(work, people).await
            }
        }
    }

    /// Groups entered or left: all their people are meant, and what stands below the mapped groups has changed.
    async fn follow_groups(
        &self,
        work: &GroupWork,
        groups: &[GroupId],
        people: &mut People,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if groups.is_empty() {
            return Ok(());
        }
        let mut tree = read_tree(self.services.directory, self.services.ledger, self.settings.mapping).await?;
        // What lists groups within groups lags behind; whoever left is asked for needlessly then, which does no harm.
        tree.add(work.group, groups);
        self.services.ledger.keep_tree(&tree).await?;
        for &group in groups {
            self.add_members(group, people, now).await?;
        }
        if work.why != Why::SecondLook {
            // The lists of their members lag as well.
            let members = MembersHint::These { people: Vec::new(), groups: groups.to_vec() };
            let wait = SignedDuration::try_from(SECOND_LOOK).unwrap_or_default();
            let not_before = now.checked_add(wait).ok();
            let second = GroupWork { members, why: Why::SecondLook, not_before, ..work.clone() };
            self.put_on_queue(&[second]).await?;
        }
        Ok(())
    }

    /// A group's people, those in the groups below it included.
    async fn add_members(&self, group: GroupId, people: &mut People, now: Timestamp) -> Result<(), Failure> {
        let listed =
            list_members(self.services.directory, group, Nesting::Transitive, |members| people.extend(members));
        match listed.await {
            // It was deleted, and who was in it is not said any more.
            Err(Failure { cause: Cause::NotFound, .. }) => self.services.ledger.owe(now).await,
            result => result.map(drop),
        }
    }

    /// Nobody is named: the delta listing names whoever entered or left since the last sweep, and puts them on the queue.
    async fn ask_delta(&self, work: &GroupWork, now: Timestamp) -> Result<People, Failure> {
        let sweep = Sweep {
            directory: self.services.directory,
            ledger: self.services.ledger,
            users: self.services.users,
            groups: self.services.groups,
            mapping: self.settings.mapping,
            nesting: self.settings.nesting,
        };
        let followed = sweep.follow(now, self.services.ids.fresh()).await?;
        if followed == Followed::Queued(0) && work.attempt < LOOKS {
            // The listing may lag behind the notification.
            self.put_on_queue(&[later(work, now)]).await?;
        }
        Ok(People::new())
    }

    async fn divide(&self, work: &GroupWork, people: People) -> Result<People, Failure> {
        if people.len() <= PART {
            return Ok(people);
        }
        let people: Vec<DirectoryUserId> = people.into_iter().collect();
        let part = |part: &[DirectoryUserId]| GroupWork {
            members: MembersHint::people(part.to_vec()),
            not_before: None,
            ..work.clone()
        };
        self.put_on_queue(&people.chunks(PART).map(part).collect::<Vec<_>>()).await?;
        Ok(People::new())
    }

    /// Puts work off that failed; if that fails as well, the queue hands the message out again by itself.
    pub(crate) async fn put_off(&self, work: &GroupWork, id: MessageId, now: Timestamp) -> Option<MessageId> {
        if TRANSIENT.next(work.attempt, work.since, now).is_none() {
            tracing::error!(group = %work.group, "a change of a group was given up after the queue's retention");
            return None;
        }
        self.put_on_queue(&[later(work, now)]).await.err().map(|_| id)
    }

    /// Each in a row of its own, with a name of its own: of two that look alike, one may name people that the other does not.
    async fn put_on_queue(&self, works: &[GroupWork]) -> Result<(), Failure> {
        let messages: Vec<_> = works.iter().map(|work| work.message_of_its_own(self.services.ids.fresh())).collect();
        self.services.groups.send(&messages).await
    }
}

/// Notifications do not say what a member is; the tree knows some of those that are groups.
fn known_groups(people: &mut People, tree: &GroupTree) -> Vec<GroupId> {
    let named: BTreeSet<GroupId> =
        tree.groups().filter(|group| people.remove(&DirectoryUserId::from_bytes(group.to_bytes()))).collect();
    named.into_iter().collect()
}

fn later(work: &GroupWork, now: Timestamp) -> GroupWork {
    let not_before = TRANSIENT.next(work.attempt, work.since, now).or(Some(now));
    GroupWork { attempt: work.attempt.saturating_add(1), not_before, ..work.clone() }
}
