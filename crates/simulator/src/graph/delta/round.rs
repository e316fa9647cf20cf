//! What changed between two numbers of the feed.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use crate::change::{Entry, Touch, What};
use crate::world::Member;

use super::show::is_seen;
use super::token::Place;
use super::{Kind, Page, Source};

/// An object that a round shows, and who came into it and who left.
struct Shown {
    id: Uuid,
    members: Vec<(Member, bool)>,
}

pub(super) fn page(source: &Source<'_>, since: usize, until: usize, offset: usize) -> Page {
    let entries = source.state.log.feed().between(since, until);
    let shown = if source.state.behaviour.graph.delta_repeats {
        entries.iter().filter_map(|entry| source.shown(entry)).collect()
    } else {
        merge(entries.iter().filter_map(|entry| source.shown(entry)))
    };
    let mut value: Vec<Value> = Vec::new();
    let mut listed = 0;
    let mut rest = shown.iter().flat_map(|one| slices(one, source.size)).skip(offset);
    while value.len() < source.size && listed < source.size {
        let Some((id, members)) = rest.next() else { break };
        listed += members.len();
        value.push(match source.kind {
            Kind::Users => source.person(id),
            Kind::Groups => source.group(id, members),
        });
    }
    let next = rest.next().map(|_| Place::Round { since, until, offset: offset + value.len() });
    Page { value, next }
}

/// An object of many changed members stands there several times, with a slice of them each time.
fn slices(shown: &Shown, size: usize) -> impl Iterator<Item = (Uuid, &[(Member, bool)])> {
    let none: Option<&[(Member, bool)]> = shown.members.is_empty().then_some(&[]);
    none.into_iter().chain(shown.members.chunks(size)).map(|members| (shown.id, members))
}

/// Each object once, in the order of their first changes: what a reader saw who is further behind comes first.
fn merge(shown: impl Iterator<Item = Shown>) -> Vec<Shown> {
    let mut order = Vec::new();
    let mut merged: HashMap<Uuid, BTreeMap<Member, bool>> = HashMap::new();
    for Shown { id, members } in shown {
        let of_one = merged.entry(id).or_insert_with(|| {
            order.push(id);
            BTreeMap::new()
        });
        of_one.extend(members);
    }
    let whole = |id| Shown { id, members: merged.remove(&id).unwrap_or_default().into_iter().collect() };
    order.into_iter().map(whole).collect()
}

impl Source<'_> {
    /// What the query hears of a change, if anything.
    fn shown(&self, entry: &Entry) -> Option<Shown> {
        let select = self.scope.select.as_deref();
        let (id, members) = match (self.kind, entry.what) {
            (Kind::Users, What::Person(id, touch)) if touch.concerns(select) => (id, Vec::new()),
            (Kind::Groups, What::Group(id, touch)) if touch.concerns(select) => (id, self.all_members(id, touch)),
            (Kind::Groups, What::Membership { group, member, added }) if self.scope.selects("members") => {
                (group, vec![(member, added)])
            }
            _ => return None,
        };
        self.scope.has(id).then_some(Shown { id, members })
    }

    /// The members of a group that is new to the query.
    fn all_members(&self, id: Uuid, touch: Touch) -> Vec<(Member, bool)> {
        let group = self.view.group(id).filter(|_| touch.is_new() && self.scope.selects("members"));
        let members = group.into_iter().flat_map(|group| &group.members);
        members.filter(|member| is_seen(&self.view, **member)).map(|member| (*member, true)).collect()
    }
}
