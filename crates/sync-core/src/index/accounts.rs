use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::domain::{Account, AccountId, AccountRole, DirectoryUser, DirectoryUserId, Email, ExternalId, OpaqueId};
use crate::plan::Candidates;

use super::packed::{LooseProfile, PackedProfile};
use super::sets::{SetId, Sets};
use super::texts::{TextId, Texts, TextsFull};

/// Every account of ZenQMS, found by `external_id` or by e-mail address. Some 90 bytes an account.
#[derive(Default)]
pub struct AccountIndex {
    entries: Vec<Entry>,
    by_external_id: HashTable<Slot>,
    by_email: HashTable<Slot>,
    texts: Texts,
    roles: Sets<AccountRole>,
    hasher: DefaultHashBuilder,
}

/// The place of an account in an [`AccountIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);

impl Slot {
    pub(super) const fn number(self) -> usize {
        self.0 as usize
    }
}

/// 48 bytes. The kinds stand apart from what they qualify, because an enum beside each would cost its padding.
struct Entry {
    link: [u8; 16],
    id: u32,
    profile: PackedProfile,
    roles: SetId,
    link_kind: LinkKind,
    id_kind: IdKind,
    active: Option<bool>,
    seen: bool,
}

/// How [`Entry::id`] is read.
#[derive(Clone, Copy)]
enum IdKind {
    /// It came as a JSON number, and this is it.
    Number,
    /// It came as the decimal text of this number.
    DecimalText,
    /// It is kept as a text.
    Text,
    /// It came as a JSON number beyond 32 bits, and its digits are kept as a text.
    LargeNumber,
}

/// How [`Entry::link`] is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LinkKind {
    Nobody,
    /// A directory user's id.
    Directory,
    /// The first four bytes say where the text is kept.
    Foreign,
}

/// Whether what a listing says of a person can be planned at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settledness {
    /// One account carries the person's id and the same e-mail address: nobody else can claim either.
    Settled,
    /// An e-mail address has to be matched, given or released: that waits until the whole directory has been seen.
    ClaimsEmail,
    /// The listing repeats a person who was settled before.
    SeenBefore,
}

impl AccountIndex {
    /// Makes room for so many accounts, to spare the growing.
    pub fn reserve(&mut self, accounts: usize) {
        self.entries.reserve_exact(accounts);
        let Self { entries, by_external_id, by_email, texts, hasher, .. } = self;
        by_external_id.reserve(accounts, |&slot| hash_link(hasher, entries, slot));
        by_email.reserve(accounts, |&slot| hash_email(hasher, entries, texts, slot));
    }

    /// How many accounts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many accounts are linked, and how many of these are in use.
    #[must_use]
    pub fn linked(&self) -> (u64, u64) {
        let linked = self.entries.iter().filter(|entry| entry.link_kind == LinkKind::Directory);
        linked.fold((0, 0), |(all, in_use), entry| (all + 1, in_use + u64::from(entry.active != Some(false))))
    }

    /// Whether there is no account.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds an account as ZenQMS listed it. An account that is there already is left as it is: a listing repeats some
    /// when accounts are created while it is read.
    ///
    /// # Errors
    /// When four gigabytes of text are full.
    pub fn insert(&mut self, account: &Account) -> Result<(), TextsFull> {
        if self.contains(account) {
            return Ok(());
        }
        let texts = &mut self.texts;
        let profile = PackedProfile::pack(
            texts,
            LooseProfile {
                email: account.email.as_ref(),
                first_name: account.first_name.as_ref(),
                last_name: account.last_name.as_ref(),
                title: account.title.as_ref(),
            },
        )?;
        let (id, id_kind) = pack_id(texts, &account.id)?;
        let (link, link_kind) = pack_link(texts, account.external_id.as_ref())?;
        let roles = account.roles.as_ref().map_or(SetId::UNKNOWN, |roles| self.roles.intern(roles.clone()));
        let slot = Slot(u32::try_from(self.entries.len()).map_err(|_| TextsFull)?);
        self.entries.push(Entry {
            link,
            id,
            profile,
            roles,
            link_kind,
            id_kind,
            active: account.is_active,
            seen: false,
        });
        let Self { entries, by_external_id, by_email, texts, hasher, .. } = self;
        if link_kind == LinkKind::Directory {
            by_external_id.insert_unique(hasher.hash_one(link), slot, |&slot| hash_link(hasher, entries, slot));
        }
        if let Some(email) = &account.email {
            let hash = hasher.hash_one(email.folded().as_ref());
            by_email.insert_unique(hash, slot, |&slot| hash_email(hasher, entries, texts, slot));
        }
        Ok(())
    }

