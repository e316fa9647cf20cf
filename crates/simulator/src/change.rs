//! Changing a world that is being served, and what it was before.

mod feed;
mod past;

use std::collections::VecDeque;
use std::ops::Deref;

use jiff::Timestamp;
use uuid::Uuid;

use crate::world::{Account, AccountNumber, Deleted, Group, Member, Person, Role, World};

pub(crate) use feed::{Entry, Feed, Touch, What};
pub(crate) use past::View;

/// A world that is being served, open for changes. Reads as a [`World`].
#[derive(Debug)]
pub struct WorldEditor<'a> {
    world: &'a mut World,
    log: &'a mut ChangeLog,
    now: Timestamp,
}

/// What was before the latest changes, the oldest first.
#[derive(Debug)]
pub(crate) struct ChangeLog {
    changes: VecDeque<Change>,
    kept: usize,
    /// What changed, without what was before: kept in full.
    feed: Feed,
}

#[derive(Debug)]
struct Change {
    at: Timestamp,
    /// The feed's length then.
    number: usize,
    before: Before,
}

/// What was before one change.
#[derive(Debug)]
enum Before {
    Person(Uuid, Option<Box<Person>>),
    Group(Uuid, Option<Box<Group>>),
    /// Kept apart from the group, which may have a million members.
    Membership {
        group: Uuid,
        member: Member,
        held: bool,
    },
    Account(AccountNumber, Option<Box<Account>>),
}

impl ChangeLog {
    pub(crate) fn new(kept: usize) -> Self {
        Self { changes: VecDeque::new(), kept, feed: Feed::default() }
    }

    pub(crate) fn keep(&mut self, kept: usize) {
        self.kept = kept;
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// To be called before the feed is told.
    fn push(&mut self, at: Timestamp, before: Before) {
        self.push_as(self.feed.len(), at, before);
    }

    fn push_as(&mut self, number: usize, at: Timestamp, before: Before) {
        self.changes.push_back(Change { at, number, before });
        while self.changes.len() > self.kept {
            self.changes.pop_front();
        }
    }
}

impl Deref for WorldEditor<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl<'a> WorldEditor<'a> {
    pub(crate) fn new(world: &'a mut World, log: &'a mut ChangeLog, now: Timestamp) -> Self {
        Self { world, log, now }
    }

    /// The simulation's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Adds a person, or replaces the one with this id.
    pub fn add_person(&mut self, person: Person) {
        let before = self.world.people.get(person.id).cloned().map(Box::new);
        self.log.push(self.now, Before::Person(person.id, before.clone()));
        self.log.feed.person(self.now, person.id, before.as_deref(), Some(&person));
        self.world.people.insert(person);
    }

    /// Changes a person; `false` if there is none with this id.
    pub fn update_person(&mut self, id: Uuid, change: impl FnOnce(&mut Person)) -> bool {
        let Some(before) = self.world.people.get(id).cloned() else { return false };
        self.log.push(self.now, Before::Person(id, Some(Box::new(before.clone()))));
        let is_there = self.world.people.update(id, change).is_some();
        self.log.feed.person(self.now, id, Some(&before), self.world.people.get(id));
        is_there
    }

    /// Deletes a person as an administrator does: he can be restored for 30 days, and stays in his groups unseen.
    pub fn delete_person(&mut self, id: Uuid) -> bool {
        let when = self.now;
        self.update_person(id, |person| person.deleted = Some(Deleted { when }))
    }

    /// Takes a deletion back. Too late when the 30 days are over.
    pub fn restore_person(&mut self, id: Uuid) -> bool {
        let deleted = self.world.people.get(id).and_then(|person| person.deleted);
        deleted.is_some_and(|deleted| deleted.is_restorable(self.now))
            && self.update_person(id, |person| person.deleted = None)
    }

    /// Deletes a person for good, his memberships with him.
    pub fn purge_person(&mut self, id: Uuid) -> bool {
        let Some(before) = self.world.people.get(id).cloned() else { return false };
        self.leave_all_groups(Member::Person(id));
        self.log.push(self.now, Before::Person(id, Some(Box::new(before))));
        self.log.feed.person(self.now, id, None, None);
        self.world.people.remove(id).is_some()
    }

