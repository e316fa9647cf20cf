//! What a run would write for everybody, kept to be read and approved before it is done.
//!
//! Kept is not what would be written, which is personal data, but its digest for each person: whoever carries the proposal out
//! plans everybody anew, and writes what has the same digest. So what is done is what was read, value by value, or nothing.

mod executor;

#[cfg(test)]
mod tests;

pub use executor::ProposedExecutor;

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::apply::Subject;
use crate::domain::{AccountId, DirectoryUserId, Mapping};
use crate::evidence::{Author, Intent, SettingsHash};
use crate::guard::{Approval, PlanHash};
use crate::plan::UserPlan;
use crate::run::RunId;

/// What would be written for a person, each part as a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanDigest {
    /// Whose account, each field with its old and its new value, whether that is a substitute, and whether he is deleted or outside.
    profile: [u8; 32],
    /// Whose account, and the roles that are given, each with the groups that give it.
    given: [u8; 32],
    /// Whose account, and the roles that are taken.
    taken: [u8; 32],
}

impl PlanDigest {
    /// The digest of `plan`, made for `subject`.
    #[must_use]
    pub fn of(subject: &Subject, plan: &UserPlan, mapping: &Mapping) -> Self {
        let intent = intended(subject, plan, mapping);
        Self::for_account(&intent, intent.account.as_ref())
    }

    /// The digest of the same for that account; for none that is there yet.
    fn for_account(
        Intent { deleted, outside, fields, given, taken, .. }: &Intent,
        account: Option<&AccountId>,
    ) -> Self {
        fn digest(what: &impl serde::Serialize) -> [u8; 32] {
            Sha256::digest(serde_json::to_string(what).unwrap_or_default()).into()
        }
        Self {
            profile: match outside {
                None => digest(&(account, deleted, fields)),
                Some(outside) => digest(&(account, deleted, outside, fields)),
            },
            given: digest(&(account, given)),
            taken: digest(&(account, taken)),
        }
    }

    /// Whether this, of `intent`, is what is left of `whole`, of which some parts were written: each part is as it was, for the same
    /// account, or there is none of it any more. An account that was to be created bore no number yet; whoever has roles left and
    /// no profile is linked to it by now.
    fn is_left_of(&self, whole: &Self, intent: &Intent) -> bool {
        let is_of_new_account = || intent.fields.is_empty() && Self::for_account(intent, None).given == whole.given;
        (intent.fields.is_empty() || self.profile == whole.profile)
            && (intent.given.is_empty() || self.given == whole.given || is_of_new_account())
            && (intent.taken.is_empty() || self.taken == whole.taken)
    }
}

/// What `plan` would write, on nobody's behalf.
fn intended(subject: &Subject, plan: &UserPlan, mapping: &Mapping) -> Intent {
    let nobody = Author::new(RunId::from_stored(String::new()));
    subject.intent(plan, mapping, nobody)
}

/// What would be written, a digest a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposed(BTreeMap<DirectoryUserId, PlanDigest>);

/// Kept digests that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("kept digests have {0} bytes, which is no number of people")]
pub struct ProposedError(usize);

impl Proposed {
    /// The bytes of a person: id 16, digests 32 each.
    const SIZE: usize = 112;

    /// Adds what would be written for a person.
    pub fn add(&mut self, subject: &Subject, plan: &UserPlan, mapping: &Mapping) {
        self.0.insert(subject.id(), PlanDigest::of(subject, plan, mapping));
    }

    /// Whether exactly that is proposed for the person; `begun`: or what is left of it.
    #[must_use]
    pub fn agrees(&self, subject: &Subject, plan: &UserPlan, mapping: &Mapping, begun: bool) -> bool {
        let intent = intended(subject, plan, mapping);
        let digest = PlanDigest::for_account(&intent, intent.account.as_ref());
        let is_proposed = |whole: &PlanDigest| *whole == digest || (begun && digest.is_left_of(whole, &intent));
        self.0.get(&subject.id()).is_some_and(is_proposed)
    }

    /// How many people it is about.
    #[must_use]
    pub fn people(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing would be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names it, made by these settings: whoever approves it by this approves that, and nothing else.
    #[must_use]
    pub fn hash(&self, settings: &SettingsHash) -> PlanHash {
        let mut bytes = self.pack(self.people()).concat();
        bytes.extend_from_slice(settings.as_str().as_bytes());
        PlanHash::of_bytes(&bytes)
    }

    /// Who differs between this and what would be written now.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Differences {
        let mut differences = Differences::default();
        for (user, digest) in &self.0 {
            match now.0.get(user) {
                Some(other) if other == digest => differences.alike += 1,
                Some(_) => differences.changed.push(*user),
                None => differences.gone.push(*user),
            }
        }
        differences.new = now.0.keys().filter(|user| !self.0.contains_key(user)).copied().collect();
        differences
    }

    /// Packs it for the ledger, so many people a piece.
    #[must_use]
    pub fn pack(&self, people: usize) -> Vec<Vec<u8>> {
        let bytes: Vec<[u8; Self::SIZE]> = self.0.iter().map(|(user, digest)| packed(*user, *digest)).collect();
        bytes.chunks(people.max(1)).map(<[_]>::concat).collect()
    }

    /// Takes a piece back in.
    ///
    /// # Errors
    /// When it is none.
    pub fn unpack(&mut self, bytes: &[u8]) -> Result<(), ProposedError> {
        let (people, rest) = bytes.as_chunks::<{ Self::SIZE }>();
        if !rest.is_empty() {
            return Err(ProposedError(bytes.len()));
        }
        for person in people {
            let (user, digests) = person.split_at(16);
            let (parts, _) = digests.as_chunks::<32>();
            if let (Some(user), [profile, given, taken]) = (user.first_chunk(), parts) {
                let digest = PlanDigest { profile: *profile, given: *given, taken: *taken };
                self.0.insert(DirectoryUserId::from_bytes(*user), digest);
            }
        }
        Ok(())
    }
}

fn packed(user: DirectoryUserId, PlanDigest { profile, given, taken }: PlanDigest) -> [u8; Proposed::SIZE] {
    let mut bytes = [0; Proposed::SIZE];
    let (id, digests) = bytes.split_at_mut(16);
    id.copy_from_slice(&user.to_bytes());
    let (parts, _) = digests.as_chunks_mut::<32>();
    for (part, digest) in parts.iter_mut().zip([profile, given, taken]) {
        *part = digest;
    }
    bytes
}

/// How what was proposed differs from what would be written now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// For how many people exactly the same would be written.
    pub alike: usize,
    /// For whom something else would be written.
    pub changed: Vec<DirectoryUserId>,
    /// For whom nothing would be written any more.
    pub gone: Vec<DirectoryUserId>,
    /// For whom something would be written now, and was not proposed.
    pub new: Vec<DirectoryUserId>,
}

impl Differences {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty() && self.new.is_empty()
    }
}

/// A proposal, as it is kept: what it is about, and who approved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its name: [`Proposed::hash`].
    pub plan: PlanHash,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who had it made.
    pub made_by: String,
    /// The settings by which it was made.
    pub settings: SettingsHash,
    /// How many people it is about.
    pub people: u64,
    /// Who approved it.
    pub approval: Option<Approval>,
}

impl Proposal {
    /// The approval, if there is one of this very proposal that is not void.
    #[must_use]
    pub fn approved(&self, now: Timestamp) -> Option<&Approval> {
        self.approval.as_ref().filter(|approval| now < approval.until && approval.plan == self.plan)
    }
}
