use crate::domain::{Account, DirectoryUserId, Email, ExternalId};

use super::Reason;

/// What was found in ZenQMS, and in the directory, that bears on whose account is whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The accounts whose `external_id` is the person's id.
    pub by_external_id: Vec<Account>,
    /// The accounts whose e-mail address is the person's, whatever their `external_id`.
    pub by_email: Vec<Account>,
    /// Other directory users who carry the same e-mail address.
    pub rivals: Vec<DirectoryUserId>,
}

impl Candidates {
    /// What two searches found for a person. One may show what the other does not yet: an account that carries the address
    /// and is his already.
    #[must_use]
    pub fn of(user: DirectoryUserId, mut by_external_id: Vec<Account>, by_email: Vec<Account>) -> Self {
        if by_external_id.is_empty() {
            by_external_id.extend(by_email.iter().find(|account| account.is_linked_to(user)).cloned());
        }
        Self { by_external_id, by_email, rivals: Vec::new() }
    }

    /// All accounts that were found.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.by_external_id.iter().chain(&self.by_email)
    }
}

/// Which account is a person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// It carries the person's id.
    Linked(&'a Account),
    /// It carries the person's e-mail address and nobody's id.
    ByEmail(&'a Account),
    /// There is none.
    Absent,
    /// It cannot be told.
    Undecided(Reason),
}

/// Rule 2: by `external_id`; else by e-mail address, without case, and only an account that carries no `external_id`.
/// Two candidates, or an account linked to somebody else: no match, a reason.
#[must_use]
pub fn match_account<'a>(email: Option<&Email>, candidates: &'a Candidates) -> Match<'a> {
    match candidates.by_external_id.as_slice() {
        [linked] => return Match::Linked(linked),
        [] => {}
        several => return Match::Undecided(several_accounts(several)),
    }
    if email.is_none() {
        return Match::Absent;
    }
    // What stands in ZenQMS comes first: where it settles the matter, a flow does not ask the directory whose the address is, and the
    // reason must not depend on whether somebody asked.
    let free = match candidates.by_email.as_slice() {
        [] => Match::Absent,
        [account] if account.external_id.is_none() => Match::ByEmail(account),
        [account] => return Match::Undecided(held_by(account)),
        several => return Match::Undecided(several_accounts(several)),
    };
    if candidates.rivals.is_empty() {
        free
    } else {
        Match::Undecided(Reason::EmailSharedInDirectory(candidates.rivals.clone()))
    }
}

pub(super) fn held_by(account: &Account) -> Reason {
    Reason::EmailHeld {
        holder: account.id.clone(),
        linked_to: match account.external_id {
            Some(ExternalId::Directory(user)) => Some(user),
            _ => None,
        },
    }
}

fn several_accounts(accounts: &[Account]) -> Reason {
    let mut ids: Vec<_> = accounts.iter().map(|account| account.id.clone()).collect();
    ids.sort();
    Reason::SeveralAccounts(ids)
}
