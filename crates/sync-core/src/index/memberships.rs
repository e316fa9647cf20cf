use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::domain::{DirectoryUserId, GroupId, Mapping};
use crate::plan::KnownGroups;

use super::accounts::Slot;
use super::sets::{SetId, Sets};

/// Who is in which mapped group, read from the groups' member lists: four bytes for a person whose account is linked.
pub struct Memberships {
    groups: Vec<GroupId>,
    unread: BTreeSet<GroupId>,
    empty: BTreeSet<GroupId>,
    sets: Sets<u32>,
    by_slot: Vec<SetId>,
    by_user: HashMap<DirectoryUserId, SetId>,
}

impl Memberships {
    /// Nobody in any group, and no group read.
    #[must_use]
    pub fn unread(mapping: &Mapping) -> Self {
        let groups: Vec<GroupId> = mapping.groups().collect();
        Self {
            unread: groups.iter().copied().collect(),
            groups,
            empty: BTreeSet::new(),
            sets: Sets::default(),
            by_slot: Vec::new(),
            by_user: HashMap::new(),
        }
    }

    /// Takes note that a person is in a group. `slot` is the place of the person's linked account.
    pub fn add(&mut self, group: GroupId, user: DirectoryUserId, slot: Option<Slot>) {
        let Ok(number) = self.groups.binary_search(&group) else {
            return;
        };
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let set = match slot {
            Some(slot) => {
                if self.by_slot.len() <= slot.number() {
                    self.by_slot.resize(slot.number() + 1, SetId::EMPTY);
                }
                let Some(set) = self.by_slot.get_mut(slot.number()) else {
                    return;
                };
                set
            }
            None => self.by_user.entry(user).or_insert(SetId::EMPTY),
        };
        *set = self.sets.with(*set, number);
    }

    /// Takes note that a group's list was read whole: from now on, not being on it means not being in the group.
    pub fn mark_read(&mut self, group: GroupId) {
        self.unread.remove(&group);
    }

    /// Takes note that a group's list was read and is empty. That takes nobody's role, but is a reason to ask after those who
    /// hold one.
    pub fn mark_empty(&mut self, group: GroupId) {
        self.empty.insert(group);
    }

    /// Whether a group's list was read and is empty.
    #[must_use]
    pub fn is_empty(&self, group: GroupId) -> bool {
        self.empty.contains(&group)
    }

    /// The groups whose list was not read whole.
    #[must_use]
    pub const fn unread_groups(&self) -> &BTreeSet<GroupId> {
        &self.unread
    }

    /// What is known of a person.
    #[must_use]
    pub fn of(&self, user: DirectoryUserId, slot: Option<Slot>) -> KnownGroups {
        let by_slot = slot.and_then(|slot| self.by_slot.get(slot.number())).copied();
        let set = by_slot.or_else(|| self.by_user.get(&user).copied()).unwrap_or(SetId::EMPTY);
        let member_of = self.sets.get(set).iter().filter_map(|&number| self.groups.get(number as usize)).copied();
        KnownGroups { member_of: member_of.collect(), unread: self.unread.clone() }
    }
}