    /// Whether an account with this id is there. It is looked for where it would be found: an account with neither a
    /// link nor an e-mail address can be nobody's match, however often it is there.
    fn contains(&self, account: &Account) -> bool {
        let same = |slot: Slot| {
            self.entries.get(slot.number()).is_some_and(|entry| unpack_id(&self.texts, entry) == account.id)
        };
        match (&account.external_id, &account.email) {
            (Some(ExternalId::Directory(user)), _) => self.linked_to(*user).any(same),
            (_, Some(email)) => self.with_email(email).any(same),
            _ => false,
        }
    }

    /// The account that carries this id, if exactly one does.
    #[must_use]
    pub fn slot_of(&self, user: DirectoryUserId) -> Option<Slot> {
        let mut slots = self.linked_to(user);
        slots.next().filter(|_| slots.next().is_none())
    }

    /// Marks the person as seen and says whether he can be planned at once.
    pub fn see(&mut self, user: &DirectoryUser) -> Settledness {
        let Some(slot) = self.slot_of(user.id) else {
            return Settledness::ClaimsEmail;
        };
        let texts = &self.texts;
        let Some(entry) = self.entries.get_mut(slot.number()) else {
            return Settledness::ClaimsEmail;
        };
        let seen_before = std::mem::replace(&mut entry.seen, true);
        let same_email = user.mail.as_ref().is_none_or(|email| entry.profile.has_email(texts, &email.folded()));
        match (same_email, seen_before) {
            (false, _) => Settledness::ClaimsEmail,
            (true, false) => Settledness::Settled,
            (true, true) => Settledness::SeenBefore,
        }
    }

    /// Every account, in the order in which they were listed.
    pub fn iter(&self) -> impl Iterator<Item = Account> + '_ {
        self.entries.iter().map(|entry| self.unpack(entry))
    }

    /// The accounts that carry a directory user's id which no listing has shown.
    pub fn unseen(&self) -> impl Iterator<Item = (DirectoryUserId, Account)> + '_ {
        self.entries
            .iter()
            .filter(|entry| !entry.seen && entry.link_kind == LinkKind::Directory)
            .map(|entry| (DirectoryUserId::from_bytes(entry.link), self.unpack(entry)))
    }

    /// What bears on a person's match. Accounts with the same e-mail address are left out where the person's one account
    /// has that address already: nothing depends on them then.
    #[must_use]
    pub fn candidates(&self, user: DirectoryUserId, email: Option<&Email>) -> Candidates {
        let by_external_id: Vec<Account> = self.linked_to(user).filter_map(|slot| self.get(slot)).collect();
        let by_email = match (email, by_external_id.as_slice()) {
            (None, _) => Vec::new(),
            (Some(email), [account]) if account.email.as_ref() == Some(email) => Vec::new(),
            (Some(email), _) => self.with_email(email).filter_map(|slot| self.get(slot)).collect(),
        };
        Candidates { by_external_id, by_email, rivals: Vec::new() }
    }

    /// Takes note that an account's e-mail address was changed, so that the old one counts as free.
    ///
    /// # Errors
    /// When four gigabytes of text are full.
    pub fn move_email(&mut self, user: DirectoryUserId, email: &Email) -> Result<(), TextsFull> {
        let Some(slot) = self.slot_of(user) else {
            return Ok(());
        };
        let Self { entries, by_email, texts, hasher, .. } = self;
        let old = hash_email(hasher, entries, texts, slot);
        if let Ok(found) = by_email.find_entry(old, |&other| other == slot) {
            found.remove();
        }
        if let Some(entry) = entries.get_mut(slot.number()) {
            entry.profile.set_email(texts, Some(email))?;
        }
        let new = hasher.hash_one(email.folded().as_ref());
        by_email.insert_unique(new, slot, |&slot| hash_email(hasher, entries, texts, slot));
        Ok(())
    }

    fn get(&self, slot: Slot) -> Option<Account> {
        self.entries.get(slot.number()).map(|entry| self.unpack(entry))
    }

    fn unpack(&self, entry: &Entry) -> Account {
        let texts = &self.texts;
        Account {
            id: unpack_id(texts, entry),
            external_id: unpack_link(texts, entry),
            email: entry.profile.email(texts),
            first_name: entry.profile.first_name(texts),
            last_name: entry.profile.last_name(texts),
            title: entry.profile.title(texts),
            is_active: entry.active,
            roles: (entry.roles != SetId::UNKNOWN).then(|| self.roles.get(entry.roles).to_vec()),
        }
    }

    fn linked_to(&self, user: DirectoryUserId) -> impl Iterator<Item = Slot> + '_ {
        let user = user.to_bytes();
        self.by_external_id
            .iter_hash(self.hasher.hash_one(user))
            .copied()
            .filter(move |slot| self.entries.get(slot.number()).is_some_and(|entry| entry.link == user))
    }

    fn with_email(&self, email: &Email) -> impl Iterator<Item = Slot> + '_ {
        let folded = email.folded().into_owned();
        self.by_email.iter_hash(self.hasher.hash_one(folded.as_str())).copied().filter(move |slot| {
            self.entries.get(slot.number()).is_some_and(|entry| entry.profile.has_email(&self.texts, &folded))
        })
    }
}

