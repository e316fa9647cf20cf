use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::change::View;
use crate::world::{Group, Member, Person};

use super::super::users::{USUAL, property};
use super::Source;

impl Source<'_> {
    /// A person as he is now, or that he is gone.
    pub(super) fn person(&self, id: Uuid) -> Value {
        match self.view.person(id) {
            None => removed(id, "deleted"),
            Some(person) if person.deleted.is_some() => removed(id, "changed"),
            Some(person) => self.living_person(person),
        }
    }

    /// The selected properties that a person has, or had: those are null.
    pub(super) fn living_person(&self, person: &Person) -> Value {
        let mut shown = Map::from_iter([("id".to_owned(), property(person, "id"))]);
        let selected = self.scope.select.as_deref();
        let names = selected.map_or_else(|| USUAL.to_vec(), |names| names.iter().map(String::as_str).collect());
        for name in names.into_iter().filter(|_| self.read.rights.users) {
            let value = property(person, name);
            let is_there = value.as_array().map_or(!value.is_null(), |list| !list.is_empty());
            if is_there || self.state.log.feed().has_lost(person.id, name) {
                shown.insert(name.to_owned(), value);
            }
        }
        Value::Object(shown)
    }

    /// A group as it is now, or that it is gone, and who came and who left.
    pub(super) fn group(&self, id: Uuid, members: &[(Member, bool)]) -> Value {
        match self.view.group(id) {
            None => removed(id, "deleted"),
            Some(group) if group.deleted.is_some() => removed(id, "changed"),
            Some(group) => self.living_group(group, members),
        }
    }

    pub(super) fn living_group(&self, group: &Group, members: &[(Member, bool)]) -> Value {
        let mut shown = Map::from_iter([("id".to_owned(), Value::from(group.id.to_string()))]);
        if !self.read.rights.groups {
            return Value::Object(shown);
        }
        if self.scope.selects("displayName") {
            shown.insert("displayName".to_owned(), (*group.display_name).into());
        }
        if !members.is_empty() {
            shown.insert(
                "members@delta".to_owned(),
                members.iter().map(|(member, there)| change(*member, *there)).collect(),
            );
        }
        Value::Object(shown)
    }
}

/// Whether a full list of members shows this one: the deleted stay members unseen.
pub(super) fn is_seen(view: &View<'_>, member: Member) -> bool {
    match member {
        Member::Person(id) => view.person(id).is_some_and(|person| person.deleted.is_none()),
        Member::Group(id) => view.group(id).is_some_and(|group| group.deleted.is_none()),
    }
}

fn change(member: Member, there: bool) -> Value {
    let (kind, id) = match member {
        Member::Person(id) => ("#microsoft.graph.user", id),
        Member::Group(id) => ("#microsoft.graph.group", id),
    };
    if there {
        json!({ "@odata.type": kind, "id": id })
    } else {
        json!({ "@odata.type": kind, "id": id, "@removed": { "reason": "deleted" } })
    }
}

fn removed(id: Uuid, reason: &str) -> Value {
    json!({ "id": id, "@removed": { "reason": reason } })
}
