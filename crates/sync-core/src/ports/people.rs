use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{AccountId, DirectoryUserId};
use crate::evidence::Head;
use crate::failure::Failure;

/// Keeps who is being looked at, so that nobody is by two at once, and what the last look found.
pub trait People: Sync {
    /// Claims a person for `holder` until the claim's time is over, provided that nobody else holds him. With `newer_than`,
    /// only if nobody has read him since.
    fn claim(
        &self,
        claim: &Claim,
        newer_than: Option<Timestamp>,
    ) -> impl Future<Output = Result<Claimed, Failure>> + Send;

    /// Holds on to a person for longer. Fails with [`Cause::Busy`](crate::failure::Cause::Busy) when somebody else has him.
    fn renew(&self, claim: &Claim) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Takes note that the person is about to be linked: whoever comes after a crash knows the link for ours.
    fn announce_link(&self, claim: &Claim) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Lets go, and keeps what was found. Returns who waits for him, beside those who were woken.
    fn release(&self, claim: &Claim, found: &Found) -> impl Future<Output = Result<Vec<Waiting>, Failure>> + Send;

    /// Takes note that somebody waits for `user`. Returns when `user` was last read, which may have been since.
    fn wait_for(
        &self,
        user: DirectoryUserId,
        waiting: Waiting,
    ) -> impl Future<Output = Result<Option<Timestamp>, Failure>> + Send;
}

/// Somebody who waits for another person's e-mail address to become free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waiting {
    /// Until the other's account gives the address up.
    ForAccount(DirectoryUserId),
    /// Until the other does not carry the same address in the directory any more.
    ForRival(DirectoryUserId),
}

impl Waiting {
    /// Who waits.
    #[must_use]
    pub const fn user(self) -> DirectoryUserId {
        match self {
            Self::ForAccount(user) | Self::ForRival(user) => user,
        }
    }
}

/// A claim on a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whom.
    pub user: DirectoryUserId,
    /// Who: a new name for each claim.
    pub holder: Uuid,
    /// From when.
    pub now: Timestamp,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

impl Claim {
    /// How long a claim holds. A process that dies holds its people up for no longer.
    pub const LEASE: Duration = Duration::from_mins(1);
    /// How often a claim is renewed while the work goes on.
    pub const RENEWAL: Duration = Duration::from_secs(20);
    /// When the work is broken off if a claim cannot be renewed: what is on its way by then has reached the service before
    /// anybody else can claim the person.
    pub const LAST_MOMENT: Duration = Duration::from_secs(50);

    /// A claim from now on.
    #[must_use]
    pub fn new(user: DirectoryUserId, holder: Uuid, now: Timestamp) -> Self {
        let lease = jiff::SignedDuration::try_from(Self::LEASE).unwrap_or_default();
        Self { user, holder, now, until: now.checked_add(lease).unwrap_or(now) }
    }
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It holds.
    Granted(Known),
    /// Somebody else holds him.
    Busy,
    /// Somebody has read him since.
    ReadSince,
}

/// What is known of a person from before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may be true")]
pub struct Known {
    /// His account, when it was last seen.
    pub account: Option<AccountId>,
    /// When he was last read, profile and roles.
    pub read_at: Option<Timestamp>,
    /// When his roles were last read, with his profile or alone.
    pub roles_read_at: Option<Timestamp>,
    /// What came of the last look that an operator has asked for.
    pub reply: Option<Reply>,
    /// When a second look at him is due.
    pub second_look: Option<Timestamp>,
    /// Whether he is among the parked.
    pub parked: bool,
    /// Whether something is kept back of him.
    pub held: bool,
    /// Whether somebody was about to link him, and did not live to record it.
    pub link_announced: bool,
    /// Whether somebody held him before who did not let him go, or could not put on record what became of a write.
    pub cut_off: bool,
    /// Why he is on the list of exceptions, in words, if he is.
    pub excepted: Option<String>,
    /// Who waits for him.
    pub awaited_by: Vec<Waiting>,
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// When the directory was read, and what of it.
    pub read: Option<Read>,
    /// What is told to an operator who has asked for the look.
    pub reply: Option<Reply>,
    /// His account.
    pub account: Option<AccountId>,
    /// When he will be looked at once more.
    pub second_look: Option<Timestamp>,
    /// Whether he is among the parked.
    pub parked: bool,
    /// Whether something is kept back of him, where that has changed.
    pub held: Option<bool>,
    /// Whether a link that was announced is still not recorded.
    pub link_announced: bool,
    /// Whether there is still something to be put on record of what was written before.
    pub cut_off: bool,
    /// Where the evidence of him ends, where something was added.
    pub evidence: Option<Head>,
    /// Who was woken, and waits no more.
    pub woken: Vec<Waiting>,
}

/// What came of a look that an operator has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// When he asked, as he said it; kept to the microsecond.
    pub asked_at: Timestamp,
    /// What came of it.
    pub came: Came,
}

/// What came of a look, for whoever waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// All that was due and that the guard has let through.
    Done,
    /// Something failed that passes; he is looked at again.
    PutOff,
    /// The directory does not know him, or not yet.
    Unknown,
    /// Something failed that does not mend itself.
    Parked,
}

impl Came {
    const ALL: [Self; 4] = [Self::Done, Self::PutOff, Self::Unknown, Self::Parked];

    /// Its name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::PutOff => "put_off",
            Self::Unknown => "unknown",
            Self::Parked => "parked",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|came| came.name() == name)
    }
}

/// What a look read, and when. A look that came to nothing read nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Profile and roles.
    Whole(Timestamp),
    /// The profile alone.
    Profile(Timestamp),
    /// The roles alone.
    Roles(Timestamp),
}

/// Keeps people for whom nothing can be done until somebody mends what is wrong.
pub trait Parked: Sync {
    /// Parks a person.
    fn park(&self, parked: &ParkedPerson) -> impl Future<Output = Result<(), Failure>> + Send;

    /// He is well again, or nothing is to be done about him.
    fn unpark(&self, user: DirectoryUserId) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Takes people off the list of the parked whom an operator wants off it.
pub trait ParkedDrop: Sync {
    /// Why somebody is parked, if he is.
    fn parked_person(
        &self,
        user: DirectoryUserId,
    ) -> impl Future<Output = Result<Option<ParkedPerson>, Failure>> + Send;

    /// Takes him off, unless he was parked anew since; says whether it did.
    fn drop_parked(&self, parked: &ParkedPerson) -> impl Future<Output = Result<bool, Failure>> + Send;
}

/// Lists the parked.
pub trait ParkedPeople: Sync {
    /// All of them, by their ids.
    fn parked_people(&self) -> impl Future<Output = Result<Vec<ParkedPerson>, Failure>> + Send;
}

/// A person for whom a write failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedPerson {
    /// Who.
    pub user: DirectoryUserId,
    /// The failure's name, as in metrics.
    pub code: String,
    /// The failure in words; ids only.
    pub because: String,
    /// When it was found out.
    pub at: Timestamp,
}
