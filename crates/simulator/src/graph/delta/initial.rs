//! The enumeration of what there is.

use std::ops::Bound;

use uuid::Uuid;

use crate::world::Member;

use super::show::is_seen;
use super::token::{Next, Place};
use super::{Kind, Page, Source};

pub(super) fn page(source: &Source<'_>, start: usize, next: &Next) -> Page {
    let (value, next) = match source.kind {
        Kind::Users => people(source, next),
        Kind::Groups => groups(source, next),
    };
    Page { value, next: next.map(|next| Place::Initial { start, next }) }
}

type Part = (Vec<serde_json::Value>, Option<Next>);

fn people(source: &Source<'_>, next: &Next) -> Part {
    let from = if let Next::Person(place) = next { *place } else { 0 };
    let mut living =
        source.view.people_from(from).filter(|(_, person)| person.deleted.is_none() && source.scope.has(person.id));
    let value = living.by_ref().take(source.size).map(|(_, person)| source.living_person(person)).collect();
    (value, living.next().map(|(place, _)| Next::Person(place)))
}

/// A page ends after so many groups or so many members: a large group stands on several, with a slice on each.
fn groups(source: &Source<'_>, next: &Next) -> Part {
    let (first, behind) = match *next {
        Next::Group(id) => (id, None),
        Next::Members(id, true, inner) => (id, Some(Member::Group(inner))),
        Next::Members(id, false, person) => (id, Some(Member::Person(person))),
        Next::Anything | Next::Person(_) => (Uuid::nil(), None),
    };
    let (mut value, mut listed) = (Vec::new(), 0);
    let living = source.view.groups().filter(|group| group.deleted.is_none() && source.scope.has(group.id));
    for group in living.skip_while(|group| group.id < first) {
        if value.len() >= source.size || listed >= source.size {
            return (value, Some(Next::Group(group.id)));
        }
        let behind = behind.filter(|_| group.id == first).map_or(Bound::Unbounded, Bound::Excluded);
        let room = if source.scope.selects("members") { source.size - listed } else { 0 };
        let mut members =
            group.members.range((behind, Bound::Unbounded)).filter(|member| is_seen(&source.view, **member));
        let slice: Vec<(Member, bool)> = members.by_ref().take(room).map(|member| (*member, true)).collect();
        value.push(source.living_group(group, &slice));
        if let (Some((last, _)), Some(_)) = (slice.last(), members.next()) {
            return (value, Some(Next::behind(group.id, *last)));
        }
        listed += slice.len();
    }
    (value, None)
}
