//! The fewest calls that a run can do with.

use std::sync::atomic::{AtomicU64, Ordering};

use initial_sync::{Event, Observer};
use serde::Serialize;
use simulator::{Route, Tally, World};
use uuid::Uuid;

/// Graph's greatest page.
const GRAPH_PAGE: u64 = 999;
/// Graph's greatest batch.
const BATCH: u64 = 20;
/// The page that is asked of ZenQMS.
const ZENQMS_PAGE: u64 = 100;

/// Calls by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Calls {
    /// Pages of directory users.
    pub(crate) users: u64,
    /// Pages of members.
    pub(crate) members: u64,
    /// Batches: where the sweeps go on, the groups below the mapped ones, single people.
    pub(crate) batches: u64,
    /// Pages of accounts.
    pub(crate) accounts: u64,
    /// Looking for single accounts.
    pub(crate) searches: u64,
    /// Creating and changing accounts.
    pub(crate) profiles: u64,
    /// Giving and taking roles.
    pub(crate) roles: u64,
}

impl Calls {
    /// The pages that have to be read of this world: every user, every member of a mapped group, every account.
    pub(crate) fn reading(world: &World, mapped: &[Uuid], transitive: bool) -> Self {
        let users = world.people.iter().filter(|person| person.deleted.is_none()).count() as u64;
        let members = mapped.iter().map(|&group| pages(world.members_of(group, transitive).len() as u64, GRAPH_PAGE));
        Self {
            users: pages(users, GRAPH_PAGE),
            members: members.sum(),
            accounts: pages(world.accounts.len() as u64, ZENQMS_PAGE),
            ..Self::default()
        }
    }

    /// What a stack's first run has to ask besides: where the sweeps go on, and which groups stand below the mapped ones.
    pub(crate) fn beginning(mapped: &[Uuid], transitive: bool) -> u64 {
        let groups = if transitive { mapped.len() as u64 } else { 0 };
        1 + groups.div_ceil(BATCH)
    }

    /// What was called. Every search of accounts without a filter is a page; `pages` says how many those can be.
    pub(crate) fn made(tally: &Tally, pages: u64) -> Self {
        let searches = tally.calls(Route::AccountSearch);
        let accounts = searches.min(pages);
        Self {
            users: tally.calls(Route::UsersList),
            members: tally.calls(Route::TransitiveMembers) + tally.calls(Route::Members),
            batches: tally.calls(Route::Batch),
            accounts,
            searches: searches - accounts,
            profiles: tally.calls(Route::AccountCreate) + tally.calls(Route::AccountPatch),
            roles: tally.calls(Route::RolesAdd) + tally.calls(Route::RolesRemove),
        }
    }

    pub(crate) fn all(&self) -> u64 {
        self.users + self.members + self.batches + self.accounts + self.searches + self.profiles + self.roles
    }
}

/// A list without entries costs a call, too.
fn pages(entries: u64, page: u64) -> u64 {
    entries.div_ceil(page).max(1)
}

/// Counts the calls that the writes of a run need at least: one for an account, one to give and one to take its roles.
#[derive(Debug, Default)]
pub(crate) struct Needed {
    profiles: AtomicU64,
    roles: AtomicU64,
}

impl Needed {
    pub(crate) fn profiles(&self) -> u64 {
        self.profiles.load(Ordering::Relaxed)
    }

    pub(crate) fn roles(&self) -> u64 {
        self.roles.load(Ordering::Relaxed)
    }
}

impl Observer for Needed {
    fn on(&self, event: &Event<'_>) {
        if let Event::Settled(settled) = event {
            self.profiles.fetch_add(u64::from(settled.written.is_some()), Ordering::Relaxed);
            let calls = u64::from(settled.roles_added > 0) + u64::from(settled.roles_removed > 0);
            self.roles.fetch_add(calls, Ordering::Relaxed);
        }
    }
}
