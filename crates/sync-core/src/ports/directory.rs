use std::collections::BTreeSet;

use crate::domain::{DirectoryUserId, Email, GroupId};
use crate::failure::Failure;

use super::{Nesting, PageLink, Presence};

/// An answer for each of several questions, in their order; or none at all.
pub type Each<T> = Result<Vec<Result<T, Failure>>, Failure>;

/// Looks at single people: who they are, and in which groups.
pub trait DirectoryLook: Sync {
    /// What the directory says of each of `people`, in their order, and which of `groups` they are in, in as few calls as
    /// can be.
    fn look(
        &self,
        people: &[DirectoryUserId],
        groups: &[GroupId],
        nesting: Nesting,
    ) -> impl Future<Output = Each<Looked>> + Send;
}

/// What the directory says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Whether he is there.
    pub presence: Presence,
    /// The groups that he is in, of those that were asked for; `None`: that could not be read. An empty set is an answer, and
    /// takes roles.
    pub member_of: Option<BTreeSet<GroupId>>,
}

/// Asks in which groups people are.
pub trait DirectoryMemberships: Sync {
    /// For each of `people`, in their order, which of `groups` he is in; `None`: the directory does not know him.
    fn memberships(
        &self,
        people: &[DirectoryUserId],
        groups: &[GroupId],
        nesting: Nesting,
    ) -> impl Future<Output = Each<Option<BTreeSet<GroupId>>>> + Send;
}

/// Asks whose an e-mail address is.
pub trait DirectoryAddresses: Sync {
    /// For each of `addresses`, in their order, the directory users who carry it, be it by what stands in for an address.
    fn holders(&self, addresses: &[Email]) -> impl Future<Output = Each<Vec<DirectoryUserId>>> + Send;
}

/// Finds the groups that are nested below others.
pub trait DirectoryNesting: Sync {
    /// For each of `groups`, in their order, the groups below it, however deep.
    fn nested(&self, groups: &[GroupId]) -> impl Future<Output = Each<Vec<GroupId>>> + Send;
}

/// Where a delta listing goes on next time. Opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaLink(pub String);

/// Where both delta listings go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaLinks {
    /// That of the users.
    pub users: DeltaLink,
    /// That of the groups; `None` when nothing is mapped.
    pub groups: Option<DeltaLink>,
}

/// Lists what has changed.
pub trait DirectoryChanges: Sync {
    /// Links from which on everything is listed that changes after this moment.
    fn changes_from_now(&self, groups: bool) -> impl Future<Output = Result<DeltaLinks, Failure>> + Send;

    /// The first page of both listings, in one call. A link that is not honoured any more fails with
    /// [`Cause::PageExpired`](crate::failure::Cause::PageExpired).
    fn changes(
        &self,
        links: &DeltaLinks,
    ) -> impl Future<Output = Result<(UserChanges, Option<GroupChanges>), Failure>> + Send;

    /// A later page of the users' listing.
    fn more_users(&self, link: &PageLink) -> impl Future<Output = Result<UserChanges, Failure>> + Send;

    /// A later page of the groups' listing.
    fn more_groups(&self, link: &PageLink) -> impl Future<Output = Result<GroupChanges, Failure>> + Send;
}

/// A page of a delta listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes<T> {
    /// What changed; the same thing may be there more than once.
    pub changed: Vec<T>,
    /// Where it goes on.
    pub next: Onward,
}

/// Where a delta listing goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onward {
    /// On another page, at once.
    Page(PageLink),
    /// At its end: next time.
    End(DeltaLink),
}

/// A page of users who changed.
pub type UserChanges = Changes<ChangedUser>;
/// A page of groups that changed.
pub type GroupChanges = Changes<ChangedGroup>;

/// A user who was created, changed, deleted or restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedUser {
    /// Who.
    pub id: DirectoryUserId,
    /// Whether the directory says that he is deleted for good.
    pub gone: bool,
}

/// A group that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedGroup {
    /// Which.
    pub id: GroupId,
    /// Whether it is deleted, for good or not.
    pub removed: bool,
    /// The people who entered or left.
    pub people: Vec<DirectoryUserId>,
    /// The groups that entered or left.
    pub groups: Vec<GroupId>,
}
