//! What a delivery holds (Graph docs: changeNotificationCollection). Everything in it comes from a stranger until proven
//! otherwise, and Graph itself is loose: properties come and go, capitals differ, ids stand in two places.

use secrecy::SecretString;
use serde_json::Value;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::work::{Lifecycle, MembersHint};
use uuid::Uuid;

/// The largest body that is read. Lambda hands over 6 MB at most; Graph names no limit of its own.
pub const LARGEST: usize = 6 * 1024 * 1024;

/// A body that is no delivery.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// 413.
    #[error("the body has {0} bytes, and {LARGEST} are read at most")]
    TooLarge(usize),
    /// 400. Says where, not what: the body is a stranger's.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// 400.
    #[error("the body is JSON without a list named `value`")]
    NotCollection,
}

/// One notification, unproven.
#[derive(Debug)]
pub struct Item {
    /// The subscription that it claims to come from.
    pub subscription: Option<Uuid>,
    /// The tenant that it claims to be about.
    pub tenant: Option<Uuid>,
    /// The secret that proves both.
    pub client_state: Option<SecretString>,
    /// What it says.
    pub says: Says,
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// A directory user was created, changed or deleted.
    User {
        /// Whom to look at.
        user: DirectoryUserId,
        /// Whether it says that he is deleted for good.
        deleted: bool,
        /// What tells this change from another, where Graph says so.
        change: Option<u64>,
    },
    /// A group was.
    Group {
        /// Which.
        group: GroupId,
        /// Who entered or left, as far as Graph says: a hint, nothing more.
        members: MembersHint,
        /// What tells this change from another, where Graph says so.
        change: Option<u64>,
    },
    /// Something happened to the subscription itself.
    Lifecycle(Lifecycle),
    /// Something about which nothing is known.
    Unknown,
}

/// More members than this are not followed one by one: the delta listing names them page by page.
const MANY_MEMBERS: usize = 500;

/// Reads a body. An item that cannot be understood is there as [`Says::Unknown`]; nothing is lost without a trace.
///
/// # Errors
/// When the body as a whole is no delivery.
pub fn read(body: &[u8]) -> Result<Vec<Item>, DeliveryError> {
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
    let says = if let Some(event) = text("lifecycleEvent") {
        lifecycle(event)
    } else {
        let deleted = text("changeType").is_some_and(|kind| kind.eq_ignore_ascii_case("deleted"));
        change(text("resource").unwrap_or_default(), item.get("resourceData").unwrap_or(&Value::Null), deleted)
    };
    Item {
        subscription: guid("subscriptionId"),
        tenant: guid("tenantId"),
        client_state: text("clientState").map(SecretString::from),
        says,
    }
}

fn lifecycle(event: &str) -> Says {
    match event {
        "reauthorizationRequired" => Says::Lifecycle(Lifecycle::ReauthorizationRequired),
        "subscriptionRemoved" => Says::Lifecycle(Lifecycle::Removed),
        "missed" => Says::Lifecycle(Lifecycle::Missed),
        _ => Says::Unknown,
    }
}

fn change(resource: &str, data: &Value, deleted: bool) -> Says {
    let mut path = resource.trim_matches('/').split('/').map(str::trim);
    let (kind, in_path) = (path.next().unwrap_or_default(), path.next());
    // The id in the data is the better one; that in the path may be quoted as Users('...').
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

/// `sequenceNumber` exceeds 2^53, so it is never read as a float; it comes as a number or as a text, or not at all.
fn sequence(data: &Value) -> Option<u64> {
    let number = data.get("sequenceNumber")?;
    number.as_u64().or_else(|| number.as_str()?.trim().parse().ok())
}

/// Every spelling of a removal names the member's `id` as an addition does; which of the two it is does not matter, since
/// whoever is named is looked at. A member whose type is not said is taken for a person.
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

#[cfg(test)]
mod tests;
