use std::collections::HashMap;

use sync_core::domain::{DirectoryUser, DirectoryUserId, Mapping};
use sync_core::failure::{Cause, Failure};
use sync_core::index::{AccountIndex, Memberships};
use sync_core::ports::{AccountsList, DirectoryUsers, GroupMembers, Nesting};

use crate::event::{Event, Observer, Stage};
use crate::listing::{EMPTY, MAX_PAGES, RESTARTS, UNREADABLE, endless};
use crate::reading::{read_accounts, read_memberships};
use crate::stop::Stop;

/// What both services hold, as a run reads it; for whoever writes nothing.
pub struct Survey {
    /// Every account that could be read.
    pub accounts: AccountIndex,
    /// Entries of ZenQMS's list that could not.
    pub unreadable: u64,
    /// Who is in which mapped group.
    pub memberships: Memberships,
    /// Everybody whom the directory lists. The deleted are not among them.
    pub users: HashMap<DirectoryUserId, DirectoryUser>,
}

/// Why the services cannot be surveyed.
#[derive(Debug, thiserror::Error)]
pub enum NoSurvey {
    /// What could not be read.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// What was read cannot be true, or is not allowed to be read; with the cure.
    #[error("{0}")]
    Halted(String),
}

impl From<Stop> for NoSurvey {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(failure) => Self::Failed(failure),
            Stop::Halt(because) => Self::Halted(because),
            Stop::TimeIsUp | Stop::Superseded => Self::Halted("the reading was broken off".to_owned()),
        }
    }
}

/// Reads both services.
///
/// # Errors
/// What could not be read. A group that cannot be read whole is no error: [`Memberships::unread_groups`].
pub async fn survey(
    directory: &(impl DirectoryUsers + GroupMembers),
    accounts: &impl AccountsList,
    mapping: &Mapping,
    nesting: Nesting,
    observer: &impl Observer,
) -> Result<Survey, NoSurvey> {
    let (mut accounts, unreadable) = read_accounts(accounts, observer).await?;
    let memberships = read_memberships(directory, mapping, nesting, &accounts, observer).await?;
    let mut users = HashMap::new();
    for _ in 0..=RESTARTS {
        match list_users(directory, &mut users, observer).await {
            Err(Stop::Failed(Failure { cause: Cause::PageExpired, .. })) => observer.on(&Event::ListingRestarted),
            Err(stop) => return Err(stop.into()),
            Ok(()) => {
                for user in users.values() {
                    accounts.see(user);
                }
                return Ok(Survey { accounts, unreadable, memberships, users });
            }
        }
    }
    Err(Failure::new("listing the directory's users", Cause::PageExpired).into())
}

async fn list_users(
    directory: &impl DirectoryUsers,
    users: &mut HashMap<DirectoryUserId, DirectoryUser>,
    observer: &impl Observer,
) -> Result<(), Stop> {
    observer.on(&Event::Entered { stage: Stage::Users, expected: None });
    let mut link = None;
    for _ in 0..MAX_PAGES {
        let page = directory.users(link.as_ref()).await?;
        if link.is_none() && !page.users.is_empty() && page.users.iter().all(DirectoryUser::is_unreadable) {
            return Err(Stop::Halt(UNREADABLE.to_owned()));
        }
        observer.on(&Event::Advanced { stage: Stage::Users, by: (page.users.len() + page.unreadable) as u64 });
        users.extend(page.users.into_iter().map(|user| (user.id, user)));
        match page.next {
            None if users.is_empty() => return Err(Stop::Halt(EMPTY.to_owned())),
            None => return Ok(()),
            next if next == link => return Err(endless(link.as_ref())),
            next => link = next,
        }
    }
    Err(endless(None))
}
