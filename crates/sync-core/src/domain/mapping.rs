//! Which groups give which roles: as it was written, and as it is worked by.

mod minimum;
mod spec;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use super::{GroupId, RoleId, Scope};

pub use minimum::{MinimumError, MinimumHolders};
pub use spec::{MappingError, MappingProblem, MappingSpec};

/// A role of ZenQMS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role's id.
    pub id: RoleId,
    /// The role's name.
    pub name: String,
    /// Whether ZenQMS gives this role to everybody.
    pub is_default: bool,
}

/// The mapping with every role found, and the groups that say who is synchronised: what the planner works with and what the
/// ledger keeps. A group of the scope stands among the mapped ones, with no role: whatever asks after groups asks after it as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    groups: BTreeMap<GroupId, BTreeSet<RoleId>>,
    #[serde(with = "roles_as_list")]
    roles: BTreeMap<RoleId, Role>,
    #[serde(default, skip_serializing_if = "Scope::is_default")]
    scope: Scope,
    /// A list, because a role's id may be a number, and no key of a JSON object then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    minimum_holders: Vec<(RoleId, u32)>,
}

impl Mapping {
    /// Hangs a role on a group.
    pub fn add(&mut self, group: GroupId, role: Role) {
        self.groups.entry(group).or_default().insert(role.id.clone());
        self.roles.insert(role.id.clone(), role);
    }

    /// The same, where groups say who is synchronised.
    #[must_use]
    pub fn within(mut self, scope: Scope) -> Self {
        for &group in &scope.groups {
            self.groups.entry(group).or_default();
        }
        self.scope = scope;
        self
    }

    /// From now on a role must keep so many holders; of two numbers the larger one stands.
    pub fn keep_holders(&mut self, role: RoleId, least: u32) {
        match self.minimum_holders.binary_search_by(|(known, _)| known.cmp(&role)) {
            Ok(place) => {
                if let Some((_, known)) = self.minimum_holders.get_mut(place) {
                    *known = least.max(*known);
                }
            }
            Err(place) => self.minimum_holders.insert(place, (role, least)),
        }
    }

    /// The roles that must keep holders, and how many, in the order of their ids.
    pub fn minimum_holders(&self) -> impl Iterator<Item = (&RoleId, u32)> {
        self.minimum_holders.iter().map(|(role, least)| (role, *least))
    }

    /// Who is synchronised, as far as groups say so, and what becomes of the others.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether no group matters: none gives a role, and none says who is synchronised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether any role is managed.
    #[must_use]
    pub fn gives_roles(&self) -> bool {
        !self.roles.is_empty()
    }

    /// The groups that matter, in order.
    #[must_use]
    pub fn groups(&self) -> impl ExactSizeIterator<Item = GroupId> + '_ {
        self.groups.keys().copied()
    }

    /// The groups that give roles, in order.
    pub fn mapped_groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.groups.iter().filter(|(_, roles)| !roles.is_empty()).map(|(&group, _)| group)
    }

    /// Whether a group matters.
    #[must_use]
    pub fn is_group(&self, group: GroupId) -> bool {
        self.groups.contains_key(&group)
    }

    /// The groups that give a role.
    pub fn groups_giving<'a>(&'a self, role: &'a RoleId) -> impl Iterator<Item = GroupId> + 'a {
        self.groups.iter().filter(move |(_, roles)| roles.contains(role)).map(|(&group, _)| group)
    }

    /// The roles that hang on `group`.
    pub fn roles_of(&self, group: GroupId) -> impl Iterator<Item = &RoleId> {
        self.groups.get(&group).into_iter().flatten()
    }

    /// Whether the role hangs on any group. Unmapped roles are nobody's business here.
    #[must_use]
    pub fn is_mapped(&self, role: &RoleId) -> bool {
        self.roles.contains_key(role)
    }

    /// The mapped roles, in the order of their ids.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }

    /// The mapped role with this id.
    #[must_use]
    pub fn role(&self, role: &RoleId) -> Option<&Role> {
        self.roles.get(role)
    }
}

/// JSON object keys are texts, but a role's id may be a number: the roles are kept as a list.
mod roles_as_list {
    use super::{BTreeMap, Deserialize, Deserializer, Role, RoleId};
    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(roles: &BTreeMap<RoleId, Role>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(roles.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<RoleId, Role>, D::Error> {
        Ok(Vec::<Role>::deserialize(deserializer)?.into_iter().map(|role| (role.id.clone(), role)).collect())
    }
}
