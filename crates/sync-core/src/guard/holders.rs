//! Who else holds a role that must keep a number of holders: asked afresh whenever somebody is to lose one, because ZenQMS tells
//! nobody's holders, and what was counted at another time may be wrong by now.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use crate::domain::{Account, DirectoryUser, DirectoryUserId, Leaving, Mapping, RoleId, Within};
use crate::failure::{Cause, Disposition, Failure};
use crate::ports::{AccountsFind, DirectoryPresence, GroupMembers, Nesting, PageLink, Presence};

use super::Asked;

/// So many people are asked after in one call: Graph's `$batch` has room for twenty.
const TOGETHER: usize = 20;
/// So many accounts are looked up side by side.
const SIDE_BY_SIDE: usize = 8;
/// So many accounts are looked up in vain before it counts as told that a role has too few holders: a look has a minute.
const IN_VAIN: usize = 48;
/// So many of a group's members are asked after, for the same reason.
const ASKED_AFTER: usize = 400;
/// So many more are found than are needed: one of them may lose something at this moment.
const SPARE: usize = 2;

/// Other holders of roles that somebody is to lose and that must keep some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders(BTreeMap<RoleId, Others>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Others {
    /// These, where there must be so many.
    Found { least: usize, people: BTreeSet<DirectoryUserId> },
    /// Nobody has told.
    Untold,
}

impl Holders {
    /// Of no role that must keep holders is it known who holds it.
    #[must_use]
    pub fn untold(mapping: &Mapping) -> Self {
        let mut holders = Self::default();
        for (role, _) in mapping.minimum_holders() {
            holders.0.insert(role.clone(), Others::Untold);
        }
        holders
    }

    /// Of a role that must keep `least` holders, these others hold it.
    #[must_use]
    pub fn with(mut self, role: RoleId, least: u32, people: impl IntoIterator<Item = DirectoryUserId>) -> Self {
        self.0.insert(role, Others::Found { least: least as usize, people: people.into_iter().collect() });
        self
    }

    /// Whether it is not known who holds a role.
    pub(super) fn is_untold(&self, role: &RoleId) -> bool {
        matches!(self.0.get(role), Some(Others::Untold))
    }

    /// Whether a role would be left with too few, if these people are not counted.
    pub(super) fn is_scarce(&self, role: &RoleId, losing: &BTreeSet<DirectoryUserId>) -> bool {
        match self.0.get(role) {
            Some(Others::Found { least, people }) => people.difference(losing).count() < *least,
            Some(Others::Untold) | None => false,
        }
    }
}

/// The roles that must keep holders of which an account counts as one.
#[must_use]
pub fn counts_for(account: Option<&Account>, mapping: &Mapping) -> BTreeSet<RoleId> {
    let mut roles = BTreeSet::new();
    if let Some(account) = account.filter(|account| account.is_active != Some(false)) {
        for (role, _) in mapping.minimum_holders().filter(|(role, _)| holds(account, role)) {
            roles.insert(role.clone());
        }
    }
    roles
}

fn holds(account: &Account, role: &RoleId) -> bool {
    account.roles.iter().flatten().any(|one| one.id == *role)
}

/// Where it is asked who else holds a role.
#[derive(Debug)]
pub(crate) struct HolderSearch<'a, D, A> {
    pub(crate) directory: &'a D,
    pub(crate) accounts: &'a A,
    pub(crate) mapping: &'a Mapping,
    pub(crate) nesting: Nesting,
}

