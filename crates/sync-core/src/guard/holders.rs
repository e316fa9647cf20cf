//! Who else holds a role that must keep a number of holders: asked afresh whenever somebody is to lose one, because ZenQMS tells
//! nobody's holders, and what was counted at another time may be wrong by now.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join_all, try_join_all};
use jiff::SignedDuration;

use crate::domain::{Account, DirectoryUserId, Mapping, RoleId};
use crate::failure::{Cause, Failure};
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
    /// Whoever was granted a withdrawal within this time is not counted: what ZenQMS and Graph say of him may be from before it.
    pub(super) const IN_DOUBT: SignedDuration = SignedDuration::from_hours(1);

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
        let (mut found, mut in_vain, mut asked_after) = (BTreeSet::new(), 0, 0);
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
                    for some in self.enabled(some).await?.chunks(SIDE_BY_SIDE) {
                        let holding = self.holding(role, some).await?;
                        in_vain += some.len() - holding.len();
                        found.extend(holding);
                        if found.len() >= least || in_vain >= IN_VAIN {
                            return Ok(found);
                        }
                    }
                    asked_after += some.len();
                    if asked_after >= ASKED_AFTER {
                        return Ok(found);
                    }
                }
                link = page.next;
                if link.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Those of these people who may sign in. Whoever may not is to lose his account, or has lost it.
    async fn enabled(&self, people: &[DirectoryUserId]) -> Result<Vec<DirectoryUserId>, Failure> {
        let mut enabled = Vec::new();
        for (&user, presence) in people.iter().zip(self.directory.presence(people).await?) {
            if matches!(presence?, Presence::Present(user) if user.account_enabled == Some(true)) {
                enabled.push(user);
            }
        }
        Ok(enabled)
    }

    /// Those of these people whose one account is in use and holds the role.
    async fn holding(&self, role: &RoleId, people: &[DirectoryUserId]) -> Result<Vec<DirectoryUserId>, Failure> {
        let accounts = try_join_all(people.iter().map(|&user| self.accounts.by_external_id(user))).await?;
        let holds =
            |accounts: &[Account]| matches!(accounts, [one] if one.is_active != Some(false) && holds(one, role));
        Ok(people.iter().zip(accounts).filter(|(_, accounts)| holds(accounts)).map(|(&user, _)| user).collect())
    }
}
