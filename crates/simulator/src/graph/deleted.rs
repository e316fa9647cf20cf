use jiff::Timestamp;
use serde_json::{Value, json};

use crate::change::View;
use crate::world::{Deleted, Person};

use super::Read;
use super::error::{GraphError, GraphResult};
use super::users::user;

/// The most entries that this list shows at once; the simulated companies delete fewer.
const PAGE: usize = 999;

pub(super) fn one(read: &Read<'_>, view: &View<'_>, now: Timestamp) -> GraphResult {
    let text = read.segments.get(2).copied().unwrap_or_default();
    let id = text.parse().map_err(|_| GraphError::new(400, "Request_BadRequest", "Invalid object identifier."))?;
    let is_restorable = |deleted: Option<Deleted>| deleted.is_some_and(|deleted| deleted.is_restorable(now));
    if let Some(person) = view.person(id).filter(|person| is_restorable(person.deleted)) {
        read.require(read.rights.users)?;
        return Ok(deleted_user(person, read));
    }
    if let Some(group) = view.group(id).filter(|group| is_restorable(group.deleted)) {
        read.require(read.rights.groups)?;
        let when = group.deleted.map(|deleted| deleted.when.to_string());
        return Ok(json!({ "@odata.type": "#microsoft.graph.group", "id": id, "deletedDateTime": when }));
    }
    Err(GraphError::no_such(id))
}

pub(super) fn list(read: &Read<'_>, view: &View<'_>, now: Timestamp) -> GraphResult {
    let of_users = read.segments.get(2) == Some(&"microsoft.graph.user");
    read.require(if of_users { read.rights.users } else { read.rights.groups })?;
    let is_restorable = |deleted: Option<Deleted>| deleted.is_some_and(|deleted| deleted.is_restorable(now));
    let entries: Vec<Value> = if of_users {
        let people = view.people_from(0).map(|(_, person)| person).filter(|person| is_restorable(person.deleted));
        people.take(PAGE).map(|person| deleted_user(person, read)).collect()
    } else {
        let groups = view.groups().filter(|group| is_restorable(group.deleted));
        groups.take(PAGE).map(|group| json!({ "id": group.id, "displayName": &*group.display_name })).collect()
    };
    Ok(json!({ "value": entries }))
}

fn deleted_user(person: &Person, read: &Read<'_>) -> Value {
    let mut shown = user(person, read.query.select.as_deref(), read.rights.users);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.type".to_owned(), "#microsoft.graph.user".into());
        shown.insert("deletedDateTime".to_owned(), person.deleted.map(|deleted| deleted.when.to_string()).into());
    }
    shown
}
