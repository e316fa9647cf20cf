//! Following the directory's delta listings: who has changed since the last time, and nothing else. The flows do the rest.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{GroupId, GroupTree, Mapping};
use crate::failure::{Cause, Failure};
use crate::ports::{
    ChangedGroup, ChangedUser, Comparisons, DeltaLink, DeltaLinks, DeltaRecords, DirectoryChanges, DirectoryNesting,
    GroupChanges, GroupTrees, KeptLinks, Nesting, Onward, Queue, UserChanges,
};
use crate::work::{GroupWork, MembersHint, Message, UserWork, Why};

/// No round has more pages: at 200 entries each, ten million changes.
const MAX_PAGES: usize = 50_000;

/// What following the listings came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// So many people and groups were put on the queues.
    Queued(u64),
    /// There was nothing to follow yet: links were taken, from which the next sweep goes on.
    Begun,
    /// The directory does not honour the links any more. That everything has to be compared is noted.
    Lost,
}

/// What following works with.
#[derive(Debug)]
pub struct Sweep<'a, D, L, U, G> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// The ledger.
    pub ledger: &'a L,
    /// The user queue.
    pub users: &'a U,
    /// The group queue.
    pub groups: &'a G,
    /// Which groups matter.
    pub mapping: &'a Mapping,
    /// Whether groups below them do.
    pub nesting: Nesting,
}

/// Which groups stand below the mapped ones; read from the directory when that is not known.
///
/// # Errors
/// What the directory or the ledger says.
pub async fn known_tree(
    directory: &impl DirectoryNesting,
    ledger: &impl GroupTrees,
    mapping: &Mapping,
    nesting: Nesting,
) -> Result<GroupTree, Failure> {
    match nesting {
        Nesting::Direct => Ok(GroupTree::default()),
        Nesting::Transitive => match ledger.tree().await?.filter(|tree| tree.covers(mapping)) {
            Some(tree) => Ok(tree),
            None => read_tree(directory, ledger, mapping).await,
        },
    }
}

/// Reads from the directory which groups stand below the mapped ones, and keeps it.
///
/// # Errors
/// What the directory or the ledger says.
pub async fn read_tree(
    directory: &impl DirectoryNesting,
    ledger: &impl GroupTrees,
    mapping: &Mapping,
) -> Result<GroupTree, Failure> {
    let mapped: Vec<GroupId> = mapping.groups().collect();
    let nested = directory.nested(&mapped).await?;
    let nested: Result<Vec<_>, Failure> =
        mapped.into_iter().zip(nested).map(|(group, nested)| Ok((group, nested?))).collect();
    let tree = GroupTree::new(nested?);
    ledger.keep_tree(&tree).await?;
    Ok(tree)
}

