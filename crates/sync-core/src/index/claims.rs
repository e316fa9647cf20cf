use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::domain::{DirectoryUser, DirectoryUserId, FieldSet, Within};

use super::packed::{LooseProfile, PackedProfile};
use super::texts::{Texts, TextsFull};

/// The people whose e-mail address has to be matched, given or released. They wait until the whole directory has been
/// seen: only then is it known that nobody else carries the same address, and which addresses become free.
#[derive(Default)]
pub struct Claims {
    entries: Vec<Entry>,
    texts: Texts,
    by_email: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

struct Entry {
    user: [u8; 16],
    profile: PackedProfile,
    enabled: Option<bool>,
    substituted: FieldSet,
    within: Within,
}

/// One of them, with those who carry the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimant {
    /// The person.
    pub user: DirectoryUser,
    /// Other claimants of the same address.
    pub rivals: Vec<DirectoryUserId>,
}

impl Claims {
    /// Adds a person.
    ///
    /// # Errors
    /// When four gigabytes of text are full.
    pub fn add(&mut self, user: &DirectoryUser) -> Result<(), TextsFull> {
        let profile = PackedProfile::pack(
            &mut self.texts,
            LooseProfile {
                email: user.mail.as_ref(),
                first_name: user.given_name.as_ref(),
                last_name: user.surname.as_ref(),
                title: user.job_title.as_ref(),
            },
        )?;
        let DirectoryUser { id, account_enabled, substituted, within, .. } = user;
        let (enabled, substituted, within) = (*account_enabled, *substituted, *within);
        self.entries.push(Entry { user: id.to_bytes(), profile, enabled, substituted, within });
        Ok(())
    }

    /// Ends the adding: brings the people into the order of their ids, so that the order of the listing makes no
    /// difference, drops what the listing repeated, and finds out who carries the same address.
    pub fn close(&mut self) {
        // Stable, and reversed before and after: of a person listed twice, what was read last remains.
        self.entries.reverse();
        self.entries.sort_by_key(|entry| entry.user);
        self.entries.dedup_by_key(|entry| entry.user);
        let Self { entries, texts, by_email, hasher } = self;
        by_email.clear();
        by_email.reserve(entries.len(), |&number| hash(hasher, texts, entries, number));
        for number in 0..u32::try_from(entries.len()).unwrap_or(u32::MAX) {
            let own = hash(hasher, texts, entries, number);
            by_email.insert_unique(own, number, |&number| hash(hasher, texts, entries, number));
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The claimant with this number, counted from 0 in the order of the ids.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<Claimant> {
        let entry = self.entries.get(number)?;
        let user = DirectoryUser {
            id: DirectoryUserId::from_bytes(entry.user),
            mail: entry.profile.email(&self.texts),
            given_name: entry.profile.first_name(&self.texts),
            surname: entry.profile.last_name(&self.texts),
            job_title: entry.profile.title(&self.texts),
            account_enabled: entry.enabled,
            substituted: entry.substituted,
            within: entry.within,
        };
        let rivals = self.rivals(&user);
        Some(Claimant { user, rivals })
    }

    fn rivals(&self, user: &DirectoryUser) -> Vec<DirectoryUserId> {
        let Some(email) = &user.mail else {
            return Vec::new();
        };
        let folded = email.folded();
        let mut rivals: Vec<DirectoryUserId> = self
            .by_email
            .iter_hash(self.hasher.hash_one(folded.as_ref()))
            .filter_map(|&number| self.entries.get(number as usize))
            .filter(|other| other.user != user.id.to_bytes() && other.profile.has_email(&self.texts, &folded))
            .map(|other| DirectoryUserId::from_bytes(other.user))
            .collect();
        rivals.sort();
        rivals
    }
}

fn hash(hasher: &DefaultHashBuilder, texts: &Texts, entries: &[Entry], number: u32) -> u64 {
    let email = entries.get(number as usize).and_then(|entry| entry.profile.email(texts));
    email.map_or(0, |email| hasher.hash_one(email.folded().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Email, Personal};

    fn user(number: u8, mail: &str, title: &str) -> DirectoryUser {
        DirectoryUser {
            id: DirectoryUserId::from_bytes([number; 16]),
            mail: Email::new(mail),
            given_name: Some(Personal::new("Ana")),
            surname: None,
            job_title: Some(Personal::new(title)),
            account_enabled: Some(true),
            substituted: FieldSet::default(),
            within: Within::Inside,
        }
    }

    #[test]
    fn the_order_of_the_listing_makes_no_difference_and_the_last_reading_counts() {
        let mut claims = Claims::default();
        for user in [user(2, "B@x.org", "old"), user(1, "a@x.org", "QA"), user(2, "b@x.org", "new"), user(3, "", "CSO")]
        {
            claims.add(&user).unwrap();
        }
        claims.close();
        let listed: Vec<Claimant> = (0..claims.len()).filter_map(|number| claims.get(number)).collect();
        let expected = [user(1, "a@x.org", "QA"), user(2, "b@x.org", "new"), user(3, "", "CSO")];
        assert_eq!(listed, expected.map(|user| Claimant { user, rivals: Vec::new() }));
    }

    #[test]
    fn people_with_one_address_are_rivals() {
        let mut claims = Claims::default();
        for user in [user(1, "qa@x.org", "1"), user(2, "other@x.org", "2"), user(3, "QA@X.org", "3")] {
            claims.add(&user).unwrap();
        }
        claims.close();
        let rivals: Vec<Vec<u8>> = (0..3)
            .filter_map(|number| claims.get(number))
            .map(|claimant| claimant.rivals.iter().map(|id| id.to_bytes()[0]).collect())
            .collect();
        assert_eq!(rivals, [vec![3], vec![], vec![1]]);
    }
}
