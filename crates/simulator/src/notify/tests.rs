//! Stories of changes that are told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sync_core::ports::Clock;
use tokio::time::sleep;
use uuid::Uuid;

use crate::*;

const ANA: Uuid = Uuid::from_u128(1);
const BEN: Uuid = Uuid::from_u128(2);
const QA: Uuid = Uuid::from_u128(0x10);

/// Somebody who keeps what he is told, and answers as he is ordered to.
#[derive(Default)]
struct Intake {
    posts: Mutex<Vec<(String, Value)>>,
    /// The statuses of the next answers; 202 afterwards. 0 is none at all.
    statuses: Mutex<Vec<u16>>,
    takes: Mutex<Duration>,
}

impl Receiver for Intake {
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        Box::pin(async move {
            let parsed = url::Url::parse(url).unwrap();
            if let Some((_, token)) = parsed.query_pairs().find(|(name, _)| name == "validationToken") {
                let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "text/plain".parse().unwrap())]);
                return Some((200, headers, Bytes::from(token.into_owned())));
            }
            assert_eq!(content_type, "application/json");
            let takes = *self.takes.lock().unwrap();
            sleep(takes).await;
            self.posts.lock().unwrap().push((url.to_owned(), serde_json::from_slice(&body).unwrap()));
            let mut statuses = self.statuses.lock().unwrap();
            let status = if statuses.is_empty() { 202 } else { statuses.remove(0) };
            (status > 0).then(|| (status, HeaderMap::new(), Bytes::new()))
        })
    }
}

impl Intake {
    /// Every notification that came, of all POSTs.
    fn told(&self) -> Vec<Value> {
        let posts = self.posts.lock().unwrap();
        posts.iter().flat_map(|(_, body)| body["value"].as_array().unwrap().clone()).collect()
    }

    fn posts(&self) -> usize {
        self.posts.lock().unwrap().len()
    }
}

async fn subscribe(simulation: &Simulation, resource: &str, ends: &str) -> Uuid {
    let token = graph::tests::token(simulation).await;
    let wish = json!({
        "changeType": "updated,deleted",
        "resource": resource,
        "notificationUrl": "https://intake.example/notify",
        "lifecycleNotificationUrl": "https://intake.example/lifecycle",
        "expirationDateTime": ends,
        "clientState": "secret",
    });
    let request = Request::post("http://localhost/graph/v1.0/subscriptions");
    let request = request.header("authorization", format!("Bearer {token}"));
    let Reply::Answer(answer) = simulation.handle(request.body(wish.to_string().into()).unwrap()).await else {
        panic!("no answer")
    };
    let made: Value = serde_json::from_slice(answer.body()).unwrap();
    made["id"].as_str().unwrap_or_else(|| panic!("{made}")).parse().unwrap()
}

/// A company with two people and a group, and a subscriber to all.
async fn watched(notifications: NotificationBehaviour) -> (Simulation, Arc<Intake>) {
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications = notifications;
    let person = |id, name: &str| Person::new(id, name, "Novak", &format!("{name}@a.example"), "QA Specialist");
    let world = World::default()
        .with_person(person(ANA, "ana"))
        .with_person(person(BEN, "ben"))
        .with_group(Group::new(QA, "QA").with_people([ANA]));
    let simulation = Simulation::new(world, behaviour);
    let intake = Arc::new(Intake::default());
    simulation.notify(intake.clone());
    subscribe(&simulation, "users", "2026-11-27T00:00:00Z").await;
    subscribe(&simulation, "groups", "2026-11-27T00:00:00Z").await;
    (simulation, intake)
}

