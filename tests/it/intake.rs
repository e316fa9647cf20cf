//! The intake: what it answers to Graph, and to strangers.

use notification_intake::intake::Answer;
use serde_json::{Value, json};
use simulator::{Registration, SqsFault, SqsFaultKind, World};
use std::time::Duration;
use uuid::Uuid;

use crate::live::Live;
use crate::rig::Rig;

async fn live() -> Live {
    let live = Live::new(Rig::new(World::default()).await);
    assert!(live.host().keep(None).await.unwrap().sweep);
    live
}

fn item(live: &Live, n: u128, number: u64) -> Value {
    let subscription = &live.rig.simulation.subscriptions()[0];
    let user = Uuid::from_u128(n);
    json!({
        "changeType": "updated",
        "clientState": subscription.client_state,
        "resource": format!("Users/{user}"),
        "resourceData": { "@odata.type": "#Microsoft.Graph.User", "id": user, "sequenceNumber": number },
        "subscriptionId": subscription.id,
        "tenantId": Registration::default().tenant,
    })
}

async fn post(live: &Live, items: &[Value]) -> Answer {
    live.host().intake("", json!({ "value": items }).to_string().as_bytes()).await
}

fn queued(live: &Live) -> usize {
    let urls = &live.rig.store.urls;
    [&urls.users, &urls.groups, &urls.keeper].into_iter().map(|url| live.rig.store.sqs.messages(url).len()).sum()
}

fn sends(live: &Live) -> u64 {
    live.rig.store.sqs.calls().get("SendMessageBatch").copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn the_handshake_comes_before_anything_else() {
    // No subscription is known, and the body is nothing at all.
    let rig = Rig::new(World::default()).await;
    let answer = rig.host().intake("validationToken=a%25b%2Bc%20%22d%22%26%E5%B1%B1+e", b"\xff{").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "a%b+c \"d\"&山 e"));
    let refused = rig.host().intake("validationToken=%3Cscript%3E", b"").await;
    assert_eq!((refused.status, refused.body.contains('<')), (400, false));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_notifications_are_a_hundred_calls_side_by_side() {
    let live = live().await;
    let items: Vec<Value> = (1..=1_000).map(|n| item(&live, n, 7)).collect();
    let answer = post(&live, &items).await;
    assert_eq!((answer.status, answer.taken.queued), (202, 1_000));
    assert_eq!((queued(&live), sends(&live)), (1_000, 100));
    // The same delivery again: accepted, and dropped by the queue.
    assert_eq!(post(&live, &items).await.status, 202);
    assert_eq!(queued(&live), 1_000);
    // A real second change within five minutes is not.
    assert_eq!(post(&live, &[item(&live, 1, 8)]).await.status, 202);
    assert_eq!(queued(&live), 1_001);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_queued_whole_is_refused_whole() {
    for kind in [SqsFaultKind::Throttled, SqsFaultKind::InternalError, SqsFaultKind::PartialFailure] {
        let live = live().await;
        let items: Vec<Value> = (1..=45).map(|n| item(&live, n, 7)).collect();
        live.rig.store.sqs.order(SqsFault::on("SendMessageBatch").nth(3).always().kind(kind));
        let answer = post(&live, &items).await;
        assert_eq!((answer.status, answer.taken.queued), (503, 0), "{kind:?}");
        // Graph delivers it again, and nothing is there twice.
        live.rig.store.sqs.calm();
        assert_eq!(post(&live, &items).await.status, 202);
        assert_eq!(queued(&live), 45, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_forged_or_foreign_is_dropped_and_answered_all_the_same() {
    let live = live().await;
    let with = |name: &str, value: Value| {
        let mut item = item(&live, 1, 7);
        item[name] = value;
        item
    };
    let items = [
        with("clientState", json!("guessed")),
        with("clientState", Value::Null),
        with("subscriptionId", json!(Uuid::from_u128(5))),
        with("tenantId", json!(Uuid::from_u128(6))),
        with("resource", json!("Devices/1")),
        with("resourceData", json!({ "id": "x'; drop table" })),
    ];
    let answer = post(&live, &items).await;
    assert_eq!((answer.status, queued(&live)), (202, 0));
    let dropped: Vec<_> = answer.taken.dropped.into_iter().collect();
    assert_eq!(
        dropped,
        [("foreign_tenant", 1), ("not_a_user_or_group", 2), ("unknown_subscription", 1), ("wrong_client_state", 2)]
    );
}

#[tokio::test(start_paused = true)]
async fn bad_bodies_are_refused_by_name() {
    let live = live().await;
    let deep = format!(r#"{{"value":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let large = vec![b' '; 7 * 1024 * 1024];
    for (body, status) in [(&b"no json"[..], 400), (b"{}", 400), (b"", 400), (deep.as_bytes(), 400), (&large, 413)] {
        let answer = live.host().intake("", body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.len() < 200);
    }
    // Four megabytes of genuine notifications are not too much.
    let mut one = item(&live, 1, 7);
    one["padding"] = json!("x".repeat(4 * 1024 * 1024));
    assert_eq!(post(&live, &[one]).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_is_asked_once_and_not_for_every_forgery() {
    let live = live().await;
    let queries = || live.rig.store.dynamo.calls().get("Query").copied().unwrap_or_default();
    let before = queries();
    for n in 1..=10 {
        assert_eq!(post(&live, &[item(&live, n, 7)]).await.status, 202);
    }
    assert_eq!(queries() - before, 1);
    let mut forged = item(&live, 1, 7);
    forged["subscriptionId"] = json!(Uuid::from_u128(5));
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        post(&live, std::slice::from_ref(&forged)).await;
    }
    // Ten seconds of forgeries: once a second at most.
    assert!(queries() - before <= 11, "{}", queries() - before);
    // A subscription that was made elsewhere meanwhile is known after a second at the latest.
    assert!(live.rig.simulation.drop_subscription(live.rig.simulation.subscriptions()[0].id));
    live.rig.host().keep(None).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = post(&live, &[item(&live, 1, 9)]).await;
    assert_eq!((answer.status, answer.taken.queued), (202, 1));
}

#[tokio::test(start_paused = true)]
async fn the_first_notification_may_come_before_graph_has_answered() {
    let live = Live::new(Rig::new(World::default()).await);
    // The answer to the creation is lost, and so is the process.
    live.rig
        .simulation
        .faults()
        .add(simulator::Fault::on(simulator::Route::SubscriptionCreate).kind(simulator::FaultKind::CutAfter));
    let report = live.host().keep(None).await.unwrap();
    assert!(!report.sweep, "{report:?}");
    assert_eq!(post(&live, &[item(&live, 1, 7)]).await.taken.queued, 1);
}
