//! What notifications say (Graph docs: changeNotification; what is not documented, as it was observed).

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::behaviour::MembersHint;
use crate::change::{Touch, What};
use crate::subscription::Subscription;
use crate::world::Member;

use super::LifecycleEvent;

/// What a notification tells, whoever is told.
#[derive(Clone, Debug)]
pub(super) enum News {
    Change { change_type: &'static str, resource: String, data: Value },
    Lifecycle(LifecycleEvent),
}

/// What is the same for all copies of one notification.
pub(super) struct Stamp {
    pub(super) tenant: Uuid,
    pub(super) at: Timestamp,
    pub(super) number: u64,
}

impl News {
    pub(super) fn of(what: What, stamp: &Stamp, hint: MembersHint) -> Self {
        let (kind, id, touch) = match what {
            What::Person(id, touch) => ("User", id, Some(touch)),
            What::Group(id, touch) => ("Group", id, Some(touch)),
            What::Membership { group, .. } => ("Group", group, None),
        };
        let resource = format!("{kind}s/{id}");
        let mut data = json!({
            "@odata.type": format!("#Microsoft.Graph.{kind}"),
            "@odata.id": resource,
            "id": id,
            "organizationId": stamp.tenant,
            "eventTime": format!("{}Z", seven_digits(stamp.at)),
            "sequenceNumber": stamp.number,
        });
        if let (What::Membership { member, added, .. }, Some(data)) = (what, data.as_object_mut())
            && let Some(change) = member_change(member, added, hint)
        {
            data.insert("members@delta".to_owned(), json!([change]));
        }
        let change_type = if touch == Some(Touch::Purged) { "deleted" } else { "updated" };
        Self::Change { change_type, resource, data }
    }

    fn told_to(&self, subscription: &Subscription, tenant: Uuid) -> Value {
        let mut told = Map::from_iter([
            ("subscriptionId".to_owned(), json!(subscription.id)),
            (
                "subscriptionExpirationDateTime".to_owned(),
                format!("{}+00:00", seven_digits(subscription.expires)).into(),
            ),
            ("clientState".to_owned(), json!(subscription.client_state)),
            ("tenantId".to_owned(), json!(tenant)),
        ]);
        match self {
            Self::Change { change_type, resource, data } => {
                told.insert("changeType".to_owned(), (*change_type).into());
                told.insert("resource".to_owned(), resource.as_str().into());
                told.insert("resourceData".to_owned(), data.clone());
            }
            Self::Lifecycle(event) => {
                told.insert("lifecycleEvent".to_owned(), event.as_str().into());
            }
        }
        Value::Object(told)
    }
}

/// The body of a POST.
pub(super) fn body<'a>(news: impl Iterator<Item = (&'a News, &'a Subscription)>, tenant: Uuid) -> Bytes {
    let value: Vec<Value> = news.map(|(news, subscription)| news.told_to(subscription, tenant)).collect();
    Bytes::from(json!({ "value": value }).to_string())
}

fn member_change(member: Member, added: bool, hint: MembersHint) -> Option<Value> {
    let (Member::Person(id) | Member::Group(id)) = member;
    match (hint, added) {
        (MembersHint::Absent, _) => None,
        (_, true) => Some(json!({ "id": id })),
        (MembersHint::Object, false) => Some(json!({ "id": id, "@removed": { "reason": "deleted" } })),
        (MembersHint::Text, false) => Some(json!({ "id": id, "@removed": "deleted" })),
    }
}

/// As .NET writes a time, without the zone.
fn seven_digits(when: Timestamp) -> String {
    format!("{}.{:07}", when.strftime("%Y-%m-%dT%H:%M:%S"), when.subsec_nanosecond() / 100)
}
