//! What a delivery holds (Graph docs: changeNotificationCollection). Everything in it comes from a stranger until proven
//! otherwise, and Graph itself is loose: properties come and go, capitals differ, ids stand in two places.

mod lenient;

use std::borrow::Cow;

use secrecy::SecretString;
use serde::de::MapAccess;
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::work::{Lifecycle, MembersHint};
use uuid::Uuid;

use lenient::{Any, Lenient, Text, name, skip, value};

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
    let Any(Collection(items)) = serde_json::from_slice(body)
        .map_err(|error| DeliveryError::NotJson { line: error.line(), column: error.column() })?;
    Ok(items.ok_or(DeliveryError::NotCollection)?.into_iter().map(Written::item).collect())
}

/// A body: the items in it, if there is a list of them.
#[derive(Default)]
struct Collection<'a>(Option<Vec<Written<'a>>>);

impl<'a> Lenient<'a> for Collection<'a> {
    fn object<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut items = None;
        while let Some(name) = name(&mut map)? {
            match name.as_deref() {
                Some("value") => items = value(&mut map)?,
                _ => skip(&mut map)?,
            }
        }
        Ok(Self(items))
    }
}

/// An item as it is written.
#[derive(Default)]
struct Written<'a> {
    subscription: Text<'a>,
    tenant: Text<'a>,
    client_state: Text<'a>,
    change_type: Text<'a>,
    lifecycle_event: Text<'a>,
    resource: Text<'a>,
    data: Data<'a>,
}

impl<'a> Lenient<'a> for Written<'a> {
    fn object<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut written = Self::default();
        while let Some(name) = name(&mut map)? {
            match name.as_deref() {
                Some("subscriptionId") => written.subscription = value(&mut map)?,
                Some("tenantId") => written.tenant = value(&mut map)?,
                Some("clientState") => written.client_state = value(&mut map)?,
                Some("changeType") => written.change_type = value(&mut map)?,
                Some("lifecycleEvent") => written.lifecycle_event = value(&mut map)?,
                Some("resource") => written.resource = value(&mut map)?,
                Some("resourceData") => written.data = value(&mut map)?,
                _ => skip(&mut map)?,
            }
        }
        Ok(written)
    }
}

impl Written<'_> {
    fn item(self) -> Item {
        let guid = |text: Text<'_>| text.and_then(|text| Uuid::try_parse(text.trim()).ok());
        let says = if let Some(event) = self.lifecycle_event.as_deref() {
            lifecycle(event)
        } else {
            let deleted = self.change_type.is_some_and(|kind| kind.eq_ignore_ascii_case("deleted"));
            self.data.change(self.resource.as_deref().unwrap_or_default(), deleted)
        };
        Item {
            subscription: guid(self.subscription),
            tenant: guid(self.tenant),
            client_state: self.client_state.map(|text| SecretString::from(text.into_owned())),
            says,
        }
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

/// What an item tells of its resource.
#[derive(Default)]
struct Data<'a> {
    id: Text<'a>,
    sequence: Sequence,
    members: Option<Vec<Member<'a>>>,
}

impl<'a> Lenient<'a> for Data<'a> {
    fn object<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut data = Self::default();
        while let Some(name) = name(&mut map)? {
            match name.as_deref() {
                Some("id") => data.id = value(&mut map)?,
                Some("sequenceNumber") => data.sequence = value(&mut map)?,
                Some("members@delta") => data.members = value(&mut map)?,
                _ => skip(&mut map)?,
            }
        }
        Ok(data)
    }
}

impl Data<'_> {
    fn change(self, resource: &str, deleted: bool) -> Says {
        // Users/..., or Users('...') as OData has it too and Graph writes it for chats.
        let mut path = resource.trim_matches('/').split(['/', '(']).map(str::trim);
        let (kind, in_path) = (path.next().unwrap_or_default(), path.next());
        let in_path = in_path.map(|id| id.trim_end_matches(')').trim_matches('\''));
        // The id in the data is the better one.
        let id = self.id.as_deref().or(in_path).unwrap_or_default();
        let Sequence(change) = self.sequence;
        if kind.eq_ignore_ascii_case("users") {
            return DirectoryUserId::parse(id).map_or(Says::Unknown, |user| Says::User { user, deleted, change });
        }
        if kind.eq_ignore_ascii_case("groups") {
            let members = members_hint(self.members.as_deref());
            return GroupId::parse(id).map_or(Says::Unknown, |group| Says::Group { group, members, change });
        }
        Says::Unknown
    }
}

/// `sequenceNumber` exceeds 2^53, so it is never read as a float; it comes as a number or as a text, or not at all.
#[derive(Default)]
struct Sequence(Option<u64>);

impl Lenient<'_> for Sequence {
    fn number(number: u64) -> Self {
        Self(Some(number))
    }

    fn text(text: Cow<'_, str>) -> Self {
        Self(text.trim().parse().ok())
    }
}

#[derive(Default)]
struct Member<'a> {
    id: Text<'a>,
    kind: Text<'a>,
}

impl<'a> Lenient<'a> for Member<'a> {
    fn object<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut member = Self::default();
        while let Some(name) = name(&mut map)? {
            match name.as_deref() {
                Some("id") => member.id = value(&mut map)?,
                Some("@odata.type") => member.kind = value(&mut map)?,
                _ => skip(&mut map)?,
            }
        }
        Ok(member)
    }
}

/// Every spelling of a removal names the member's `id` as an addition does; which of the two it is does not matter, since
/// whoever is named is looked at. A member whose type is not said is taken for a person.
fn members_hint(delta: Option<&[Member<'_>]>) -> MembersHint {
    let Some(members) = delta.filter(|members| members.len() <= MANY_MEMBERS) else {
        return MembersHint::Unsaid;
    };
    let (mut people, mut groups) = (Vec::new(), Vec::new());
    for Member { id, kind } in members {
        let Some(id) = id.as_deref().and_then(|id| DirectoryUserId::parse(id).ok()) else {
            return MembersHint::Unsaid;
        };
        let kind = kind.as_deref().unwrap_or("#microsoft.graph.user");
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
