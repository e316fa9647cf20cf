use std::collections::BTreeMap;

use uuid::Uuid;

use super::groups::KNOWN_GROUPS;
use crate::world::{Group, Role, World};

/// The place of the one group among those without known roles which gives a default role.
const GIVES_DEFAULT: usize = 5;

impl World {
    /// A mapping of the first groups, in the order of their ids, to names of roles that ZenQMS has: some groups give
    /// several, some roles hang on several groups, one group may give a default role, too. A mapping of fewer groups is
    /// part of one of more. In a company made by [`CompanyPlan`](crate::CompanyPlan) the first group is everybody's.
    #[must_use]
    pub fn suggested_mapping(&self, groups: usize) -> BTreeMap<Uuid, Vec<String>> {
        let first = self.groups.values().filter(|group| group.deleted.is_none()).take(groups).enumerate();
        first
            .map(|(n, group)| (group.id, self.suggested_roles(n, group)))
            .filter(|(_, roles)| !roles.is_empty())
            .collect()
    }

    fn suggested_roles(&self, n: usize, group: &Group) -> Vec<String> {
        let known = KNOWN_GROUPS.iter().find(|known| *known.name == *group.display_name);
        let fitting: Vec<String> = known
            .into_iter()
            .flat_map(|known| known.roles)
            .filter(|&&name| self.roles.values().any(|role| *role.name == *name))
            .map(|&name| name.to_owned())
            .collect();
        if !fitting.is_empty() {
            return fitting;
        }
        let (default, given): (Vec<_>, Vec<_>) = self.roles.values().partition(|role| role.is_default);
        let mut chosen: Vec<&Role> = Vec::new();
        if !given.is_empty() {
            chosen.extend(given.get(n % given.len()));
            // Every third group gives one more, which then hangs on another group, too.
            let more = given.get((n * 7 + 3) % given.len()).filter(|_| n.is_multiple_of(3));
            chosen.extend(more.filter(|more| chosen.iter().all(|role| role.id != more.id)));
        }
        chosen.extend(default.first().filter(|_| n == GIVES_DEFAULT));
        chosen.into_iter().map(|role| role.name.to_string()).collect()
    }
}
