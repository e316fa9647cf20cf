use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::behaviour::GraphBehaviour;
use crate::change::View;
use crate::world::{Group, Member};

use super::Read;
use super::error::{GraphError, GraphResult};
use super::page_token::PageToken;
use super::users::user;

const TO_USERS: &str = "microsoft.graph.user";
const TO_GROUPS: &str = "microsoft.graph.group";

pub(super) fn list(
    read: &Read<'_>,
    view: &View<'_>,
    graph: &GraphBehaviour,
    now: Timestamp,
    transitive: bool,
) -> GraphResult {
    read.require(read.rights.groups)?;
    let cast = read.segments.get(3).copied();
    let is_cast = cast == Some(TO_USERS) || cast == Some(TO_GROUPS);
    if (is_cast || read.query.count) && !(read.is_eventual() && (read.query.count || read.query.skip_token.is_some())) {
        return Err(GraphError::new(
            400,
            "Request_UnsupportedQuery",
            "Count and casts are only supported with ConsistencyLevel: eventual and $count=true.",
        ));
    }
    let id = read.id("group")?;
    let group = view.group(id).filter(|group| group.deleted.is_none()).ok_or_else(|| GraphError::no_such(id))?;
    let groups = if transitive { closure(view, group) } else { vec![group] };

    if cast == Some(TO_GROUPS) {
        return Ok(groups_below(read, &groups));
    }
    let token = PageToken::of(read, None::<Uuid>, graph.page_token_life, now)?;
    let size = token.top.min(graph.page_cap.unwrap_or(usize::MAX));
    let inner_groups = inner_groups(&groups, is_cast || token.after.is_some());
    let mut people = Merged::new(&groups, token.after)
        .filter(|&person| view.person(person).is_some_and(|person| person.deleted.is_none()));
    let mut last = token.after;
    let mut page: Vec<Value> =
        inner_groups.iter().map(|group| json!({ "@odata.type": "#microsoft.graph.group", "id": group })).collect();
    let room = size.saturating_sub(page.len());
    for person in people.by_ref().take(room) {
        last = Some(person);
        let shown = view.person(person).map(|person| user(person, token.select.as_deref(), read.rights.users));
        let mut shown = shown.unwrap_or_default();
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("@odata.type".to_owned(), "#microsoft.graph.user".into());
        }
        page.push(shown);
    }
    let more = people.next().is_some();
    let mut answer = json!({ "@odata.context": format!("{}/$metadata#directoryObjects", read.base), "value": page });
    if let Some(answer) = answer.as_object_mut() {
        if read.query.count && read.query.skip_token.is_none() {
            let count = Merged::new(&groups, None)
                .filter(|&person| view.person(person).is_some_and(|person| person.deleted.is_none()))
                .count();
            answer.insert("@odata.count".to_owned(), (count + inner_groups.len()).into());
        }
        if more {
            answer.insert("@odata.nextLink".to_owned(), token.link(read, last, now).into());
        }
    }
    Ok(answer)
}

/// The groups of a closure but the first, on one page: the simulated companies have fewer than a page holds.
fn groups_below(read: &Read<'_>, closure: &[&Group]) -> Value {
    let below: Vec<Value> = closure.iter().skip(1).map(|group| json!({ "id": group.id })).collect();
    json!({ "@odata.context": format!("{}/$metadata#groups", read.base), "@odata.count": below.len(), "value": below })
}

/// The groups below that stand on a list of members: all of them on the first page of an uncast list, none otherwise.
fn inner_groups(groups: &[&Group], left_out: bool) -> BTreeSet<Uuid> {
    if left_out { BTreeSet::new() } else { groups.iter().flat_map(|group| group.groups()).collect() }
}

/// The group and all living groups below it, each once; groups may contain each other in a ring.
fn closure<'v>(view: &'v View<'_>, top: &'v Group) -> Vec<&'v Group> {
    let mut found = vec![top];
    let mut seen = BTreeSet::from([top.id]);
    let mut at = 0;
    while let Some(group) = found.get(at).copied() {
        for inner in group.groups() {
            if let Some(inner) = view.group(inner).filter(|inner| inner.deleted.is_none() && seen.insert(inner.id)) {
                found.push(inner);
            }
        }
        at += 1;
    }
    found
}

/// The people of several groups in the order of their ids, each once.
struct Merged<'g> {
    groups: Vec<std::iter::Peekable<Box<dyn Iterator<Item = Uuid> + 'g>>>,
}

impl<'g> Merged<'g> {
    fn new(groups: &[&'g Group], after: Option<Uuid>) -> Self {
        let people = |group: &&'g Group| -> Box<dyn Iterator<Item = Uuid> + 'g> {
            let group: &'g Group = group;
            match after {
                Some(after) => Box::new(group.people_after(Some(after))),
                None => Box::new(group.members.iter().filter_map(|member| match member {
                    Member::Person(person) => Some(*person),
                    Member::Group(_) => None,
                })),
            }
        };
        Self { groups: groups.iter().map(|group| people(group).peekable()).collect() }
    }
}

impl Iterator for Merged<'_> {
    type Item = Uuid;

    fn next(&mut self) -> Option<Uuid> {
        let first = self.groups.iter_mut().filter_map(|people| people.peek().copied()).min()?;
        for people in &mut self.groups {
            people.next_if_eq(&first);
        }
        Some(first)
    }
}
