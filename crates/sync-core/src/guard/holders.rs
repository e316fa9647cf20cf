//! Who else holds a role that must keep a number of holders: asked afresh whenever somebody is to lose one, because ZenQMS tells
//! nobody's holders, and what was counted at another time may be wrong by now.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use jiff::SignedDuration;

use crate::domain::{Account, DirectoryUserId, Mapping, RoleId};
use crate::failure::{Cause, Failure};
use crate::ports::{AccountsFind, GroupMembers, Nesting, PageLink};

use super::{Asked, Limits};

/// So many people are looked up in vain before it counts as told that a role has too few holders.
const IN_VAIN: usize = 50;
/// So many are looked up side by side.
const SIDE_BY_SIDE: usize = 8;

/// Other holders of roles that somebody is to lose and that must keep some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders(BTreeMap<RoleId, Others>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Others {
    /// How many there must be.
    least: usize,
    /// Those who were found.
    people: BTreeSet<DirectoryUserId>,
}

impl Holders {
    /// Whoever was granted a withdrawal within this time is not counted: what ZenQMS says of him may be from before it is done. A run
    /// that takes as much as a day allows is done within it.
    pub(super) const IN_DOUBT: SignedDuration = SignedDuration::from_hours(1);

    /// Of a role that must keep `least` holders, these others hold it.
    #[must_use]
    pub fn with(mut self, role: RoleId, least: u32, people: impl IntoIterator<Item = DirectoryUserId>) -> Self {
        self.0.insert(role, Others { least: least as usize, people: people.into_iter().collect() });
        self
    }

    /// The roles that would be left with too few, if these people are not counted.
    pub(super) fn scarce(&self, losing: &BTreeSet<DirectoryUserId>) -> BTreeSet<RoleId> {
        let is_scarce = |others: &Others| others.people.difference(losing).count() < others.least;
        self.0.iter().filter(|(_, others)| is_scarce(others)).map(|(role, _)| role.clone()).collect()
    }
}

/// The roles that must keep holders of which an account counts as one.
pub(super) fn counts_for(account: Option<&Account>, mapping: &Mapping) -> BTreeSet<RoleId> {
    let Some(account) = account.filter(|account| account.is_active != Some(false)) else { return BTreeSet::new() };
    let held = |role: &RoleId| account.roles.iter().flatten().any(|one| one.id == *role);
    mapping.minimum_holders().filter(|(role, _)| held(role)).map(|(role, _)| role.clone()).collect()
}

/// Finds out who else holds the roles that `asked` would take and that must keep holders. Asks nobody where there are none, or where
/// they need not.
///
/// Counted is whoever is in a group that gives the role, has one linked account, which is in use, and holds it; and none of those
/// who are to lose something themselves. No more of them are looked up than are needed.
///
/// # Errors
/// What could not be read; then nothing is told.
pub async fn who_else_holds(
    directory: &impl GroupMembers,
    accounts: &impl AccountsFind,
    (mapping, nesting): (&Mapping, Nesting),
    limits: &Limits,
    asked: &[Asked],
) -> Result<Holders, Failure> {
    if !limits.minimum_holders {
        return Ok(Holders::default());
    }
    let losing: BTreeSet<DirectoryUserId> = asked.iter().map(|asked| asked.withdrawal.user).collect();
    let mut holders = Holders::default();
    for (role, least) in mapping.minimum_holders() {
        if asked.iter().any(|asked| asked.counts_for.contains(role)) {
            let people =
                Search { role, least: least as usize, seen: losing.clone(), found: BTreeSet::new(), in_vain: 0 }
                    .through(directory, accounts, (mapping, nesting))
                    .await?;
            holders = holders.with(role.clone(), least, people);
        }
    }
    Ok(holders)
}

/// A search for holders of a role.
struct Search<'a> {
    role: &'a RoleId,
    least: usize,
    /// Who was looked up, or does not count.
    seen: BTreeSet<DirectoryUserId>,
    found: BTreeSet<DirectoryUserId>,
    in_vain: usize,
}

impl Search<'_> {
    async fn through(
        mut self,
        directory: &impl GroupMembers,
        accounts: &impl AccountsFind,
        (mapping, nesting): (&Mapping, Nesting),
    ) -> Result<BTreeSet<DirectoryUserId>, Failure> {
        for group in mapping.groups_giving(self.role) {
            let mut link: Option<PageLink> = None;
            while !self.is_over() {
                let page = match directory.members(group, nesting, link.as_ref()).await {
                    Ok(page) => page,
                    // A group that is not there keeps nobody in a role.
                    Err(Failure { cause: Cause::NotFound, .. }) => break,
                    Err(failure) => return Err(failure),
                };
                self.look_up(accounts, page.members).await?;
                link = page.next;
                if link.is_none() {
                    break;
                }
            }
        }
        Ok(self.found)
    }

    fn is_over(&self) -> bool {
        self.in_vain >= IN_VAIN || self.found.len() >= self.least
    }

    async fn look_up(&mut self, accounts: &impl AccountsFind, members: Vec<DirectoryUserId>) -> Result<(), Failure> {
        let mut members = members.into_iter();
        while !self.is_over() {
            let wanted = (self.least - self.found.len()).min(SIDE_BY_SIDE);
            let next: Vec<_> = members.by_ref().filter(|&user| self.seen.insert(user)).take(wanted).collect();
            if next.is_empty() {
                break;
            }
            for (user, found) in
                next.iter().zip(try_join_all(next.iter().map(|&user| accounts.by_external_id(user))).await?)
            {
                if self.is_held_by(&found) {
                    self.found.insert(*user);
                } else {
                    self.in_vain += 1;
                }
            }
        }
        Ok(())
    }

    /// Whether the one account that somebody has is in use and holds the role.
    fn is_held_by(&self, accounts: &[Account]) -> bool {
        let [account] = accounts else { return false };
        account.is_active != Some(false) && account.roles.iter().flatten().any(|role| role.id == *self.role)
    }
}
