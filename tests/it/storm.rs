//! Whole days of trouble.

use std::collections::BTreeMap;

use sync_core::domain::Mapping;

use crate::oracle::Roles;

/// The mapping as the oracle wants it.
pub(crate) fn roles(mapping: &Mapping) -> Roles {
    let mut roles: Roles = BTreeMap::new();
    for group in mapping.groups() {
        let of_group = mapping.roles_of(group).map(|role| role.to_string().parse().unwrap()).collect();
        roles.insert(group.to_string().parse().unwrap(), of_group);
    }
    roles
}
