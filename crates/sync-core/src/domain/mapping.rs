use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{GroupId, OpaqueId, RoleId, Scope};

/// Which roles hang on which groups, as the administrator wrote it: groups by object id, roles by id or exact name.
///
/// ```json
/// {"<group object id>": ["<role id or exact role name>", ...], "<group object id>": "<one role>"}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappingSpec {
    groups: BTreeMap<GroupId, Vec<String>>,
    scope: Scope,
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
}

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
                Ok(MappingSpec { groups, scope: Scope::default() })
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

#[cfg(test)]
mod tests {
    use super::*;

    const READERS: &str = "11111111-1111-1111-1111-111111111111";
    const AUTHORS: &str = "22222222-2222-2222-2222-222222222222";

    fn role(id: &str, name: &str) -> Role {
        Role { id: RoleId::text(id), name: name.to_owned(), is_default: false }
    }

    fn group(text: &str) -> GroupId {
        GroupId::parse(text).unwrap()
    }

    #[test]
    fn a_role_may_be_an_id_or_a_name_and_a_text_may_stand_for_a_list() {
        let spec =
            MappingSpec::parse(&format!(r#"{{"{READERS}": "Document Reader", "{AUTHORS}": ["Author", "17", 18]}}"#))
                .unwrap();
        let roles =
            [role("16", "Document Reader"), role("17", "Approver"), role("18", "Trainer"), role("19", "Author")];
        let mapping = spec.resolve(&spec.groups().collect(), &roles).unwrap();
        let ids = |g| mapping.roles_of(group(g)).map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids(READERS), ["16"]);
        assert_eq!(ids(AUTHORS), ["17", "18", "19"]);
        assert!(mapping.is_mapped(&RoleId::text("16")) && !mapping.is_mapped(&RoleId::text("99")));
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let spec =
            MappingSpec::parse(&format!(r#"{{"{READERS}": ["document reader", "Twin"], "{AUTHORS}": "16"}}"#)).unwrap();
        let roles = [role("16", "Document Reader"), role("17", "Twin"), role("18", "Twin")];
        let problems = spec.resolve(&BTreeSet::from([group(READERS)]), &roles).unwrap_err();
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                format!(
                    "role `document reader`, mapped to group {READERS}, does not exist in ZenQMS; names must match exactly, capitals included"
                ),
                format!(
                    "role `Twin`, mapped to group {READERS}, is the name or id of several roles; write the id of the one that is meant"
                ),
                format!("group {AUTHORS} of the mapping does not exist in the directory (or the app may not read it)"),
            ]
        );
    }

    #[test]
    fn a_malformed_mapping_is_refused_with_the_place_and_the_cure() {
        for (json, reason) in [
            ("[]", "invalid type: sequence, expected an object with a group's object id for each key"),
            ("{\"QA\": \"Author\"}", "`QA` is not a group's object id (a GUID)"),
            (&format!(r#"{{"{READERS}": []}}"#), "has no role"),
            (&format!(r#"{{"{READERS}": [" "]}}"#), "a role's id or name is empty"),
            (&format!(r#"{{"{READERS}": {{}}}}"#), "expected a role (id or exact name) or a list of roles"),
            (&format!(r#"{{"{READERS}": "A", "{READERS}": "B"}}"#), "stands there twice"),
            (&format!(r#"{{"{READERS}": "A""#), "EOF while parsing an object at line 1 column"),
        ] {
            let error = MappingSpec::parse(json).unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
            assert!(error.ends_with(r#"expected {"<group object id>": ["<role id or exact role name>", ...], ...}"#));
        }
    }

    #[test]
    fn nothing_mapped_is_a_mapping_too() {
        for json in ["", "  ", "{}"] {
            assert!(MappingSpec::parse(json).unwrap().is_empty());
        }
    }

    #[test]
    fn a_group_of_the_scope_stands_among_the_mapped_ones_and_gives_nothing() {
        let scope = |ids: &[&str]| Scope { groups: ids.iter().map(|id| group(id)).collect(), ..Scope::default() };
        let spec = MappingSpec::parse(&format!(r#"{{"{READERS}": "Reader"}}"#)).unwrap();
        let spec = spec.within(scope(&[READERS, AUTHORS]));
        assert_eq!(spec.groups().collect::<Vec<_>>(), [group(READERS), group(AUTHORS)]);
        let roles = [role("16", "Reader")];
        let mapping = spec.resolve(&spec.groups().collect(), &roles).unwrap();
        assert_eq!(mapping.groups().collect::<Vec<_>>(), [group(READERS), group(AUTHORS)]);
        assert_eq!(mapping.mapped_groups().collect::<Vec<_>>(), [group(READERS)]);
        let json = serde_json::to_string(&mapping).unwrap();
        assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
        // Without a scope nothing of it is kept: what was kept before reads as it did.
        assert!(!serde_json::to_string(&mapping.within(Scope::default())).unwrap().contains("scope"));

        let problems = spec.resolve(&BTreeSet::from([group(READERS)]), &roles).unwrap_err();
        assert_eq!(problems, [MappingProblem::UnknownScopeGroup { group: group(AUTHORS) }]);
        assert!(MappingSpec::default().is_empty() && !MappingSpec::default().within(scope(&[AUTHORS])).is_empty());
    }

    #[test]
    fn the_resolved_mapping_survives_storage_with_number_ids() {
        let mut mapping = Mapping::default();
        let role = Role { id: RoleId(OpaqueId::Number(17)), name: "Author".to_owned(), is_default: true };
        mapping.add(group(READERS), role);
        let json = serde_json::to_string(&mapping).unwrap();
        assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
    }
}
