//! A body by another way of reading: into a tree first, each property looked up in it.

use notification_intake::delivery::{DeliveryError, Item, Says};
use secrecy::SecretString;
use serde_json::Value;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::work::{Lifecycle, MembersHint};
use uuid::Uuid;

/// No larger body is read.
const LARGEST: usize = 6 * 1024 * 1024;
/// More members than this are no hint.
const MANY_MEMBERS: usize = 500;

pub(super) fn read(body: &[u8]) -> Result<Vec<Item>, DeliveryError> {
    if body.len() > LARGEST {
        return Err(DeliveryError::TooLarge(body.len()));
    }
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| DeliveryError::NotJson { line: error.line(), column: error.column() })?;
    let items = body.get("value").and_then(Value::as_array).ok_or(DeliveryError::NotCollection)?;
    Ok(items.iter().map(item).collect())
}

fn item(item: &Value) -> Item {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let guid = |name: &str| text(name).and_then(|text| Uuid::try_parse(text.trim()).ok());
    let says = match text("lifecycleEvent") {
        Some("reauthorizationRequired") => Says::Lifecycle(Lifecycle::ReauthorizationRequired),
        Some("subscriptionRemoved") => Says::Lifecycle(Lifecycle::Removed),
        Some("missed") => Says::Lifecycle(Lifecycle::Missed),
        Some(_) => Says::Unknown,
        None => {
            let deleted = text("changeType").is_some_and(|kind| kind.eq_ignore_ascii_case("deleted"));
            change(text("resource").unwrap_or_default(), item.get("resourceData").unwrap_or(&Value::Null), deleted)
        }
    };
    Item {
        subscription: guid("subscriptionId"),
        tenant: guid("tenantId"),
        client_state: text("clientState").map(SecretString::from),
        says,
    }
}

fn change(resource: &str, data: &Value, deleted: bool) -> Says {
    let path = resource.trim_matches('/').replace('(', "/");
    let mut path = path.split('/').map(str::trim);
    let (kind, in_path) = (path.next().unwrap_or_default(), path.next());
    let in_path = in_path.map(|id| id.trim_end_matches(')').trim_matches('\''));
    let id = data.get("id").and_then(Value::as_str).or(in_path).unwrap_or_default();
    let change = sequence(data);
    if kind.eq_ignore_ascii_case("users") {
        return DirectoryUserId::parse(id).map_or(Says::Unknown, |user| Says::User { user, deleted, change });
    }
    if kind.eq_ignore_ascii_case("groups") {
        let members = members_hint(data.get("members@delta"));
        return GroupId::parse(id).map_or(Says::Unknown, |group| Says::Group { group, members, change });
    }
    Says::Unknown
}

fn sequence(data: &Value) -> Option<u64> {
    let number = data.get("sequenceNumber")?;
    number.as_u64().or_else(|| number.as_str()?.trim().parse().ok())
}

fn members_hint(delta: Option<&Value>) -> MembersHint {
    let Some(members) = delta.and_then(Value::as_array).filter(|members| members.len() <= MANY_MEMBERS) else {
        return MembersHint::Unsaid;
    };
    let (mut people, mut groups) = (Vec::new(), Vec::new());
    for member in members {
        let text = |name: &str| member.get(name).and_then(Value::as_str);
        let Some(id) = text("id").and_then(|id| DirectoryUserId::parse(id).ok()) else {
            return MembersHint::Unsaid;
        };
        let kind = text("@odata.type").unwrap_or("#microsoft.graph.user");
        if kind.eq_ignore_ascii_case("#microsoft.graph.group") {
            groups.push(GroupId::from_bytes(id.to_bytes()));
        } else if kind.eq_ignore_ascii_case("#microsoft.graph.user") {
            people.push(id);
        }
    }
    if members.is_empty() { MembersHint::Unsaid } else { MembersHint::These { people, groups } }
}