fn hash_link(hasher: &DefaultHashBuilder, entries: &[Entry], slot: Slot) -> u64 {
    entries.get(slot.number()).map_or(0, |entry| hasher.hash_one(entry.link))
}

fn hash_email(hasher: &DefaultHashBuilder, entries: &[Entry], texts: &Texts, slot: Slot) -> u64 {
    let email = entries.get(slot.number()).and_then(|entry| entry.profile.email(texts));
    email.map_or(0, |email| hasher.hash_one(email.folded().as_ref()))
}

fn pack_id(texts: &mut Texts, AccountId(id): &AccountId) -> Result<(u32, IdKind), TextsFull> {
    Ok(match id {
        OpaqueId::Number(number) => match u32::try_from(*number) {
            Ok(number) => (number, IdKind::Number),
            Err(_) => (texts.push(&number.to_string())?.number(), IdKind::LargeNumber),
        },
        OpaqueId::Text(text) => match text.parse::<u32>() {
            // Only what comes back the same: not "007", not "+7".
            Ok(number) if number.to_string() == **text => (number, IdKind::DecimalText),
            _ => (texts.push(text)?.number(), IdKind::Text),
        },
    })
}

fn unpack_id(texts: &Texts, entry: &Entry) -> AccountId {
    let text = || texts.get(TextId::from_number(entry.id));
    AccountId(match entry.id_kind {
        IdKind::Number => OpaqueId::Number(u64::from(entry.id)),
        IdKind::DecimalText => OpaqueId::Text(entry.id.to_string().into()),
        IdKind::Text => OpaqueId::Text(text().into()),
        IdKind::LargeNumber => OpaqueId::Number(text().parse().unwrap_or_default()),
    })
}

fn pack_link(texts: &mut Texts, link: Option<&ExternalId>) -> Result<([u8; 16], LinkKind), TextsFull> {
    Ok(match link {
        None => ([0; 16], LinkKind::Nobody),
        Some(ExternalId::Directory(user)) => (user.to_bytes(), LinkKind::Directory),
        Some(ExternalId::Foreign(text)) => (u128::from(texts.share(text)?.number()).to_le_bytes(), LinkKind::Foreign),
    })
}

fn unpack_link(texts: &Texts, entry: &Entry) -> Option<ExternalId> {
    match entry.link_kind {
        LinkKind::Nobody => None,
        LinkKind::Directory => Some(ExternalId::Directory(DirectoryUserId::from_bytes(entry.link))),
        LinkKind::Foreign => {
            let number = u32::try_from(u128::from_le_bytes(entry.link)).unwrap_or(u32::MAX);
            ExternalId::new(texts.get(TextId::from_number(number)))
        }
    }
}

#[cfg(test)]
#[path = "accounts/tests.rs"]
mod tests;
