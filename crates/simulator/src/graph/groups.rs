use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::change::View;
use crate::world::Member;

use super::Read;
use super::error::{GraphError, GraphResult};

/// `checkMemberGroups` takes no more (Graph docs).
const MOST_GROUPS: usize = 20;

pub(super) fn one(read: &Read<'_>, view: &View<'_>) -> GraphResult {
    read.require(read.rights.groups)?;
    let id = read.id("group")?;
    let group = view.group(id).filter(|group| group.deleted.is_none()).ok_or_else(|| GraphError::no_such(id))?;
    Ok(json!({ "id": id, "displayName": &*group.display_name }))
}

pub(super) fn check_member_groups(read: &Read<'_>, view: &View<'_>) -> GraphResult {
    let person = member(read, view)?;
    let body = read.json_body()?;
    let ids = body.get("groupIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if ids.is_empty() || ids.len() > MOST_GROUPS {
        let message = format!("groupIds must have 1 to {MOST_GROUPS} entries.");
        return Err(GraphError::new(400, "Request_BadRequest", message));
    }
    let of_person = groups_of(view, person);
    let found: Vec<&Value> = ids
        .iter()
        .filter(|id| id.as_str().and_then(|id| id.parse().ok()).is_some_and(|id: Uuid| of_person.contains(&id)))
        .collect();
    Ok(json!({ "value": found }))
}

/// The living groups that a person is in directly, on one page.
pub(super) fn member_of(read: &Read<'_>, view: &View<'_>) -> GraphResult {
    let person = Member::Person(member(read, view)?);
    let groups: Vec<Value> = view
        .groups()
        .filter(|group| group.deleted.is_none() && group.members.contains(&person))
        .map(|group| json!({ "@odata.type": "#microsoft.graph.group", "id": group.id }))
        .collect();
    Ok(json!({ "@odata.context": format!("{}/$metadata#directoryObjects(id)", read.base), "value": groups }))
}

pub(super) fn get_member_groups(read: &Read<'_>, view: &View<'_>) -> GraphResult {
    let person = member(read, view)?;
    Ok(json!({ "value": groups_of(view, person) }))
}

fn member(read: &Read<'_>, view: &View<'_>) -> Result<Uuid, GraphError> {
    read.require(read.rights.users && read.rights.groups)?;
    let id = read.id("user")?;
    view.person(id).filter(|person| person.deleted.is_none()).ok_or_else(|| GraphError::no_such(id))?;
    Ok(id)
}

/// The living groups that a person is in, directly or through other groups.
fn groups_of(view: &View<'_>, person: Uuid) -> BTreeSet<Uuid> {
    let living = || view.groups().filter(|group| group.deleted.is_none());
    let mut found: BTreeSet<Uuid> =
        living().filter(|group| group.members.contains(&Member::Person(person))).map(|group| group.id).collect();
    loop {
        let above: Vec<Uuid> = living()
            .filter(|group| !found.contains(&group.id) && group.groups().any(|inner| found.contains(&inner)))
            .map(|group| group.id)
            .collect();
        if above.is_empty() {
            return found;
        }
        found.extend(above);
    }
}