impl<D: GroupMembers + DirectoryPresence, A: AccountsFind> HolderSearch<'_, D, A> {
    /// Finds out who else holds the roles that `asked` would take and that must keep holders; asks nobody where there are none. Why
    /// it is not told of some, if it is not.
    ///
    /// Counted is whoever is in a group that gives the role, may sign in, has one linked account, which is in use, and holds it; and
    /// none of those who are to lose it, nor of those who lost something lately. No more of them are looked up than are needed.
    pub(crate) async fn others(
        &self,
        asked: &[Asked],
        lately: &BTreeSet<DirectoryUserId>,
    ) -> (Holders, Option<Failure>) {
        let searches = self.mapping.minimum_holders().filter_map(|(role, least)| {
            let mut losing = asked.iter().filter(|asked| asked.gives_up_any(role)).peekable();
            losing.peek()?;
            let seen = losing.map(|asked| asked.withdrawal.user).chain(lately.iter().copied()).collect();
            Some(async move { (role, least, self.holders_of(role, least as usize, seen).await) })
        });
        let (mut holders, mut failed) = (Holders::default(), None);
        for (role, least, found) in join_all(searches).await {
            match found {
                Ok(people) => holders = holders.with(role.clone(), least, people),
                Err(failure) => {
                    holders.0.insert(role.clone(), Others::Untold);
                    failed = Some(failure);
                }
            }
        }
        (holders, failed)
    }

    async fn holders_of(
        &self,
        role: &RoleId,
        least: usize,
        mut seen: BTreeSet<DirectoryUserId>,
    ) -> Result<BTreeSet<DirectoryUserId>, Failure> {
        let mut search = Search::default();
        for group in self.mapping.groups_giving(role) {
            let mut link: Option<PageLink> = None;
            loop {
                let page = match self.directory.members(group, self.nesting, link.as_ref()).await {
                    Ok(page) => page,
                    // A group that is not there keeps nobody in a role.
                    Err(Failure { cause: Cause::NotFound, .. }) => break,
                    Err(failure) => return Err(failure),
                };
                let unseen: Vec<_> = page.members.into_iter().filter(|&user| seen.insert(user)).collect();
                for some in unseen.chunks(TOGETHER) {
                    for some in self.staying(some, &mut search).await?.chunks(SIDE_BY_SIDE) {
                        self.look_up(role, some, &mut search).await;
                        if search.found.len() >= least + SPARE || search.in_vain >= IN_VAIN {
                            return search.end(least);
                        }
                    }
                    search.asked_after += some.len();
                    if search.asked_after >= ASKED_AFTER {
                        return search.end(least);
                    }
                }
                link = page.next;
                if link.is_none() {
                    break;
                }
            }
        }
        search.end(least)
    }

    /// Those of these people who may sign in, and are not outside the scope where that takes accounts. The others are to lose theirs,
    /// or have lost it.
    async fn staying(&self, people: &[DirectoryUserId], search: &mut Search) -> Result<Vec<DirectoryUserId>, Failure> {
        let leave_scope = self.mapping.scope().leaving == Leaving::Deactivate;
        let stays = |user: &DirectoryUser| {
            user.account_enabled == Some(true) && !(leave_scope && matches!(user.within, Within::Outside(_)))
        };
        let mut staying = Vec::new();
        for (&user, presence) in people.iter().zip(self.directory.presence(people).await?) {
            match presence {
                Ok(Presence::Present(person)) if stays(&person) => staying.push(user),
                Ok(_) => {}
                Err(failure) => search.unread = Some(failure),
            }
        }
        Ok(staying)
    }

    /// Finds those of these people whose one account is in use and holds the role.
    async fn look_up(&self, role: &RoleId, people: &[DirectoryUserId], search: &mut Search) {
        let accounts = join_all(people.iter().map(|&user| self.accounts.by_external_id(user))).await;
        for (&user, accounts) in people.iter().zip(accounts) {
            match accounts.as_deref() {
                Ok([one]) if one.is_active != Some(false) && holds(one, role) => {
                    search.found.insert(user);
                }
                Ok(_) => search.in_vain += 1,
                Err(failure) => {
                    search.in_vain += 1;
                    search.unread = Some(failure.clone());
                }
            }
        }
    }
}

/// How far a search for holders is.
#[derive(Default)]
struct Search {
    found: BTreeSet<DirectoryUserId>,
    in_vain: usize,
    asked_after: usize,
    /// Why it is not known of somebody whether he is one.
    unread: Option<Failure>,
}

impl Search {
    /// Who was found. Where these are too few and somebody could not be read for a reason that passes, that is said; whoever
    /// cannot be read for good is no holder.
    fn end(self, least: usize) -> Result<BTreeSet<DirectoryUserId>, Failure> {
        match self.unread {
            Some(failure)
                if self.found.len() < least
                    && matches!(failure.disposition(), Disposition::Retry | Disposition::LookAgain) =>
            {
                Err(failure)
            }
            _ => Ok(self.found),
        }
    }
}
