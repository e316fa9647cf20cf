use std::hash::{Hash, Hasher};

use super::index::Index;
pub(crate) use super::strata::AccountsFilter;
use super::strata::Strata;
use super::{Account, AccountNumber};

/// The accounts of ZenQMS in the order in which they came, found by id, by `external_id` and by e-mail address.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// A removed account leaves a hole.
    slots: Vec<Option<Account>>,
    by_id: Index,
    by_external_id: Index,
    by_email: Index,
    strata: Strata,
    len: usize,
    highest: u64,
}

impl Accounts {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The account with this id.
    #[must_use]
    pub fn get(&self, id: AccountNumber) -> Option<&Account> {
        self.slots.get(self.slot(id)?)?.as_ref()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.slots.iter().flatten()
    }

    /// Those with this `external_id`, compared exactly. The API lets no second one come about; a world made by hand may
    /// hold several.
    pub fn by_external_id<'a>(&'a self, external_id: &'a str) -> impl Iterator<Item = &'a Account> + 'a {
        self.found(self.by_external_id.candidates(external_id))
            .filter(move |account| account.external_id.as_deref() == Some(external_id))
    }

    /// Those with this e-mail address, compared without case.
    pub fn by_email<'a>(&'a self, email: &'a str) -> impl Iterator<Item = &'a Account> + 'a {
        self.found(self.by_email.candidates(&Caseless(email)))
            .filter(move |account| Caseless(&account.email) == Caseless(email))
    }

    /// Adds an account, or replaces the one with this id.
    pub fn insert(&mut self, account: Account) {
        self.highest = self.highest.max(account.id.0);
        if let Some(slot) = self.slot(account.id) {
            self.forget(slot);
            self.keep(slot, account);
            return;
        }
        self.slots.push(None);
        self.len += 1;
        self.keep(self.slots.len() - 1, account);
    }

    /// Changes an account; `None` if there is none with this id. The id itself stays, whatever `change` does to it.
    pub fn update<R>(&mut self, id: AccountNumber, change: impl FnOnce(&mut Account) -> R) -> Option<R> {
        let slot = self.slot(id)?;
        let mut account = self.forget(slot)?;
        let result = change(&mut account);
        account.id = id;
        self.keep(slot, account);
        Some(result)
    }

    /// Removes an account, which ZenQMS's API cannot do.
    pub fn remove(&mut self, id: AccountNumber) -> Option<Account> {
        let slot = self.slot(id)?;
        self.len -= 1;
        self.forget(slot)
    }

    /// An id that no account has had.
    #[must_use]
    pub fn next_id(&self) -> AccountNumber {
        AccountNumber(self.highest + 1)
    }

    pub(crate) fn total(&self, filter: AccountsFilter) -> usize {
        self.strata.total(filter)
    }

    /// The matching accounts from the one numbered `skip` (from 0) on.
    pub(crate) fn matching_from(&self, filter: AccountsFilter, skip: usize) -> impl Iterator<Item = &Account> {
        let (first, skip) = self.strata.layer_of(filter, skip);
        let rest = self.slots.get(first..).unwrap_or_default();
        rest.iter().flatten().filter(move |account| filter.matches(account)).skip(skip)
    }

    fn found(&self, candidates: impl Iterator<Item = u32>) -> impl Iterator<Item = &Account> {
        candidates.filter_map(|slot| self.slots.get(usize::try_from(slot).ok()?)?.as_ref())
    }

    fn slot(&self, id: AccountNumber) -> Option<usize> {
        self.by_id
            .candidates(&id)
            .filter_map(|slot| usize::try_from(slot).ok())
            .find(|&slot| self.slots.get(slot).is_some_and(|there| there.as_ref().is_some_and(|one| one.id == id)))
    }

    /// Fills an empty slot.
    fn keep(&mut self, slot: usize, account: Account) {
        let (Ok(number), Some(there)) = (u32::try_from(slot), self.slots.get_mut(slot)) else { return };
        self.by_id.insert(&account.id, number);
        self.by_email.insert(&Caseless(&account.email), number);
        if let Some(external_id) = account.external_id.as_deref() {
            self.by_external_id.insert(external_id, number);
        }
        self.strata.add(slot, &account);
        *there = Some(account);
    }

    /// Empties a slot.
    fn forget(&mut self, slot: usize) -> Option<Account> {
        let number = u32::try_from(slot).ok()?;
        let account = self.slots.get_mut(slot)?.take()?;
        self.by_id.remove(&account.id, number);
        self.by_email.remove(&Caseless(&account.email), number);
        if let Some(external_id) = account.external_id.as_deref() {
            self.by_external_id.remove(external_id, number);
        }
        self.strata.take(slot, &account);
        Some(account)
    }
}

impl Extend<Account> for Accounts {
    fn extend<I: IntoIterator<Item = Account>>(&mut self, accounts: I) {
        for account in accounts {
            self.insert(account);
        }
    }
}

impl FromIterator<Account> for Accounts {
    fn from_iter<I: IntoIterator<Item = Account>>(accounts: I) -> Self {
        let mut all = Self::default();
        all.extend(accounts);
        all
    }
}

/// A text that equals another which differs from it in case only.
#[derive(Clone, Copy)]
struct Caseless<'a>(&'a str);

impl Caseless<'_> {
    fn chars(&self) -> impl Iterator<Item = char> + '_ {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

impl PartialEq for Caseless<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.chars().eq(other.chars())
    }
}

impl Hash for Caseless<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for char in self.chars() {
            state.write_u32(char.into());
        }
    }
}
