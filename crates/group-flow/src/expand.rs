use std::collections::BTreeSet;

use jiff::Timestamp;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{
    Clock, DeltaRecords, DirectoryChanges, DirectoryNesting, FreshIds, GroupMembers, GroupTrees, Nesting, Queue,
};
use sync_core::sweep::{Sweep, known_tree, read_tree};
use sync_core::work::{GroupWork, MembersHint, MessageId, TRANSIENT};

use crate::settings::{Services, Settings};

/// More people than this are divided into messages of their own: a batch has to be done within the function's time.
const PART: usize = 100;
/// A change that nobody is named for is looked for in the delta listing so often; after that the next sweep finds it.
const LOOKS: u32 = 4;

/// Finds out whom a change of a group concerns.
pub(crate) struct Expander<'s, 'a, D, A, L, U, Q, C, I, G, O> {
    services: &'s Services<'a, D, A, L, U, Q, C, I>,
    settings: &'s Settings<'a, G, O>,
}

/// Whom it concerns.
#[derive(Default)]
pub(crate) struct Expanded {
    pub(crate) people: BTreeSet<DirectoryUserId>,
    /// Some of them are not named any more.
    pub(crate) compare: bool,
}

impl<'s, 'a, D, A, L, U, Q, C, I, G, O> Expander<'s, 'a, D, A, L, U, Q, C, I, G, O>
where
    D: DirectoryNesting + DirectoryChanges + GroupMembers,
    L: GroupTrees + DeltaRecords,
    U: Queue,
    Q: Queue,
    C: Clock,
    I: FreshIds,
{
    pub(crate) const fn new(services: &'s Services<'a, D, A, L, U, Q, C, I>, settings: &'s Settings<'a, G, O>) -> Self {
        Self { services, settings }
    }

    /// Whom a piece of work concerns. Too many people are put on the queue again, in parts.
    pub(crate) async fn expand(&self, work: &GroupWork, now: Timestamp) -> Result<Expanded, Failure> {
        if self.settings.mapping.is_empty() {
            return Ok(Expanded::default());
        }
        let Services { directory, ledger, .. } = *self.services;
        let tree = known_tree(directory, ledger, self.settings.mapping, self.settings.nesting).await?;
        if !tree.concerns(work.group, self.settings.mapping) {
            return Ok(Expanded::default());
        }
        match &work.members {
            MembersHint::Unsaid => self.ask_delta(work, now).await,
            MembersHint::These { people, groups } => {
                let mut expanded = Expanded { people: people.iter().copied().collect(), compare: false };
                let mut groups = groups.clone();
                // Notifications do not say what a member is; the tree knows some of those that are groups.
                for group in tree
                    .groups()
                    .filter(|group| self.settings.nesting == Nesting::Transitive && people_hold(people, *group))
                {
                    expanded.people.remove(&DirectoryUserId::from_bytes(group.to_bytes()));
                    groups.push(group);
                }
                if !groups.is_empty() && self.settings.nesting == Nesting::Transitive {
                    read_tree(self.services.directory, self.services.ledger, self.settings.mapping).await?;
                    for group in groups {
                        self.add_members(group, &mut expanded).await?;
                    }
                }
                self.divide(work, expanded).await
            }
        }
    }

    /// A group's people, those in the groups below it included.
    async fn add_members(&self, group: GroupId, expanded: &mut Expanded) -> Result<(), Failure> {
        let mut link = None;
        loop {
            let page = match self.services.directory.members(group, Nesting::Transitive, link.as_ref()).await {
                Err(Failure { cause: Cause::NotFound, .. }) => {
                    // It was deleted, and who was in it is not said any more.
                    expanded.compare = true;
                    return Ok(());
                }
                result => result?,
            };
            expanded.people.extend(page.members);
            match page.next {
                Some(next) => link = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Nobody is named: the delta listing names whoever entered or left since the last sweep, and puts them on the queue.
    async fn ask_delta(&self, work: &GroupWork, now: Timestamp) -> Result<Expanded, Failure> {
        let sweep = Sweep {
            directory: self.services.directory,
            ledger: self.services.ledger,
            users: self.services.users,
            groups: self.services.groups,
            mapping: self.settings.mapping,
            nesting: self.settings.nesting,
        };
        let followed = sweep.follow(now).await?;
        if followed.queued == 0 && !followed.compare && work.attempt < LOOKS {
            // The listing may lag behind the notification.
            self.services.groups.send(&[later(work, now).later("delta")]).await?;
        }
        Ok(Expanded { people: BTreeSet::new(), compare: followed.compare })
    }

    async fn divide(&self, work: &GroupWork, expanded: Expanded) -> Result<Expanded, Failure> {
        if expanded.people.len() <= PART {
            return Ok(expanded);
        }
        let people: Vec<DirectoryUserId> = expanded.people.iter().copied().collect();
        let messages: Vec<_> = people
            .chunks(PART)
            .map(|part| {
                let unique = self.services.ids.fresh();
                let part = GroupWork { members: MembersHint::people(part.to_vec()), ..work.clone() };
                part.message_of_part(&unique.to_string())
            })
            .collect();
        self.services.groups.send(&messages).await?;
        Ok(Expanded { people: BTreeSet::new(), ..expanded })
    }

    /// Puts work off that failed; if that fails as well, the queue hands the message out again by itself.
    pub(crate) async fn put_off(&self, work: &GroupWork, id: MessageId, now: Timestamp) -> Option<MessageId> {
        if TRANSIENT.next(work.attempt, work.since, now).is_none() {
            tracing::error!(group = %work.group, "a change of a group was given up after the queue's retention");
            return None;
        }
        let message = later(work, now).later("failed");
        self.services.groups.send(&[message]).await.err().map(|_| id)
    }
}

fn people_hold(people: &[DirectoryUserId], group: GroupId) -> bool {
    people.iter().any(|one| one.to_bytes() == group.to_bytes())
}

fn later(work: &GroupWork, now: Timestamp) -> GroupWork {
    let not_before = TRANSIENT.next(work.attempt, work.since, now).or(Some(now));
    GroupWork { attempt: work.attempt.saturating_add(1), not_before, ..work.clone() }
}
