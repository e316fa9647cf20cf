use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Member, World};

impl World {
    /// The living people in a group, those in groups below it included if `transitive`. Empty for a group that is deleted
    /// or not there.
    #[must_use]
    pub fn members_of(&self, group: Uuid, transitive: bool) -> BTreeSet<Uuid> {
        let mut people = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![group];
        while let Some(group) = open.pop() {
            let Some(group) = self.groups.get(&group).filter(|group| group.deleted.is_none() && seen.insert(group.id))
            else {
                continue;
            };
            for member in &group.members {
                match member {
                    Member::Person(person) => {
                        if self.people.get(*person).is_some_and(|person| person.deleted.is_none()) {
                            people.insert(*person);
                        }
                    }
                    Member::Group(inner) if transitive => open.push(*inner),
                    Member::Group(_) => {}
                }
            }
        }
        people
    }
}
