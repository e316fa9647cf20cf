use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::domain::{GroupId, OpaqueId, Scope};

use super::{Mapping, MinimumHolders, Role};

/// Which roles hang on which groups, as the administrator wrote it: groups by object id, roles by id or exact name.
///
/// ```json
/// {"<group object id>": ["<role id or exact role name>", ...], "<group object id>": "<one role>"}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappingSpec {
    groups: BTreeMap<GroupId, Vec<String>>,
    scope: Scope,
    minimum: MinimumHolders,
}

/// A mapping that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the group-to-role mapping cannot be read: {reason}; expected {{\"<group object id>\": [\"<role id or exact role name>\", ...], ...}}"
)]
pub struct MappingError {
    reason: String,
}

impl MappingSpec {
    /// Reads the mapping's JSON. An empty text and an empty object both mean: no roles are managed.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(json: &str) -> Result<Self, MappingError> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(json).map_err(|error| MappingError { reason: error.to_string() })
    }

    /// The same, where groups say who is synchronised.
    #[must_use]
    pub fn within(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same, where roles must keep a number of holders.
    #[must_use]
    pub fn keeping(self, minimum: MinimumHolders) -> Self {
        Self { minimum, ..self }
    }

    /// The same, with everything that other settings say as it is in a mapping that is worked by.
    #[must_use]
    pub fn beside(self, kept: &Mapping) -> Self {
        self.within(kept.scope().clone()).keeping(MinimumHolders::of(kept))
    }

    /// Whether no group matters: none is mapped, and none says who is synchronised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.scope.groups.is_empty()
    }

    /// The groups that matter.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        let of_the_scope = self.scope.groups.iter().filter(|group| !self.groups.contains_key(group));
        self.groups.keys().chain(of_the_scope).copied()
    }

    /// Finds the roles that are meant. `existing_groups` are those of [`groups`](Self::groups) that the directory has, `roles` all
    /// roles of ZenQMS.
    ///
    /// # Errors
    /// Every problem there is, so that the administrator mends them in one go.
    pub fn resolve(&self, existing_groups: &BTreeSet<GroupId>, roles: &[Role]) -> Result<Mapping, Vec<MappingProblem>> {
        let mut problems = Vec::new();
        let mut mapping = Mapping::default();
        for (&group, wanted) in &self.groups {
            if !existing_groups.contains(&group) {
                problems.push(MappingProblem::UnknownGroup { group });
            }
            for text in wanted {
                match find_role(roles, text) {
                    Ok(role) => mapping.add(group, role.clone()),
                    Err(reason) => {
                        problems.push(MappingProblem::UnusableRole { group, role: text.clone(), reason });
                    }
                }
            }
        }
        for (text, &least) in &self.minimum.0 {
            match find_role(roles, text) {
                Ok(role) if mapping.is_mapped(&role.id) => mapping.keep_holders(role.id.clone(), least),
                Ok(_) => problems.push(MappingProblem::MinimumOfUnmapped { role: text.clone() }),
                Err(reason) => problems.push(MappingProblem::MinimumOfUnusable { role: text.clone(), reason }),
            }
        }
        let unknown = self.scope.groups.difference(existing_groups);
        problems.extend(unknown.map(|&group| MappingProblem::UnknownScopeGroup { group }));
        if problems.is_empty() { Ok(mapping.within(self.scope.clone())) } else { Err(problems) }
    }
}

fn find_role<'a>(roles: &'a [Role], text: &str) -> Result<&'a Role, &'static str> {
    let mut found = roles.iter().filter(|role| role.id.to_string() == text || role.name == text);
    match (found.next(), found.next()) {
        (Some(role), None) => Ok(role),
        (Some(_), Some(_)) => Err("is the name or id of several roles; write the id of the one that is meant"),
        (None, _) => Err("does not exist in ZenQMS; names must match exactly, capitals included"),
    }
}

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingProblem {
    /// The directory has no such group.
    #[error("group {group} of the mapping does not exist in the directory (or the app may not read it)")]
    UnknownGroup {
        /// The group as the mapping names it.
        group: GroupId,
    },
    /// The directory has no such group, and it would put everybody outside the scope.
    #[error("group {group} of the scope does not exist in the directory (or the app may not read it)")]
    UnknownScopeGroup {
        /// The group as the setting names it.
        group: GroupId,
    },
    /// ZenQMS has no such role, or several.
    #[error("role `{role}`, mapped to group {group}, {reason}")]
    UnusableRole {
        /// The group to which the role is mapped.
        group: GroupId,
        /// The role as the mapping names it.
        role: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Whoever is to keep a role is found by the groups that give it.
    #[error("role `{role}`, which is to keep a number of holders, is given by no group of the mapping")]
    MinimumOfUnmapped {
        /// The role as the setting names it.
        role: String,
    },
    /// ZenQMS has no such role, or several.
    #[error("role `{role}`, which is to keep a number of holders, {reason}")]
    MinimumOfUnusable {
        /// The role as the setting names it.
        role: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl<'de> Deserialize<'de> for MappingSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Groups;
        impl<'de> de::Visitor<'de> for Groups {
            type Value = MappingSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a group's object id for each key")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<MappingSpec, A::Error> {
                let mut groups = BTreeMap::new();
                while let Some(group) = map.next_key::<GroupId>()? {
                    let Roles(roles) = map.next_value()?;
                    if roles.is_empty() {
                        return Err(de::Error::custom(format!("group {group} has no role")));
                    }
                    // A JSON parser that keeps the last of two equal keys would silently take roles away.
                    if groups.insert(group, roles).is_some() {
                        return Err(de::Error::custom(format!("group {group} stands there twice")));
                    }
                }
                Ok(MappingSpec { groups, ..MappingSpec::default() })
            }
        }
        deserializer.deserialize_map(Groups)
    }
}

/// One role or a list of roles.
struct Roles(Vec<String>);

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> de::Visitor<'de> for OneOrMore {
            type Value = Roles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role (id or exact name) or a list of roles")
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Roles, E> {
                Ok(Roles(vec![id.to_string()]))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Roles, E> {
                if text.trim().is_empty() {
                    return Err(E::custom("a role's id or name is empty"));
                }
                Ok(Roles(vec![text.to_owned()]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Roles, A::Error> {
                let mut roles = Vec::new();
                while let Some(id) = list.next_element::<RoleText>()? {
                    roles.push(id.0);
                }
                Ok(Roles(roles))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

struct RoleText(String);

impl<'de> Deserialize<'de> for RoleText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = OpaqueId::deserialize(deserializer)?.to_string();
        if text.trim().is_empty() {
            return Err(de::Error::custom("a role's id or name is empty"));
        }
        Ok(Self(text))
    }
}
