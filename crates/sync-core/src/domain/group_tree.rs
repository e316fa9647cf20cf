use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{GroupId, Mapping};

/// Which groups stand below which mapped ones: whoever enters one of them enters those above it, and Graph says nothing of
/// that (Graph docs: membership changes are reported for the group itself only).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupTree {
    below: BTreeMap<GroupId, BTreeSet<GroupId>>,
}

impl GroupTree {
    /// A tree in which `nested` stand below each mapped group.
    #[must_use]
    pub fn new(nested: impl IntoIterator<Item = (GroupId, Vec<GroupId>)>) -> Self {
        Self { below: nested.into_iter().map(|(group, nested)| (group, nested.into_iter().collect())).collect() }
    }

    /// Whether it was read for all mapped groups.
    #[must_use]
    pub fn covers(&self, mapping: &Mapping) -> bool {
        mapping.groups().all(|group| self.below.contains_key(&group))
    }

    /// Adds groups below `group`, and so below all that it stands below.
    pub fn add(&mut self, group: GroupId, nested: &[GroupId]) {
        for (&top, below) in &mut self.below {
            if top == group || below.contains(&group) {
                below.extend(nested);
            }
        }
    }

    /// All groups that stand below mapped ones, some of them more than once.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.below.values().flatten().copied()
    }

    /// Whether a change of `group` may change who holds a mapped role.
    #[must_use]
    pub fn concerns(&self, group: GroupId, mapping: &Mapping) -> bool {
        mapping.is_group(group)
            || mapping.groups().any(|mapped| self.below.get(&mapped).is_some_and(|below| below.contains(&group)))
    }
}
