use uuid::Uuid;

use super::Person;
use super::index::Index;

/// Everybody in the directory, in the order in which they came, found by id.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Who is gone for good leaves a hole, so that the places of all others stay: a listing under way relies on them.
    slots: Vec<Option<Person>>,
    by_id: Index,
    len: usize,
}

impl People {
    /// How many there are, the deleted among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The person with this id.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Person> {
        self.slots.get(self.slot(id)?)?.as_ref()
    }

    /// Everybody.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.slots.iter().flatten()
    }

    /// Adds a person, or replaces the one with this id.
    pub fn insert(&mut self, person: Person) {
        if let Some(there) = self.slot(person.id).and_then(|slot| self.slots.get_mut(slot)) {
            *there = Some(person);
            return;
        }
        let Ok(slot) = u32::try_from(self.slots.len()) else { return };
        self.by_id.insert(&person.id, slot);
        self.slots.push(Some(person));
        self.len += 1;
    }

    /// Changes a person; `None` if there is none with this id. The id itself stays, whatever `change` does to it.
    pub fn update<R>(&mut self, id: Uuid, change: impl FnOnce(&mut Person) -> R) -> Option<R> {
        let slot = self.slot(id)?;
        let person = self.slots.get_mut(slot)?.as_mut()?;
        let result = change(person);
        person.id = id;
        Some(result)
    }

    /// Removes a person for good.
    pub fn remove(&mut self, id: Uuid) -> Option<Person> {
        let slot = self.slot(id)?;
        self.by_id.remove(&id, u32::try_from(slot).ok()?);
        self.len -= 1;
        self.slots.get_mut(slot)?.take()
    }

    /// How many places there are, the holes among them.
    pub(crate) fn places(&self) -> usize {
        self.slots.len()
    }

    /// Everybody from a place on, each with the place.
    pub(crate) fn starting_at(&self, place: usize) -> impl Iterator<Item = (usize, &Person)> {
        let rest = self.slots.get(place..).unwrap_or_default();
        rest.iter().enumerate().filter_map(move |(n, slot)| Some((place + n, slot.as_ref()?)))
    }

    fn slot(&self, id: Uuid) -> Option<usize> {
        self.by_id
            .candidates(&id)
            .filter_map(|slot| usize::try_from(slot).ok())
            .find(|&slot| self.slots.get(slot).is_some_and(|there| there.as_ref().is_some_and(|one| one.id == id)))
    }
}

impl Extend<Person> for People {
    fn extend<I: IntoIterator<Item = Person>>(&mut self, people: I) {
        for person in people {
            self.insert(person);
        }
    }
}

impl FromIterator<Person> for People {
    fn from_iter<I: IntoIterator<Item = Person>>(people: I) -> Self {
        let mut all = Self::default();
        all.extend(people);
        all
    }
}