    /// Adds a group, or replaces the one with this id.
    pub fn add_group(&mut self, group: Group) {
        let before = self.world.groups.get(&group.id).cloned().map(Box::new);
        self.log.push(self.now, Before::Group(group.id, before.clone()));
        self.log.feed.group(self.now, group.id, before.as_deref(), Some(&group));
        self.world.groups.insert(group.id, group);
    }

    /// Changes a group; `false` if there is none with this id. For memberships [`Self::add_member`] and
    /// [`Self::remove_member`] are the better way: this one keeps a copy of the whole group.
    pub fn update_group(&mut self, id: Uuid, change: impl FnOnce(&mut Group)) -> bool {
        let Some(group) = self.world.groups.get_mut(&id) else { return false };
        let before = Box::new(group.clone());
        change(group);
        group.id = id;
        let number = self.log.feed.len();
        self.log.feed.group(self.now, id, Some(&before), Some(group));
        self.log.push_as(number, self.now, Before::Group(id, Some(before)));
        true
    }

    /// Deletes a group; it can be restored for 30 days, with its members.
    pub fn delete_group(&mut self, id: Uuid) -> bool {
        let when = self.now;
        self.update_group(id, |group| group.deleted = Some(Deleted { when }))
    }

    /// Takes a deletion back. Too late when the 30 days are over.
    pub fn restore_group(&mut self, id: Uuid) -> bool {
        let deleted = self.world.groups.get(&id).and_then(|group| group.deleted);
        deleted.is_some_and(|deleted| deleted.is_restorable(self.now))
            && self.update_group(id, |group| group.deleted = None)
    }

    /// Deletes a group for good.
    pub fn purge_group(&mut self, id: Uuid) -> bool {
        self.leave_all_groups(Member::Group(id));
        let Some(before) = self.world.groups.remove(&id) else { return false };
        self.log.push(self.now, Before::Group(id, Some(Box::new(before))));
        self.log.feed.group(self.now, id, None, None);
        true
    }

    /// Puts somebody into a group; `false` if he is in it already or there is no such group.
    pub fn add_member(&mut self, group: Uuid, member: Member) -> bool {
        let added = self.world.groups.get_mut(&group).is_some_and(|group| group.members.insert(member));
        if added {
            self.log.push(self.now, Before::Membership { group, member, held: false });
            self.log.feed.push(self.now, What::Membership { group, member, added: true });
        }
        added
    }

    /// Takes somebody out of a group; `false` if he is not in it.
    pub fn remove_member(&mut self, group: Uuid, member: Member) -> bool {
        let removed = self.world.groups.get_mut(&group).is_some_and(|group| group.members.remove(&member));
        if removed {
            self.log.push(self.now, Before::Membership { group, member, held: true });
            self.log.feed.push(self.now, What::Membership { group, member, added: false });
        }
        removed
    }

    /// Adds a role to ZenQMS, or replaces the one with this id.
    pub fn add_role(&mut self, role: Role) {
        self.world.roles.insert(role.id, role);
    }

    /// Adds an account by hand, or replaces the one with this id.
    pub fn add_account(&mut self, account: Account) {
        let before = self.world.accounts.get(account.id).cloned().map(Box::new);
        self.log.push(self.now, Before::Account(account.id, before));
        self.world.accounts.insert(account);
    }

    /// Changes an account by hand; `false` if there is none with this id.
    pub fn update_account(&mut self, id: AccountNumber, change: impl FnOnce(&mut Account)) -> bool {
        let Some(before) = self.world.accounts.get(id).cloned() else { return false };
        self.log.push(self.now, Before::Account(id, Some(Box::new(before))));
        self.world.accounts.update(id, change).is_some()
    }

    /// Removes an account by hand, which the API cannot do.
    pub fn remove_account(&mut self, id: AccountNumber) -> bool {
        let Some(before) = self.world.accounts.remove(id) else { return false };
        self.log.push(self.now, Before::Account(id, Some(Box::new(before))));
        true
    }

    fn leave_all_groups(&mut self, member: Member) {
        let groups: Vec<Uuid> =
            self.world.groups.values().filter(|group| group.members.contains(&member)).map(|group| group.id).collect();
        for group in groups {
            self.remove_member(group, member);
        }
    }
}
