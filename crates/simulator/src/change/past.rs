use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::faults::Age;
use crate::world::{Account, AccountNumber, AccountsFilter, Group, Person, World};

use super::{Before, ChangeLog};

/// The world as a read sees it: as it is, or as it was.
pub(crate) struct View<'a> {
    world: &'a World,
    past: Option<Past>,
}

/// What was different; `None` stands for what was not there.
#[derive(Default)]
struct Past {
    people: HashMap<Uuid, Option<Person>>,
    groups: HashMap<Uuid, Option<Group>>,
    accounts: HashMap<AccountNumber, Option<Account>>,
}

impl ChangeLog {
    /// The world some time ago. Somebody who is gone for good since then is found by id, not in listings.
    pub(crate) fn view<'a>(&self, world: &'a World, age: Option<Age>, now: Timestamp) -> View<'a> {
        let mut view = View { world, past: None };
        let Some(age) = age else { return view };
        let mut past = Past::default();
        for (n, change) in self.changes.iter().rev().enumerate() {
            let is_recent = match age {
                Age::Changes(changes) => n < changes,
                Age::Time(time) => {
                    now.duration_since(change.at) < SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
                }
            };
            if !is_recent {
                break;
            }
            past.undo(world, &change.before);
        }
        view.past = Some(past);
        view
    }

    /// The world as it was when the feed had so many entries, as far back as changes are remembered.
    pub(crate) fn view_at<'a>(&self, world: &'a World, horizon: usize) -> View<'a> {
        if horizon >= self.feed.len() {
            return View { world, past: None };
        }
        let mut past = Past::default();
        for change in self.changes.iter().rev().take_while(|change| change.number >= horizon) {
            past.undo(world, &change.before);
        }
        View { world, past: Some(past) }
    }
}

impl Past {
    fn undo(&mut self, world: &World, before: &Before) {
        match before {
            Before::Person(id, person) => {
                self.people.insert(*id, person.as_deref().cloned());
            }
            Before::Group(id, group) => {
                self.groups.insert(*id, group.as_deref().cloned());
            }
            Before::Membership { group, member, held } => {
                let then = self.groups.entry(*group).or_insert_with(|| world.groups.get(group).cloned());
                if let Some(group) = then {
                    if *held {
                        group.members.insert(*member);
                    } else {
                        group.members.remove(member);
                    }
                }
            }
            Before::Account(id, account) => {
                self.accounts.insert(*id, account.as_deref().cloned());
            }
        }
    }
}

impl<'a> View<'a> {
    pub(crate) fn world(&self) -> &'a World {
        self.world
    }

    pub(crate) fn person(&self, id: Uuid) -> Option<&Person> {
        match self.past.as_ref().and_then(|past| past.people.get(&id)) {
            Some(then) => then.as_ref(),
            None => self.world.people.get(id),
        }
    }

    /// Everybody from a place on, each with the place.
    pub(crate) fn people_from(&self, place: usize) -> impl Iterator<Item = (usize, &Person)> {
        self.world.people.starting_at(place).filter_map(|(place, person)| {
            let then = self.past.as_ref().and_then(|past| past.people.get(&person.id));
            Some((place, then.map_or(Some(person), Option::as_ref)?))
        })
    }

    pub(crate) fn group(&self, id: Uuid) -> Option<&Group> {
        match self.past.as_ref().and_then(|past| past.groups.get(&id)) {
            Some(then) => then.as_ref(),
            None => self.world.groups.get(&id),
        }
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.world.groups.keys().filter_map(|&id| self.group(id))
    }

    pub(crate) fn account(&self, id: AccountNumber) -> Option<&Account> {
        match self.past.as_ref().and_then(|past| past.accounts.get(&id)) {
            Some(then) => then.as_ref(),
            None => self.world.accounts.get(id),
        }
    }

    pub(crate) fn accounts_by_external_id<'v>(&'v self, external_id: &'v str) -> Vec<&'v Account> {
        match &self.past {
            None => self.world.accounts.by_external_id(external_id).collect(),
            Some(_) => self.all_accounts().filter(|one| one.external_id.as_deref() == Some(external_id)).collect(),
        }
    }

    pub(crate) fn accounts_by_email<'v>(&'v self, email: &'v str) -> Vec<&'v Account> {
        match &self.past {
            None => self.world.accounts.by_email(email).collect(),
            Some(_) => self.all_accounts().filter(|one| one.email.to_lowercase() == email.to_lowercase()).collect(),
        }
    }

    /// A page of the matching accounts, and how many match in all.
    pub(crate) fn accounts_page(&self, filter: AccountsFilter, skip: usize, take: usize) -> (Vec<&Account>, usize) {
        let accounts = &self.world.accounts;
        if self.past.is_none() {
            (accounts.matching_from(filter, skip).take(take).collect(), accounts.total(filter))
        } else {
            let matching: Vec<_> = self.all_accounts().filter(|account| filter.matches(account)).collect();
            let total = matching.len();
            (matching.into_iter().skip(skip).take(take).collect(), total)
        }
    }

    fn all_accounts(&self) -> impl Iterator<Item = &Account> {
        self.world.accounts.iter().filter_map(|account| self.account(account.id))
    }
}
