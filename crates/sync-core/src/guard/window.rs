use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::DirectoryUserId;

use super::Kind;

/// From whom something was taken within the last 24 hours. People, not numbers: whoever is tried again counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Accounts that were linked when they were last counted.
    pub linked: u64,
    taken: BTreeMap<(Kind, DirectoryUserId), u32>,
}

/// A stored window that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the window has {0} bytes, or a kind unknown to this version")]
pub struct WindowError(usize);

impl Window {
    /// How long something counts.
    pub const DAY: SignedDuration = SignedDuration::from_hours(24);

    /// Within this time what the services say of somebody may be from before something was taken from him.
    const IN_DOUBT: SignedDuration = SignedDuration::from_hours(1);

    /// The bytes of an entry: kind 1, seconds since 1970 4, person 16.
    const SIZE: usize = 21;

    /// From whom something of this kind was taken since `then`.
    #[must_use]
    pub fn since(&self, kind: Kind, then: Timestamp) -> BTreeSet<DirectoryUserId> {
        let then = seconds(then);
        let taken = self.taken.iter().filter(|&(&(of, _), &at)| of == kind && at >= then);
        taken.map(|(&(_, user), _)| user).collect()
    }

    /// From whom anything was taken so lately that the services may not show it yet.
    #[must_use]
    pub fn lately(&self, now: Timestamp) -> BTreeSet<DirectoryUserId> {
        let then = now.saturating_sub(Self::IN_DOUBT).unwrap_or(Timestamp::UNIX_EPOCH);
        let [mut one, mut other] = Kind::ALL.map(|kind| self.since(kind, then));
        one.append(&mut other);
        one
    }

    /// Nothing was taken.
    #[must_use]
    pub const fn new(linked: u64) -> Self {
        Self { linked, taken: BTreeMap::new() }
    }

    /// Takes note that something is being taken. Whoever is noted already counts from now on.
    pub fn note(&mut self, kind: Kind, user: DirectoryUserId, now: Timestamp) {
        self.taken.insert((kind, user), seconds(now));
    }

    /// Forgets what is older than a day.
    pub fn forget(&mut self, now: Timestamp) {
        let then = seconds(now.saturating_sub(Self::DAY).unwrap_or(Timestamp::UNIX_EPOCH));
        self.taken.retain(|_, &mut at| at >= then);
    }

    /// Packs it for the ledger.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.taken.len() * Self::SIZE);
        for (&(kind, user), at) in &self.taken {
            bytes.push(match kind {
                Kind::Deactivation => 0,
                Kind::RoleLoss => 1,
            });
            bytes.extend(at.to_le_bytes());
            bytes.extend(user.to_bytes());
        }
        bytes
    }

    /// The inverse of [`Self::pack`].
    ///
    /// # Errors
    /// When the bytes are not such.
    pub fn unpack(linked: u64, bytes: &[u8]) -> Result<Self, WindowError> {
        let (entries, rest) = bytes.as_chunks::<{ Self::SIZE }>();
        if !rest.is_empty() {
            return Err(WindowError(bytes.len()));
        }
        let taken = entries.iter().map(|entry| unpack_one(*entry).ok_or(WindowError(bytes.len())));
        Ok(Self { linked, taken: taken.collect::<Result<_, _>>()? })
    }
}

fn unpack_one(entry: [u8; Window::SIZE]) -> Option<((Kind, DirectoryUserId), u32)> {
    let (&[kind], rest) = entry.split_first_chunk::<1>()?;
    let (&at, rest) = rest.split_first_chunk::<4>()?;
    let (&user, _) = rest.split_first_chunk::<16>()?;
    let kind = match kind {
        0 => Kind::Deactivation,
        1 => Kind::RoleLoss,
        _ => return None,
    };
    Some(((kind, DirectoryUserId::from_bytes(user)), u32::from_le_bytes(at)))
}

/// Seconds since 1970; enough until 2106.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().max(0)).unwrap_or(u32::MAX)
}
