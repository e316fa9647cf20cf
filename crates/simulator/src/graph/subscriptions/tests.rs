//! Stories of an app that subscribes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use sync_core::ports::Clock;

use crate::*;

/// How a subscriber answers the validation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Right,
    Encoded,
    Accepted,
    Json,
    Never,
    Silent,
}

struct Subscriber {
    manner: Manner,
    asked: AtomicUsize,
}

impl Receiver for Subscriber {
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        Box::pin(async move {
            assert!(body.is_empty() && content_type.starts_with("text/plain"));
            self.asked.fetch_add(1, Ordering::Relaxed);
            let url = url::Url::parse(url).unwrap();
            let token = url.query_pairs().find(|(name, _)| name == "validationToken").unwrap().1.into_owned();
            assert!(['%', '+', ' ', '"', '&'].iter().all(|odd| token.contains(*odd)) && !token.is_ascii());
            let kind = if self.manner == Manner::Json { "application/json" } else { "text/plain" };
            let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind.parse().unwrap())]);
            match self.manner {
                Manner::Never => std::future::pending().await,
                Manner::Silent => None,
                Manner::Encoded => Some((200, headers, Bytes::from(url.query().unwrap().to_owned()))),
                Manner::Accepted => Some((202, headers, token.into())),
                Manner::Right | Manner::Json => Some((200, headers, token.into())),
            }
        })
    }
}

struct App {
    simulation: Simulation,
    subscriber: Arc<Subscriber>,
    token: String,
}

impl App {
    async fn of(behaviour: Behaviour, manner: Manner) -> Self {
        let simulation = Simulation::new(World::default(), behaviour);
        let subscriber = Arc::new(Subscriber { manner, asked: AtomicUsize::new(0) });
        simulation.notify(subscriber.clone());
        let token = graph::tests::token(&simulation).await;
        Self { simulation, subscriber, token }
    }

