use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::{DirectoryUserId, hex};

use super::{Entry, Record};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A stored one; none where it does not have 32 bytes.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// A written one; none where it does not have 64 digits.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let mut hash = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        for (index, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The end of a chain: the last record's number and hash. That of an empty chain has number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Head {
    /// The last record's number.
    pub number: u64,
    /// The last record's hash.
    pub hash: Hash,
}

impl Head {
    fn after(&self, text: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.hash.0);
        hasher.update(text);
        Self { number: self.number + 1, hash: Hash(hasher.finalize().into()) }
    }

    /// As it is kept elsewhere: `<number>#<hash>`.
    #[must_use]
    pub fn stored(&self) -> String {
        format!("{}#{}", self.number, self.hash)
    }

    /// Reads what [`Self::stored`] wrote.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once('#')?;
        Some(Self { number: number.parse().ok()?, hash: Hash::from_digits(hash)? })
    }
}

/// A record as it is kept. What is hashed is the text, byte for byte: what cannot be read any more can still be proven.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Whose chain.
    pub user: DirectoryUserId,
    /// The place in it.
    pub number: u64,
    /// The record, in JSON.
    pub text: String,
    /// The SHA-256 of the hash before, 32 bytes (all zero for the first), and the text.
    pub hash: Hash,
}

impl Stored {
    /// The record that follows on `head`.
    #[must_use]
    pub fn after(head: &Head, user: DirectoryUserId, at: jiff::Timestamp, entry: Entry) -> Self {
        let record = Record { user, number: head.number + 1, at, entry };
        // Nothing in a record can fail to be written: its maps have texts for keys.
        let text = serde_json::to_string(&record).unwrap_or_default();
        let Head { number, hash } = head.after(&text);
        Self { user, number, text, hash }
    }

    /// What it says; none where it cannot be read.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        serde_json::from_str(&self.text).ok()
    }

    /// The chain's end once it is in it.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text holds personal data.
        write!(f, "record {} of {}, {}", self.number, self.user, self.hash)
    }
}

/// Follows somebody's chain, record by record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    user: DirectoryUserId,
    head: Head,
    open: Option<u64>,
}

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Records are missing.
    #[error("record {expected} is missing; the next one there is is number {found}")]
    Missing {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// A record, or the hash of it or of the one before, is not what was written.
    #[error("record {number} was altered, or its hash, or the hash of the record before it")]
    Altered {
        /// Its number.
        number: u64,
    },
    /// A record says that it is another one.
    #[error("record {number} says that it is another record, or somebody else's")]
    Misplaced {
        /// Its number.
        number: u64,
    },
    /// The end of the chain is missing.
    #[error("the ledger knows of {known} records, and only {found} are there")]
    CutShort {
        /// The last number that the ledger knows.
        known: u64,
        /// The last number that is there.
        found: u64,
    },
    /// The chain is another one than the ledger knows.
    #[error("record {number} has another hash than the ledger has kept")]
    NotAsKept {
        /// The record's number.
        number: u64,
    },
}

impl Chain {
    /// Before the first record.
    #[must_use]
    pub fn begin(user: DirectoryUserId) -> Self {
        Self { user, head: Head::default(), open: None }
    }

    /// Whose it is.
    #[must_use]
    pub const fn user(&self) -> DirectoryUserId {
        self.user
    }

    /// Its end so far.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// The number of the last intent, where its outcome is not on record.
    #[must_use]
    pub const fn open(&self) -> Option<u64> {
        self.open
    }

    /// Takes the next record in. Returns what it says; nothing where it is what was written, and only a later version can read it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn follow(&mut self, stored: &Stored) -> Result<Option<Record>, Flaw> {
        let expected = self.head.number + 1;
        let number = stored.number;
        if number != expected {
            return Err(Flaw::Missing { expected, found: number });
        }
        let head = self.head.after(&stored.text);
        if head.hash != stored.hash {
            return Err(Flaw::Altered { number });
        }
        let record = stored.record();
        let is_misplaced = |record: &Record| record.user != self.user || record.number != number;
        if stored.user != self.user || record.as_ref().is_some_and(is_misplaced) {
            return Err(Flaw::Misplaced { number });
        }
        self.head = head;
        let is_intent = |record: &Record| matches!(record.entry, Entry::Intent(_));
        self.open = record.as_ref().is_some_and(is_intent).then_some(number);
        Ok(record)
    }
}
