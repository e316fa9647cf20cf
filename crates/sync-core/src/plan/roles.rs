use std::collections::BTreeSet;

use crate::domain::{AccountRole, GroupId, Mapping, RoleId, Scope};

use super::RoleReason;

/// What is known of a person's membership in the mapped groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownGroups {
    /// The mapped groups that the person is in.
    pub member_of: BTreeSet<GroupId>,
    /// The mapped groups of which it is not known: reading them failed, or came back short or empty (rule 8).
    pub unread: BTreeSet<GroupId>,
}

impl KnownGroups {
    /// Nothing is known, of the groups of the scope either.
    #[must_use]
    pub fn unknown(scope: &Scope) -> Self {
        Self { unread: scope.groups.clone(), ..Self::default() }
    }
}

/// Which roles are given and taken, and why some are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolesPlan {
    /// Roles to give, in order.
    pub add: Vec<RoleId>,
    /// Roles to take, in order.
    pub remove: Vec<RoleId>,
    /// Why mapped roles stay that no known group gives.
    pub reasons: Vec<RoleReason>,
}

impl RolesPlan {
    /// Whether nothing is given or taken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// Rule 6: a person holds a mapped role exactly while in at least one of its groups. Unmapped roles are never touched,
/// default roles never removed. `held` is `None` where ZenQMS did not say.
#[must_use]
pub fn plan_roles(held: Option<&[AccountRole]>, groups: &KnownGroups, mapping: &Mapping) -> RolesPlan {
    if !mapping.gives_roles() {
        return RolesPlan::default();
    }
    let Some(held) = held else {
        return RolesPlan { reasons: vec![RoleReason::RolesUnknown], ..RolesPlan::default() };
    };
    let due: BTreeSet<&RoleId> = groups.member_of.iter().flat_map(|&group| mapping.roles_of(group)).collect();
    let holds = |role: &RoleId| held.iter().any(|has| has.id == *role);

    let mut plan =
        RolesPlan { add: due.iter().copied().filter(|role| !holds(role)).cloned().collect(), ..RolesPlan::default() };
    for role in held.iter().filter(|role| mapping.is_mapped(&role.id) && !due.contains(&role.id)) {
        if role.is_default || mapping.role(&role.id).is_some_and(|known| known.is_default) {
            plan.reasons.push(RoleReason::DefaultRole(role.id.clone()));
        } else if let Some(&group) =
            groups.unread.iter().find(|&&group| mapping.roles_of(group).any(|given| *given == role.id))
        {
            plan.reasons.push(RoleReason::GroupUnread { role: role.id.clone(), group });
        } else {
            plan.remove.push(role.id.clone());
        }
    }
    plan.remove.sort();
    plan
}
