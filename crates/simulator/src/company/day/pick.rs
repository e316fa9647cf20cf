//! Picking somebody, or a group, at random.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Churn;
use crate::world::{Group, Member, Person, World};

/// So often a random pair is tried.
const TRIES: usize = 20;

impl Churn {
    /// Somebody of whom this is true.
    pub(super) fn person<'w>(&mut self, world: &'w World, is_meant: impl Fn(&Person) -> bool) -> Option<&'w Person> {
        let places = world.people.places();
        let from = if places == 0 { 0 } else { self.rng.usize(..places) };
        let mut after = world.people.starting_at(from).map(|(_, person)| person);
        after.find(|person| is_meant(person)).or_else(|| world.people.iter().find(|person| is_meant(person)))
    }

    /// Somebody who is not deleted and of whom this is true.
    pub(super) fn living<'w>(&mut self, world: &'w World, is_meant: impl Fn(&Person) -> bool) -> Option<&'w Person> {
        self.person(world, |person| person.deleted.is_none() && is_meant(person))
    }

    /// A group that is not deleted.
    pub(super) fn group<'w>(&mut self, world: &'w World) -> Option<&'w Group> {
        let groups: Vec<&Group> = world.groups.values().filter(|group| group.deleted.is_none()).collect();
        self.rng.choice(groups)
    }

    /// A group and somebody who is not in it.
    pub(super) fn stranger(&mut self, world: &World) -> Option<(Uuid, Member)> {
        for _ in 0..TRIES {
            let group = self.group(world)?;
            let person = Member::Person(self.living(world, |_| true)?.id);
            if !group.members.contains(&person) {
                return Some((group.id, person));
            }
        }
        None
    }

    /// A group and somebody who is in it.
    pub(super) fn member(&mut self, world: &World) -> Option<(Uuid, Member)> {
        for _ in 0..TRIES {
            let group = self.group(world)?;
            let people: Vec<Uuid> = group.people_after(None).collect();
            let person = self.rng.choice(people).and_then(|id| world.people.get(id));
            if let Some(person) = person.filter(|person| person.deleted.is_none()) {
                return Some((group.id, Member::Person(person.id)));
            }
        }
        None
    }

    /// A group, and another that can come into it without making a ring.
    pub(super) fn nestable(&mut self, world: &World) -> Option<(Uuid, Member)> {
        for _ in 0..TRIES {
            let (outer, inner) = (self.group(world)?, self.group(world)?);
            if !outer.members.contains(&Member::Group(inner.id)) && !below(world, inner.id).contains(&outer.id) {
                return Some((outer.id, Member::Group(inner.id)));
            }
        }
        None
    }

    /// A group, and another that is in it.
    pub(super) fn nested(&mut self, world: &World) -> Option<(Uuid, Member)> {
        let living = world.groups.values().filter(|group| group.deleted.is_none());
        let pairs: Vec<(Uuid, Member)> =
            living.flat_map(|outer| outer.groups().map(|inner| (outer.id, Member::Group(inner)))).collect();
        self.rng.choice(pairs)
    }
}

/// A group and all groups below it.
fn below(world: &World, top: Uuid) -> BTreeSet<Uuid> {
    let mut found = BTreeSet::from([top]);
    let mut open = vec![top];
    while let Some(group) = open.pop().and_then(|id| world.groups.get(&id)) {
        open.extend(group.groups().filter(|inner| found.insert(*inner)));
    }
    found
}
