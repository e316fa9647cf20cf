use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Sets that many people share (the same roles, the same groups), each kept once and named by a number.
pub(super) struct Sets<T> {
    members: Vec<Box<[T]>>,
    known: HashTable<SetId>,
    hasher: DefaultHashBuilder,
}

/// The number of a set. Number 0 is the empty set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SetId(u32);

impl SetId {
    pub(super) const EMPTY: Self = Self(0);
    /// Stands for "not known"; no set ever has it.
    pub(super) const UNKNOWN: Self = Self(u32::MAX);
}

impl<T> Default for Sets<T> {
    fn default() -> Self {
        Self { members: vec![Box::default()], known: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl<T: Clone + Hash + Ord> Sets<T> {
    /// The number of the set with these members, in whatever order and however often each is given.
    pub(super) fn intern(&mut self, mut members: Vec<T>) -> SetId {
        members.sort();
        members.dedup();
        if members.is_empty() {
            return SetId::EMPTY;
        }
        let hash = self.hasher.hash_one(members.as_slice());
        let Self { members: sets, known, hasher } = self;
        let members_of = |id: &SetId| sets.get(id.0 as usize).map(AsRef::as_ref).unwrap_or_default();
        if let Some(&id) = known.find(hash, |id| members_of(id) == members.as_slice()) {
            return id;
        }
        // There are far fewer sets than people, and people are numbered in 32 bits.
        let id = SetId(u32::try_from(sets.len()).unwrap_or(u32::MAX - 1));
        known.insert_unique(hash, id, |id| hasher.hash_one(members_of(id)));
        sets.push(members.into());
        id
    }

    /// The members, in order.
    pub(super) fn get(&self, id: SetId) -> &[T] {
        self.members.get(id.0 as usize).map(AsRef::as_ref).unwrap_or_default()
    }

    /// The set with one more member.
    pub(super) fn with(&mut self, id: SetId, member: T) -> SetId {
        if self.get(id).binary_search(&member).is_ok() {
            return id;
        }
        let mut members = self.get(id).to_vec();
        members.push(member);
        self.intern(members)
    }
}

#[cfg(test)]
mod tests {
    use super::{SetId, Sets};

    #[test]
    fn equal_sets_get_the_same_number() {
        let mut sets = Sets::<u32>::default();
        let one = sets.intern(vec![3, 1, 3]);
        assert_eq!(sets.intern(vec![1, 3]), one);
        assert_eq!(sets.get(one), [1, 3]);
        let more = sets.with(one, 2);
        assert_eq!(sets.get(more), [1, 2, 3]);
        assert_eq!(sets.with(more, 2), more);
        assert_eq!(sets.intern(vec![]), SetId::EMPTY);
        assert!(sets.get(SetId::UNKNOWN).is_empty());
    }
}
