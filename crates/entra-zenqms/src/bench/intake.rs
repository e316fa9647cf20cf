//! What the notification intake does for one notification: the slope between few and many deliveries.

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::callgrind::{TENANT, count};
use crate::tables::{self, thousands};

const SUBSCRIPTION: &str = "33333333-3333-3333-3333-333333333333";
const SECRET: &str = "a-client-state-of-forty-characters-length";
/// Notifications of one delivery.
const DELIVERY: u32 = 100;
const FEW: u32 = 2;
const MANY: u32 = 12;
/// To receive, to parse twice (Lambda's event and the body in it), to check and to drop one. A limit against relapses.
const MOST_TO_JUDGE: u64 = 34_000;

#[derive(Debug, Serialize)]
pub(super) struct Intake {
    /// Instructions for a notification that is read and dropped.
    pub(super) judged: u64,
    /// Instructions for one that is put on its queue, the calls of SQS included.
    pub(super) queued: u64,
}

/// `None` where the intake is not built, or valgrind is missing.
pub(super) async fn measure(built: &Path) -> anyhow::Result<Option<Intake>> {
    let binary = built.join("notification-intake/bootstrap");
    if !binary.exists() {
        return Ok(None);
    }
    let judged = slope(&binary, "another-secret").await?;
    let queued = slope(&binary, SECRET).await?;
    Ok(judged.zip(queued).map(|(judged, queued)| Intake { judged, queued }))
}

async fn slope(binary: &Path, client_state: &str) -> anyhow::Result<Option<u64>> {
    let mut counts = Vec::new();
    for deliveries in [FEW, MANY] {
        let events = (0..deliveries).map(|n| delivery(n, client_state).to_string()).collect();
        let Some(count) = count(binary, events, aws).await? else { return Ok(None) };
        counts.push(count);
    }
    let [few, many] = counts.as_slice() else { return Ok(None) };
    Ok(Some((many - few) / u64::from((MANY - FEW) * DELIVERY)))
}

/// AWS as far as the intake needs it.
fn aws(operation: &str) -> Option<String> {
    let answer = match operation {
        "Query" => json!({"Count": 1, "ScannedCount": 1, "Items": [{
            "pk": {"S": "subscriptions"}, "sk": {"S": "users"}, "watched": {"S": "users"}, "id": {"S": SUBSCRIPTION},
            "client_state": {"S": SECRET}, "notification_url": {"S": "https://intake.example/"},
            "renewed_at": {"S": "2026-01-01T00:00:00Z"}, "expires": {"S": "2099-01-01T00:00:00Z"}, "version": {"N": "1"},
        }]}),
        "SendMessageBatch" => {
            let sent = |n: u32| json!({"Id": n.to_string(), "MessageId": n.to_string(), "MD5OfMessageBody": ""});
            json!({"Successful": (0..10).map(sent).collect::<Vec<_>>(), "Failed": []})
        }
        _ => return None,
    };
    Some(answer.to_string())
}

/// A request to the function's URL with as many notifications as Graph puts together in a busy minute.
fn delivery(number: u32, client_state: &str) -> Value {
    let notification = |n: u32| {
        let user = Uuid::from_u128(u128::from(number * DELIVERY + n + 1));
        json!({
            "changeType": "updated", "clientState": client_state, "resource": format!("Users/{user}"),
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.User", "@odata.id": format!("Users/{user}"), "id": user,
                "organizationId": TENANT, "sequenceNumber": 637_000_000_000_000_000_u64 + u64::from(n),
            },
            "subscriptionExpirationDateTime": "2099-01-01T00:00:00Z", "subscriptionId": SUBSCRIPTION, "tenantId": TENANT,
        })
    };
    let body = json!({"value": (0..DELIVERY).map(notification).collect::<Vec<_>>()}).to_string();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "intake.example", "x-forwarded-proto": "https"},
        "requestContext": {
            "accountId": "anonymous", "apiId": "intake", "domainName": "intake.example", "domainPrefix": "intake",
            "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "Graph"},
            "requestId": "request", "routeKey": "$default", "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    })
}

impl Intake {
    pub(super) const fn is_too_much(&self) -> bool {
        self.judged > MOST_TO_JUDGE
    }

    pub(super) fn print(&self) {
        tables::heading("The intake: instructions for one notification of a delivery of 100");
        let row = |what: &str, count: u64, most: &str| vec![what.to_owned(), thousands(count), most.to_owned()];
        tables::table(
            &["what", "instructions", "at most"],
            &[
                row(
                    "received, read (Lambda's event and the body in it), checked and dropped",
                    self.judged,
                    &thousands(MOST_TO_JUDGE),
                ),
                row("the same and put on its queue, with the calls of SQS", self.queued, ""),
            ],
        );
    }
}