    async fn usual() -> Self {
        Self::of(Behaviour::default(), Manner::Right).await
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let uri = format!("http://localhost/graph/v1.0/subscriptions{path}");
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let Reply::Answer(answer) = self.simulation.handle(request.body(body).unwrap()).await else { panic!() };
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    async fn create(&self, wish: Value) -> (u16, Value) {
        self.call(Method::POST, "", wish).await
    }

    async fn refusal(&self, wish: Value) -> (u16, String) {
        let (status, body) = self.create(wish).await;
        (status, body["error"]["message"].as_str().unwrap_or_default().to_owned())
    }

    fn minutes_left(&self, subscription: &Value) -> i64 {
        let ends: jiff::Timestamp = subscription["expirationDateTime"].as_str().unwrap().parse().unwrap();
        ends.duration_since(self.simulation.clock().now()).as_mins()
    }
}

fn wish(resource: &str) -> Value {
    json!({
        "changeType": "updated,deleted",
        "resource": resource,
        "notificationUrl": "https://intake.example/notify?key=7",
        "expirationDateTime": "2026-11-27T00:00:00Z",
        "clientState": "secret",
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut wish = wish("/users");
    wish[name] = value.into();
    wish
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_made_read_renewed_and_deleted() {
    let app = App::usual().await;
    let (status, made) = app.create(wish("/USERS")).await;
    assert_eq!((status, &made["resource"], &made["clientState"]), (201, &json!("Users"), &json!("secret")));
    assert_eq!(app.subscriber.asked.load(Ordering::Relaxed), 1);
    let path = format!("/{}", made["id"].as_str().unwrap());
    let renewal = json!({ "expirationDateTime": "2026-12-01T00:00:00Z" });
    let (status, renewed) = app.call(Method::PATCH, &path, renewal).await;
    assert_eq!((status, renewed["expirationDateTime"].as_str().unwrap()), (200, "2026-12-01T00:00:00Z"));
    assert_eq!(app.call(Method::GET, &path, Value::Null).await.1, renewed);
    assert_eq!(app.call(Method::GET, "", Value::Null).await.1["value"][0]["id"], made["id"]);
    assert_eq!(app.call(Method::PATCH, &path, json!({ "clientState": "x" })).await.0, 400);
    assert_eq!(app.call(Method::DELETE, &path, Value::Null).await.0, 204);
    for method in [Method::GET, Method::DELETE, Method::PATCH] {
        assert_eq!(app.call(method, &path, json!({})).await.0, 404);
    }
    assert_eq!(app.simulation.tally().calls(Route::SubscriptionCreate), 1);
    assert_eq!(app.simulation.tally().calls(Route::SubscriptionRenew), 3);
}

#[tokio::test(start_paused = true)]
async fn both_addresses_are_validated() {
    let app = App::usual().await;
    let (_, made) = app.create(with("lifecycleNotificationUrl", "https://intake.example/lifecycle")).await;
    assert_eq!(made["lifecycleNotificationUrl"], "https://intake.example/lifecycle");
    assert_eq!(app.subscriber.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_who_answers_wrongly_gets_nothing() {
    let stories = [
        (Manner::Encoded, "exactly match"),
        (Manner::Accepted, "200 OK"),
        (Manner::Json, "text/plain"),
        (Manner::Never, "timed out"),
        (Manner::Silent, "could not be reached"),
    ];
    for (manner, why) in stories {
        let app = App::of(Behaviour::default(), manner).await;
        let (status, message) = app.refusal(wish("users")).await;
        assert!(status == 400 && message.contains(why), "{message}");
        assert!(app.simulation.subscriptions().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_says_too_little_or_the_wrong_thing_is_refused() {
    let app = App::usual().await;
    for name in ["changeType", "resource", "notificationUrl", "expirationDateTime"] {
        assert_eq!(app.refusal(with(name, Value::Null)).await.0, 400, "{name}");
    }
    let (_, message) = app.refusal(with("changeType", "created,updated")).await;
    assert_eq!(message, "Invalid 'changeType' attribute: 'created'.");
    let (_, message) = app.refusal(with("notificationUrl", "http://intake.example/")).await;
    assert_eq!(message, "NotificationUrl scheme='http' is not supported.");
    let (_, message) = app.refusal(with("notificationUrl", "https:////intake.example/")).await;
    assert_eq!(message, "Invalid notification url='https:////intake.example/'");
    assert_eq!(app.refusal(with("resource", "/me/messages")).await.0, 400);
    assert_eq!(app.refusal(with("expirationDateTime", "tomorrow")).await.0, 400);
    assert_eq!(app.refusal(with("clientState", "x".repeat(129))).await.0, 400);
    assert_eq!(app.subscriber.asked.load(Ordering::Relaxed), 0);
    assert_eq!(app.create(with("notificationUrl", "http://127.0.0.1:8080/")).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn too_short_and_too_long_become_what_is_possible() {
    let app = App::usual().await;
    let (_, short) = app.create(with("expirationDateTime", "2026-11-25T08:01:00Z")).await;
    assert_eq!(app.minutes_left(&short), 45);
    let long = |resource| {
        let mut wish = wish(resource);
        wish["expirationDateTime"] = "2027-12-01T00:00:00Z".into();
        wish
    };
    assert_eq!(app.minutes_left(&app.create(long("groups")).await.1), 41_760);
    app.simulation.behave(|behaviour| behaviour.graph.overlong_expiry = OverlongExpiry::Refuse);
    assert_eq!(app.refusal(long("groups/00000000-0000-0000-0000-000000000010")).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn the_same_again_names_the_first_one() {
    let app = App::usual().await;
    let (_, first) = app.create(wish("users")).await;
    let mut again = with("notificationUrl", "https://other.example/");
    again["changeType"] = "deleted, updated".into();
    let (status, message) = app.refusal(again).await;
    let id = first["id"].as_str().unwrap();
    assert_eq!(status, 409);
    assert_eq!(message, format!("Subscription Id {id} already exists for the requested combination"));
    assert_eq!(app.create(with("changeType", "updated")).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn two_at_once_become_one() {
    let app = App::usual().await;
    let (one, other) = tokio::join!(app.create(wish("users")), app.create(wish("users")));
    assert_eq!((one.0, other.0), (201, 409));
}

#[tokio::test(start_paused = true)]
async fn a_quota_and_a_missing_permission_are_403() {
    let mut behaviour = Behaviour::default();
    behaviour.graph.subscription_quota = Some(1);
    behaviour.entra.permissions = ["User.Read.All", "GroupMember.Read.All"].map(str::to_owned).into();
    let app = App::of(behaviour, Manner::Right).await;
    let (status, body) = app.create(wish("groups")).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    app.create(wish("users")).await;
    let (status, message) = app.refusal(with("changeType", "deleted")).await;
    assert!(status == 403 && message.contains("limit") && message.contains("subscriptions"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn one_that_lapsed_or_was_dropped_is_gone() {
    let mut behaviour = Behaviour::default();
    behaviour.entra.token_life = Duration::from_hours(24);
    let app = App::of(behaviour, Manner::Right).await;
    app.create(with("expirationDateTime", "2026-11-25T09:00:00Z")).await;
    app.create(wish("groups/00000000-0000-0000-0000-000000000010")).await;
    let [users, group] = &app.simulation.subscriptions()[..] else { panic!() };
    assert_eq!(group.resource, "Groups/00000000-0000-0000-0000-000000000010");
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(app.call(Method::PATCH, &format!("/{}", users.id), json!({})).await.0, 404);
    assert!(app.simulation.drop_subscription(group.id));
    assert!(app.simulation.subscriptions().is_empty());
    assert_eq!(app.create(wish("users")).await.0, 201, "nothing stands in the way of another");
}

#[tokio::test(start_paused = true)]
async fn faults_strike_here_as_well() {
    let app = App::usual().await;
    app.simulation.faults().add(Fault::on(Route::SubscriptionCreate).kind(FaultKind::Status(503)));
    assert_eq!(app.create(wish("users")).await.0, 503);
    assert_eq!(app.create(wish("users")).await.0, 201);
}

/// Somebody who looks things up before he answers.
struct Caller(Simulation, Arc<Subscriber>);

impl Receiver for Caller {
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        assert!(self.0.subscriptions().is_empty(), "there is none before it is validated");
        Box::pin(async move {
            graph::tests::token(&self.0).await;
            self.1.post(url, content_type, body).await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_may_call_the_services_while_he_is_validated() {
    let app = App::usual().await;
    app.simulation.notify(Arc::new(Caller(app.simulation.clone(), app.subscriber.clone())));
    assert_eq!(app.create(wish("users")).await.0, 201);
}