fn change(simulation: &Simulation, id: Uuid) {
    simulation.change(|editor| editor.update_person(id, |person| person.job_title = Some("Lead".into())));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_as_graph_tells_it() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    change(&simulation, ANA);
    assert_eq!(simulation.deliver_due().await, 1);
    let told = intake.told().remove(0);
    let tenant = Registration::default().tenant;
    let number = told["resourceData"]["sequenceNumber"].as_u64().unwrap();
    assert!(number > 1 << 53);
    assert_eq!(
        told,
        json!({
            "changeType": "updated",
            "clientState": "secret",
            "resource": format!("Users/{ANA}"),
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.User",
                "@odata.id": format!("Users/{ANA}"),
                "id": ANA,
                "organizationId": tenant,
                "eventTime": "2026-11-25T08:00:00.0000000Z",
                "sequenceNumber": number,
            },
            "subscriptionExpirationDateTime": "2026-11-27T00:00:00.0000000+00:00",
            "subscriptionId": simulation.subscriptions()[0].id,
            "tenantId": tenant,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn only_a_purge_is_a_deletion() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    simulation.change(|editor| {
        editor.delete_person(ANA);
        editor.restore_person(ANA);
        editor.delete_person(ANA);
        editor.purge_person(ANA);
    });
    simulation.deliver_due().await;
    let told = intake.told();
    let of = |id: Uuid| told.iter().filter(move |one| one["resourceData"]["id"] == json!(id));
    let kinds: Vec<&str> = of(ANA).map(|one| one["changeType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["updated", "updated", "updated", "deleted"]);
    let left: Vec<&Value> = of(QA).map(|one| &one["resourceData"]["members@delta"]).collect();
    assert_eq!(left, [&json!([{ "id": ANA, "@removed": { "reason": "deleted" } }])]);
    let numbers: BTreeSet<u64> = told.iter().filter_map(|one| one["resourceData"]["sequenceNumber"].as_u64()).collect();
    assert_eq!(numbers.len(), 5, "each change has its own");
}

#[tokio::test(start_paused = true)]
async fn a_membership_is_told_in_three_spellings() {
    let stories = [
        (MembersHint::Object, json!([{ "id": ANA, "@removed": { "reason": "deleted" } }])),
        (MembersHint::Text, json!([{ "id": ANA, "@removed": "deleted" }])),
        (MembersHint::Absent, Value::Null),
    ];
    for (members_hint, spelling) in stories {
        let (simulation, intake) = watched(NotificationBehaviour { members_hint, ..Default::default() }).await;
        simulation.change(|editor| editor.remove_member(QA, Member::Person(ANA)));
        simulation.deliver_due().await;
        assert_eq!(intake.told()[0]["resource"], format!("Groups/{QA}"));
        assert_eq!(intake.told()[0]["resourceData"]["members@delta"], spelling);
    }
}

#[tokio::test(start_paused = true)]
async fn one_group_can_be_watched_alone() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    let own = subscribe(&simulation, &format!("groups/{QA}"), "2026-11-27T00:00:00Z").await;
    simulation.change(|editor| editor.add_group(Group::new(Uuid::max(), "Other")));
    simulation.change(|editor| editor.add_member(QA, Member::Person(BEN)));
    assert_eq!(simulation.deliver_due().await, 3);
    let to_own: Vec<Value> = intake.told().into_iter().filter(|one| one["subscriptionId"] == json!(own)).collect();
    assert_eq!(to_own.len(), 1);
    assert_eq!(to_own[0]["resourceData"]["members@delta"], json!([{ "id": BEN }]));
}

#[tokio::test(start_paused = true)]
async fn copies_have_one_number_and_go_in_few_posts() {
    let notifications = NotificationBehaviour { per_change: (2, 2), doubled: 1.0, batch: 3, ..Default::default() };
    let (simulation, intake) = watched(notifications).await;
    change(&simulation, ANA);
    assert_eq!(simulation.deliver_due().await, 4);
    assert_eq!(intake.posts(), 2);
    let told = intake.told();
    assert!(told.iter().all(|one| one["resourceData"] == told[0]["resourceData"]));
}

#[tokio::test(start_paused = true)]
async fn chance_loses_and_delays_the_same_ones_again() {
    let chancy = NotificationBehaviour {
        delay: Latency::Between(Duration::from_secs(1), Duration::from_secs(9)),
        lost: 0.3,
        late: 0.5,
        per_change: (1, 3),
        ..Default::default()
    };
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (simulation, _) = watched(chancy).await;
        for _ in 0..50 {
            change(&simulation, ANA);
        }
        assert_eq!(simulation.deliver_due().await, 0);
        sleep(Duration::from_secs(10)).await;
        let soon = simulation.deliver_due().await;
        sleep(Duration::from_mins(11)).await;
        let late = simulation.deliver_due().await;
        let tally = simulation.notification_tally();
        assert!(soon > 0 && late > 0 && tally.lost > 0 && tally.made > 50);
        assert_eq!(tally.made, tally.lost + tally.delivered);
        runs.push((soon, late, tally));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_post_comes_again_whole() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    *intake.statuses.lock().unwrap() = vec![500, 0, 404];
    change(&simulation, ANA);
    change(&simulation, BEN);
    let began = simulation.clock().now();
    let mut waits = Vec::new();
    while let Some(due) = simulation.next_due() {
        waits.push(due.duration_since(began).as_secs());
        sleep(due.duration_since(simulation.clock().now()).unsigned_abs()).await;
        simulation.deliver_due().await;
    }
    assert_eq!(waits, [0, 5, 15, 35]);
    assert_eq!(intake.told().len(), 8);
    let tally = simulation.notification_tally();
    assert_eq!(tally, NotificationTally { made: 2, lost: 0, delivered: 2, retried: 6, doubled: 0 });
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_has_three_seconds_and_then_ten() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    *intake.takes.lock().unwrap() = Duration::from_secs(4);
    change(&simulation, ANA);
    assert_eq!(simulation.deliver_due().await, 0);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(simulation.deliver_due().await, 1);
}

#[tokio::test(start_paused = true)]
async fn after_four_hours_a_notification_is_given_up() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    *intake.statuses.lock().unwrap() = vec![500; 1_000];
    let began = simulation.clock().now();
    change(&simulation, ANA);
    tokio::select! {
        () = simulation.deliver_forever() => {}
        () = sleep(Duration::from_hours(5)) => {}
    }
    assert_eq!(simulation.next_due(), None);
    assert_eq!(simulation.notification_tally().lost, 1);
    assert_eq!(intake.posts(), 12, "5 s doubled eleven times are less than four hours");
    assert!(simulation.clock().now().duration_since(began) >= SignedDuration::from_hours(5));
}

#[tokio::test(start_paused = true)]
async fn the_driver_wakes_up_for_a_change() {
    let notifications = NotificationBehaviour { delay: Latency::Fixed(Duration::from_secs(30)), ..Default::default() };
    let (simulation, intake) = watched(notifications).await;
    let driver = simulation.clone();
    let driver = tokio::spawn(async move { driver.deliver_forever().await });
    sleep(Duration::from_hours(1)).await;
    change(&simulation, ANA);
    sleep(Duration::from_secs(29)).await;
    assert_eq!(intake.posts(), 0);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(intake.posts(), 1);
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_is_dropped_half_way_is_due_as_before() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    *intake.takes.lock().unwrap() = Duration::from_secs(2);
    change(&simulation, ANA);
    tokio::select! {
        _ = simulation.deliver_due() => panic!("too fast"),
        () = sleep(Duration::from_secs(1)) => {}
    }
    assert_eq!(simulation.deliver_due().await, 1);
    assert_eq!(simulation.notification_tally().retried, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_whose_subscription_ended() {
    let notifications = NotificationBehaviour { delay: Latency::Fixed(Duration::from_mins(1)), ..Default::default() };
    let (simulation, intake) = watched(notifications).await;
    change(&simulation, ANA);
    simulation.change(|editor| editor.add_member(QA, Member::Person(BEN)));
    assert!(simulation.drop_subscription(simulation.subscriptions()[0].id));
    sleep(Duration::from_mins(1)).await;
    assert_eq!(simulation.deliver_due().await, 1);
    assert_eq!(intake.told()[0]["resource"], format!("Groups/{QA}"));
    sleep(Duration::from_hours(48)).await;
    simulation.change(|editor| editor.remove_member(QA, Member::Person(BEN)));
    assert_eq!(simulation.next_due(), None, "the other one lapsed");
    assert_eq!(simulation.notification_tally().lost, 1);
}

#[tokio::test(start_paused = true)]
async fn lifecycle_events_go_where_they_belong() {
    let (simulation, intake) = watched(NotificationBehaviour::default()).await;
    let id = simulation.subscriptions()[0].id;
    for event in [LifecycleEvent::ReauthorizationRequired, LifecycleEvent::SubscriptionRemoved, LifecycleEvent::Missed]
    {
        assert!(simulation.send_lifecycle(id, event));
    }
    assert!(!simulation.send_lifecycle(Uuid::nil(), LifecycleEvent::Missed));
    assert_eq!(simulation.deliver_due().await, 3);
    assert_eq!(intake.posts.lock().unwrap()[0].0, "https://intake.example/lifecycle");
    let told = intake.told();
    let events: Vec<&str> = told.iter().map(|one| one["lifecycleEvent"].as_str().unwrap()).collect();
    assert_eq!(events, ["reauthorizationRequired", "subscriptionRemoved", "missed"]);
    assert!(told[0].get("changeType").is_none() && told[0].get("resourceData").is_none());
}
