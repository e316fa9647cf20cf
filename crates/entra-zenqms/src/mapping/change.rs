use std::collections::BTreeSet;

use serde::Serialize;
use sync_core::domain::{GroupId, Mapping, Role, RoleId};

/// Said where the deployed text is not what was kept of it.
pub(crate) const DIFFERS: &str =
    "The mapping means other groups or roles than the last deployment has found, by which the flows work.";
/// What is to be done then.
pub(crate) const READ_ANEW: &str = "Deploy with another MappingRevision, and it is read anew.";

/// What another mapping changes about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GroupChange {
    /// The group.
    pub(crate) group: GroupId,
    /// What becomes of it.
    pub(crate) change: Becomes,
    /// The roles that it gives from then on.
    pub(crate) gives: Vec<Role>,
    /// The roles that it gives no more.
    pub(crate) gives_no_more: Vec<Role>,
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Becomes {
    /// It was not mapped.
    Added,
    /// It is mapped no more.
    Removed,
    /// It gives other roles.
    Changed,
}

impl Becomes {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// What is another by the second mapping. A role that was given another name is the same role.
pub(crate) fn changes(before: &Mapping, after: &Mapping) -> Vec<GroupChange> {
    let groups: BTreeSet<GroupId> = before.groups().chain(after.groups()).collect();
    let changes = groups.into_iter().map(|group| {
        let change = match (before.is_group(group), after.is_group(group)) {
            (false, _) => Becomes::Added,
            (_, false) => Becomes::Removed,
            _ => Becomes::Changed,
        };
        GroupChange { group, change, gives: only(after, before, group), gives_no_more: only(before, after, group) }
    });
    changes.filter(|change| !change.gives.is_empty() || !change.gives_no_more.is_empty()).collect()
}

/// The roles that the group gives by one mapping and not by the other.
fn only(one: &Mapping, other: &Mapping, group: GroupId) -> Vec<Role> {
    let others: BTreeSet<&RoleId> = other.roles_of(group).collect();
    one.roles_of(group).filter(|role| !others.contains(role)).filter_map(|role| one.role(role).cloned()).collect()
}

/// The roles that no group gives any more, but for those that everybody has.
pub(super) fn let_go<'a>(before: &'a Mapping, after: &'a Mapping) -> impl Iterator<Item = &'a Role> {
    before.roles().filter(|role| !role.is_default && !after.is_mapped(&role.id))
}
