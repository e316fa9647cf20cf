//! What the flows need of the outside, one capability a trait. A function's bounds show what it can do: whoever only
//! plans has no writer in its hands, and the template grants a handler exactly what its ports need.

mod directory;
mod ending;
mod evidence;
mod exceptions;
mod guard;
mod people;
mod proposals;
mod queue;
mod records;
mod subscriptions;
mod sweeps;

pub use directory::{
    ChangedGroup, ChangedUser, Changes, DeltaLink, DeltaLinks, DirectoryAddresses, DirectoryChanges, DirectoryLook,
    DirectoryMemberships, DirectoryNesting, Each, GroupChanges, Looked, Onward, UserChanges,
};
pub use ending::{Cleanups, Ending, EndingWrite, FirstApproval, Marks, Trace, Traces, TracesWrite};
pub use evidence::{Evidence, EvidenceRead, HeadsPage, RecordsPage};
pub use exceptions::{Exception, ExceptionList, Exceptions};
pub use guard::{Allowances, Holds};
pub use people::{
    Came, Claim, Claimed, Found, Known, Parked, ParkedDrop, ParkedPeople, ParkedPerson, People, Read, Reply, Waiting,
};
pub use proposals::{Proposals, ProposalsWrite};
pub use queue::{Backlog, Depth, FreshIds, Queue, Receipt, Visibility};
pub use records::{PersonRecord, Records};
pub use subscriptions::{
    NewSubscription, Subscription, SubscriptionRecord, SubscriptionRecords, SubscriptionRecordsWrite, Subscriptions,
    Watched,
};
pub use sweeps::{Comparisons, DeltaRecords, GroupTrees, KeptLinks, LastSweep};

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    Account, AccountId, AccountPatch, DirectoryUser, DirectoryUserId, Email, GroupId, NewAccount, Role, RoleId,
};
use crate::failure::Failure;
use crate::run::{Link, Mode, RunId, RunRecord};

/// The time, and waiting.
pub trait Clock: Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// A page of a listing that the service continues elsewhere. Opaque; only whoever made it can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink(pub String);

/// Lists the directory's users.
pub trait DirectoryUsers: Sync {
    /// The first page, or the one that `link` names.
    fn users(&self, link: Option<&PageLink>) -> impl Future<Output = Result<UsersPage, Failure>> + Send;
}

/// A page of directory users.
#[derive(Clone, Debug, Default)]
pub struct UsersPage {
    /// The users that could be read.
    pub users: Vec<DirectoryUser>,
    /// Entries that could not: no id, or one that is no id.
    pub unreadable: usize,
    /// Where it goes on.
    pub next: Option<PageLink>,
}

/// Lists a group's members.
pub trait GroupMembers: Sync {
    /// The first page, or the one that `link` names, of the people in a group.
    fn members(
        &self,
        group: GroupId,
        nesting: Nesting,
        link: Option<&PageLink>,
    ) -> impl Future<Output = Result<MembersPage, Failure>> + Send;
}

/// Whether the members of a group's groups count as its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// They do.
    Transitive,
    /// Only those count who are in the group itself.
    Direct,
}

/// A page of a group's members.
#[derive(Clone, Debug, Default)]
pub struct MembersPage {
    /// The people.
    pub members: Vec<DirectoryUserId>,
    /// How many people the whole list has, where the service says so.
    pub total: Option<u64>,
    /// Where it goes on.
    pub next: Option<PageLink>,
}

/// Asks after single people.
pub trait DirectoryPresence: Sync {
    /// What became of each of these people, in their order.
    fn presence(&self, users: &[DirectoryUserId]) -> impl Future<Output = Each<Presence>> + Send;
}

/// What the directory says of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// He is there.
    Present(Box<DirectoryUser>),
    /// He is among the deleted, and may be restored.
    Deleted,
    /// The directory knows nothing: not replicated yet, deleted for good, or never there.
    Unknown,
}

/// Asks which groups exist.
pub trait DirectoryGroups: Sync {
    /// Those of `groups` that exist.
    fn existing(&self, groups: &[GroupId]) -> impl Future<Output = Result<Vec<GroupId>, Failure>> + Send;
}

/// Lists ZenQMS's accounts.
pub trait AccountsList: Sync {
    /// A page; the first has number 1.
    fn page(&self, number: u32) -> impl Future<Output = Result<AccountsPage, Failure>> + Send;
}

/// A page of accounts.
#[derive(Clone, Debug, Default)]
pub struct AccountsPage {
    /// The accounts that could be read.
    pub accounts: Vec<Account>,
    /// Entries without an id, with which nothing can be done.
    pub unreadable: usize,
    /// How many accounts there are in all, where the service says so.
    pub total: Option<u64>,
}

/// Finds single accounts.
pub trait AccountsFind: Sync {
    /// All accounts that carry this person's id.
    fn by_external_id(&self, user: DirectoryUserId) -> impl Future<Output = Result<Vec<Account>, Failure>> + Send;

    /// Those of these accounts that exist, in any order.
    fn by_ids(&self, accounts: &[AccountId]) -> impl Future<Output = Result<Vec<Account>, Failure>> + Send;

    /// All accounts that carry this e-mail address, in whatever case.
    fn by_email(&self, email: &Email) -> impl Future<Output = Result<Vec<Account>, Failure>> + Send;
}

/// Writes accounts.
pub trait AccountsWrite: Sync {
    /// Creates an account. No invitation is sent.
    fn create(&self, account: &NewAccount) -> impl Future<Output = Result<AccountId, Failure>> + Send;

    /// Changes an account.
    fn change(&self, account: &AccountId, patch: &AccountPatch) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A service with a pace of its own.
pub trait Paced: Sync {
    /// Requests a second that it bears, as far as is known at present.
    fn rate(&self) -> f64;
}

/// Gives and takes roles.
pub trait RolesWrite: Sync {
    /// Gives roles; one that is held already is no error.
    fn add_roles(&self, account: &AccountId, roles: &[RoleId]) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Takes roles; one that is not held is no error.
    fn remove_roles(&self, account: &AccountId, roles: &[RoleId]) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Lists ZenQMS's roles.
pub trait RolesList: Sync {
    /// All of them.
    fn roles(&self) -> impl Future<Output = Result<Vec<Role>, Failure>> + Send;
}

/// Keeps which links this integration made.
pub trait Links: Sync {
    /// Keeps a link. The first record of a link stands; only another account replaces it.
    fn record(&self, link: &Link) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Keeps runs.
pub trait Runs: Sync {
    /// The latest run of a mode.
    fn latest(&self, mode: Mode) -> impl Future<Output = Result<Option<RunRecord>, Failure>> + Send;

    /// Keeps a new run, provided that `after` is still the latest.
    fn begin(&self, run: &RunRecord, after: Option<&RunId>) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Saves a run over the version before it. Fails with [`Cause::Superseded`](crate::failure::Cause::Superseded) when
    /// somebody else saved meanwhile.
    fn save(&self, run: &RunRecord) -> impl Future<Output = Result<(), Failure>> + Send;
}