impl<D, L, U, G> Sweep<'_, D, L, U, G>
where
    D: DirectoryChanges + DirectoryNesting,
    L: DeltaRecords + GroupTrees + Comparisons,
    U: Queue,
    G: Queue,
{
    /// Takes links from which on nothing is missed, unless there are some, and finds out which groups matter. To be done before a directory is listed, so that
    /// nothing falls between the two.
    ///
    /// # Errors
    /// What the directory or the ledger says.
    pub async fn begin(&self, now: Timestamp) -> Result<(), Failure> {
        if !self.mapping.is_empty() {
            known_tree(self.directory, self.ledger, self.mapping, self.nesting).await?;
        }
        let kept = self.ledger.links().await?;
        if kept.as_ref().is_some_and(|kept| self.suffices(kept)) {
            return Ok(());
        }
        let Some(KeptLinks { links, version, .. }) = kept else { return self.renew(None, 0, now).await };
        // The first groups matter only now; of people it is gone on from where it was, or whoever has changed since would be lost.
        self.renew(Some(links.users), version, now).await
    }

    /// Takes new links in the place of those that are not honoured any more. Everything has to be compared after that.
    ///
    /// # Errors
    /// What the directory or the ledger says.
    pub async fn begin_anew(&self, now: Timestamp) -> Result<(), Failure> {
        let version = self.ledger.links().await?.map_or(0, |kept| kept.version);
        self.renew(None, version, now).await
    }

    async fn renew(&self, users: Option<DeltaLink>, instead_of: u64, now: Timestamp) -> Result<(), Failure> {
        let fresh = self.directory.changes_from_now(!self.mapping.is_empty()).await?;
        let links = DeltaLinks { users: users.unwrap_or(fresh.users), groups: fresh.groups };
        match self.ledger.keep_links(&links, instead_of, now).await {
            // Somebody else took links a moment ago; his are as good.
            Err(Failure { cause: Cause::Superseded, .. }) => Ok(()),
            result => result,
        }
    }

    /// Puts everybody and everything that has changed since the last time on the queues. The place to go on from is kept
    /// only after that: a crash repeats work, and loses none. `round` is a new name for each time.
    ///
    /// # Errors
    /// What failed; nothing is lost, and the next time begins at the same place.
    pub async fn follow(&self, now: Timestamp, round: Uuid) -> Result<Followed, Failure> {
        let Some(kept) = self.ledger.links().await?.filter(|kept| self.suffices(kept)) else {
            self.begin(now).await?;
            return Ok(Followed::Begun);
        };
        match self.follow_from(&kept, now, round).await {
            // The links of another host are those of another Graph, before its address was changed.
            Err(Failure { cause: Cause::PageExpired | Cause::ForeignLink { .. }, .. }) => {
                // Noted before new links are taken, so that a crash between the two does not lose it.
                self.ledger.owe(now).await?;
                self.begin_anew(now).await?;
                Ok(Followed::Lost)
            }
            result => result.map(Followed::Queued),
        }
    }

    fn suffices(&self, kept: &KeptLinks) -> bool {
        kept.links.groups.is_some() || self.mapping.is_empty()
    }

    async fn follow_from(&self, kept: &KeptLinks, now: Timestamp, round: Uuid) -> Result<u64, Failure> {
        let (users, groups) = self.directory.changes(&kept.links).await?;
        let mut round = Round { now, name: round, sent: 0 };
        let users_link = self.follow_users(users, &mut round).await?;
        let groups_link = match groups {
            Some(groups) => Some(self.follow_groups(groups, &mut round).await?),
            None => None,
        };
        let links = DeltaLinks { users: users_link, groups: groups_link };
        // Kept although they may be the same as before: this is also how it is known when the last sweep was.
        match self.ledger.keep_links(&links, kept.version, now).await {
            // Somebody else followed the same links and has put the same people on the queues.
            Err(Failure { cause: Cause::Superseded, .. }) => {}
            result => result?,
        }
        Ok(round.sent)
    }

    async fn follow_users(&self, mut page: UserChanges, round: &mut Round) -> Result<DeltaLink, Failure> {
        for _ in 0..MAX_PAGES {
            let messages: Vec<Message> = page.changed.iter().map(|user| round.user(user)).collect();
            send(self.users, &messages).await?;
            match page.next {
                Onward::End(link) => return Ok(link),
                Onward::Page(link) => page = self.directory.more_users(&link).await?,
            }
        }
        Err(endless())
    }

    async fn follow_groups(&self, mut page: GroupChanges, round: &mut Round) -> Result<DeltaLink, Failure> {
        let mut changed = Vec::new();
        for _ in 0..MAX_PAGES {
            changed.append(&mut page.changed);
            match page.next {
                Onward::End(link) => {
                    self.queue_groups(&changed, round).await?;
                    return Ok(link);
                }
                Onward::Page(link) => page = self.directory.more_groups(&link).await?,
            }
        }
        Err(endless())
    }

    /// All pages together: a group that matters only since another entered it may stand on an earlier page than that.
    async fn queue_groups(&self, changed: &[ChangedGroup], round: &mut Round) -> Result<(), Failure> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut tree = known_tree(self.directory, self.ledger, self.mapping, self.nesting).await?;
        let nests = |tree: &GroupTree| {
            changed.iter().any(|group| !group.groups.is_empty() && tree.concerns(group.id, self.mapping))
        };
        if self.nesting == Nesting::Transitive && nests(&tree) {
            tree = read_tree(self.directory, self.ledger, self.mapping).await?;
            // What lists groups within groups lags behind what has just been said.
            for group in changed.iter().filter(|group| !group.groups.is_empty()) {
                tree.add(group.id, &group.groups);
            }
        }
        for group in changed.iter().filter(|group| tree.concerns(group.id, self.mapping)) {
            if lost_members(group, &tree, self.mapping) {
                self.ledger.owe(round.now).await?;
            }
            let messages = round.group(group);
            send(self.groups, &messages).await?;
        }
        Ok(())
    }
}

/// A group below a mapped one was deleted: those who were in it may have lost a role, and nobody names them any more. The
/// deletion of a mapped group itself takes nothing (rule 8).
fn lost_members(group: &ChangedGroup, tree: &GroupTree, mapping: &Mapping) -> bool {
    group.removed && !mapping.is_group(group.id) && tree.concerns(group.id, mapping)
}

async fn send(queue: &impl Queue, messages: &[Message]) -> Result<(), Failure> {
    if messages.is_empty() { Ok(()) } else { queue.send(messages).await }
}

fn endless() -> Failure {
    let what = format!("the list of changes does not end after {MAX_PAGES} pages");
    Failure::new("following the directory's changes", Cause::Inconsistent(what))
}

/// One time of following.
struct Round {
    now: Timestamp,
    name: Uuid,
    sent: u64,
}

impl Round {
    /// Never the same twice: a round that is repeated after a crash may find a later change of somebody who was looked at
    /// already, and SQS must not drop that for a repetition.
    fn unique(&mut self) -> String {
        self.sent += 1;
        format!("{}-{}", self.name, self.sent)
    }

    fn user(&mut self, changed: &ChangedUser) -> Message {
        let work = UserWork { deleted: changed.gone, ..UserWork::new(changed.id, Why::Sweep, self.now) };
        work.message(&self.unique())
    }

    fn group(&mut self, changed: &ChangedGroup) -> Vec<Message> {
        let mut parts: Vec<MembersHint> =
            changed.people.chunks(MembersHint::MOST).map(|part| MembersHint::people(part.to_vec())).collect();
        if !changed.groups.is_empty() {
            parts.push(MembersHint::These { people: Vec::new(), groups: changed.groups.clone() });
        }
        parts
            .into_iter()
            .map(|part| GroupWork::new(changed.id, part, Why::Sweep, self.now).message(&self.unique()))
            .collect()
    }
}
