use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Finds slots of a list by a key which the slot's content holds itself: nine bytes an entry, whatever the key. Several
/// slots may have one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Of each entry half its hash, to rehash by, and its slot.
    table: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

impl Index {
    /// The slots that may have this key, true matches among them.
    pub(super) fn candidates<K: Hash + ?Sized>(&self, key: &K) -> impl Iterator<Item = u32> + use<'_, K> {
        let half = self.half(key);
        self.table.iter_hash(spread(half)).filter(move |entry| entry.0 == half).map(|entry| entry.1)
    }

    pub(super) fn insert<K: Hash + ?Sized>(&mut self, key: &K, slot: u32) {
        let half = self.half(key);
        self.table.insert_unique(spread(half), (half, slot), |entry| spread(entry.0));
    }

    pub(super) fn remove<K: Hash + ?Sized>(&mut self, key: &K, slot: u32) {
        let half = self.half(key);
        if let Ok(entry) = self.table.find_entry(spread(half), |entry| *entry == (half, slot)) {
            entry.remove();
        }
    }

    fn half<K: Hash + ?Sized>(&self, key: &K) -> u32 {
        let [a, b, c, d, ..] = self.hasher.hash_one(key).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

/// The table wants all 64 bits in motion; 2^64 divided by the golden ratio does that.
const fn spread(half: u32) -> u64 {
    (half as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
