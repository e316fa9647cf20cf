use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use uuid::Uuid;

use super::Deleted;

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The object id. Never changes.
    pub id: Uuid,
    /// The group's name.
    pub display_name: Arc<str>,
    /// Who is in it directly. A deleted person stays in, unseen, and is a member again once restored.
    pub members: BTreeSet<Member>,
    /// Set while the group is among the deleted.
    pub deleted: Option<Deleted>,
}

/// A direct member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    // First, so that the groups of a group stand together, at the beginning of its members.
    /// A group; its members are members transitively.
    Group(Uuid),
    /// A person.
    Person(Uuid),
}

impl Group {
    /// A group with nobody in it.
    #[must_use]
    pub fn new(id: Uuid, display_name: &str) -> Self {
        Self { id, display_name: display_name.into(), members: BTreeSet::new(), deleted: None }
    }

    /// The group with these people added.
    #[must_use]
    pub fn with_people(mut self, people: impl IntoIterator<Item = Uuid>) -> Self {
        self.members.extend(people.into_iter().map(Member::Person));
        self
    }

    /// The group with these groups added to its members.
    #[must_use]
    pub fn with_groups(mut self, groups: impl IntoIterator<Item = Uuid>) -> Self {
        self.members.extend(groups.into_iter().map(Member::Group));
        self
    }

    /// The groups that are direct members.
    pub fn groups(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.members.iter().map_while(|member| match member {
            Member::Group(group) => Some(*group),
            Member::Person(_) => None,
        })
    }

    /// The people who are direct members, those behind `after` in the order of their ids, in this order.
    pub(crate) fn people_after(&self, after: Option<Uuid>) -> impl Iterator<Item = Uuid> + '_ {
        let from = match after {
            Some(person) => Bound::Excluded(Member::Person(person)),
            None => Bound::Included(Member::Person(Uuid::nil())),
        };
        self.members.range((from, Bound::Unbounded)).filter_map(|member| match member {
            Member::Person(person) => Some(*person),
            Member::Group(_) => None,
        })
    }
}
