//! The simulated services, asked in raw HTTP: they answer as Microsoft and ZenQMS document, whoever the client is.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use simulator::{
    Age, BASE, Behaviour, CompanyPlan, Details, Fault, FaultKind, GraphThrottle, Group, Limit, Person, Registration,
    Reply, Role, Route, Simulation, World, ZenqmsBehaviour,
};
use uuid::Uuid;

struct Raw {
    simulation: Simulation,
    token: String,
}

impl Raw {
    async fn new(world: World, behaviour: Behaviour) -> Self {
        let mut raw = Self { simulation: Simulation::new(world, behaviour), token: String::new() };
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
            Registration::default().client,
            Registration::SECRET
        );
        let path = format!("/login/{}/oauth2/v2.0/token", Registration::default().tenant);
        let (status, answer) = raw.ask(Method::POST, &path, "application/x-www-form-urlencoded", &body).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().clone_into(&mut raw.token);
        raw
    }

    async fn ask(&self, method: Method, path: &str, kind: &str, body: &str) -> (u16, Value) {
        let answer = self.answer(method, path, kind, body).await;
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    async fn answer(&self, method: Method, path: &str, kind: &str, body: &str) -> Response<Bytes> {
        let uri = if path.starts_with("http") { path.to_owned() } else { format!("{BASE}{path}") };
        let token = if uri.contains("/zenqms/") { ZenqmsBehaviour::TOKEN } else { &self.token };
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind)
            .header("ConsistencyLevel", "eventual")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        match self.simulation.handle(request).await {
            Reply::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, "application/json", "").await
    }

    async fn zenqms(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.ask(method, &format!("/zenqms{path}"), "application/json", &body.to_string()).await
    }
}

async fn company(people: usize, accounts: usize) -> Raw {
    Raw::new(CompanyPlan::plain(people, accounts, 0.5).build(), Behaviour::default()).await
}

#[tokio::test(start_paused = true)]
async fn users_come_in_pages_whose_links_keep_what_was_selected() {
    let raw = company(25, 0).await;
    let mut path = "/graph/v1.0/users?$select=id,mail&$top=10".to_owned();
    let mut sizes = Vec::new();
    loop {
        let (status, page) = raw.get(&path).await;
        assert_eq!(status, 200, "{page}");
        let users = page["value"].as_array().unwrap();
        assert!(users.iter().all(|user| user.as_object().unwrap().keys().eq(["id", "mail"])));
        sizes.push(users.len());
        match page.get("@odata.nextLink") {
            Some(link) => link.as_str().unwrap().clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!(sizes, [10, 10, 5]);
    // Without $select neither accountEnabled nor userType comes, however much one would like it.
    let (_, page) = raw.get("/graph/v1.0/users").await;
    let user = page["value"][0].as_object().unwrap();
    assert!(user.contains_key("displayName") && !user.contains_key("accountEnabled"));
}

#[tokio::test(start_paused = true)]
async fn people_are_found_by_address_or_sign_in_name_and_show_what_few_ask_for() {
    let details = Details { department: Some("Quality".into()), ..Details::default() };
    let ana = Person::new(Uuid::from_u128(1), "Ana", "O'Brien", "o'brien@contoso.com", "QA").with_details(details);
    let mut bo = Person::new(Uuid::from_u128(2), "Bo", "O'Brien", "bo@contoso.com", "QA");
    bo.user_principal_name = Some("O'Brien@contoso.com".into());
    let raw = Raw::new(World::default().with_person(ana).with_person(bo), Behaviour::default()).await;
    let found = async |filter: &str| {
        let filter = filter.replace(' ', "%20");
        let (status, page) =
            raw.get(&format!("/graph/v1.0/users?$filter={filter}&$select=department,mailNickname")).await;
        (status, page["value"].clone())
    };
    let id = |n| Uuid::from_u128(n).to_string();
    let shown = |n, department| json!({ "id": id(n), "department": department, "mailNickname": null });
    let (ana, bo) = (shown(1, json!("Quality")), shown(2, Value::Null));
    assert_eq!(found("mail eq 'o''brien@contoso.com'").await, (200, json!([ana])));
    let both = "mail eq 'o''brien@contoso.com' or userPrincipalName eq 'o''brien@contoso.com'";
    assert_eq!(found(both).await, (200, json!([ana, bo])));
    assert_eq!(found("surname eq 'Perez'").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn what_graph_refuses_it_refuses_in_odata() {
    let raw = company(3, 0).await;
    for (path, status, code) in [
        ("/graph/v1.0/users?$select=shoeSize", 400, "BadRequest"),
        ("/graph/v1.0/users?$top=1000", 400, "Request_BadRequest"),
        ("/graph/v1.0/users/00000000-0000-0000-0000-0000000000ff", 404, "Request_ResourceNotFound"),
        ("/graph/v1.0/groups/00000000-0000-0000-0000-0000000000ff/members", 404, "Request_ResourceNotFound"),
    ] {
        let (got, answer) = raw.get(path).await;
        assert_eq!(got, status, "{path}: {answer}");
        assert!(answer["error"]["message"].is_string(), "{path}");
        assert_eq!(answer["error"]["code"], code, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_checked() {
    let mut raw = company(3, 0).await;
    "forged".clone_into(&mut raw.token);
    let (status, answer) = raw.get("/graph/v1.0/users").await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
}

#[tokio::test(start_paused = true)]
async fn members_are_direct_or_transitive_and_a_ring_of_groups_ends() {
    let id = Uuid::from_u128;
    let world = World::default()
        .with_person(Person::new(id(1), "Ana", "García", "ana@contoso.com", "QA"))
        .with_person(Person::new(id(2), "Bo", "O'Brien", "bo@contoso.com", "QA"))
        .with_group(Group::new(id(10), "outer").with_people([id(1)]).with_groups([id(11)]))
        .with_group(Group::new(id(11), "inner").with_people([id(2)]).with_groups([id(10)]));
    let raw = Raw::new(world, Behaviour::default()).await;
    let people = async |relation: &str| {
        let path = format!("/graph/v1.0/groups/{}/{relation}/microsoft.graph.user?$select=id&$count=true", id(10));
        let (status, page) = raw.get(&path).await;
        assert_eq!(status, 200, "{page}");
        page["value"].as_array().unwrap().len()
    };
    assert_eq!((people("members").await, people("transitiveMembers").await), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_batch_answers_each_item_apart_and_takes_twenty() {
    let raw = company(30, 0).await;
    let someone = raw.simulation.world(|world| world.people.iter().next().unwrap().id);
    let item =
        |n: usize, id: Uuid| json!({ "id": n.to_string(), "method": "GET", "url": format!("/users/{id}?$select=id") });
    let body = json!({ "requests": [item(1, someone), item(2, Uuid::from_u128(255))] });
    let (status, answer) = raw.ask(Method::POST, "/graph/v1.0/$batch", "application/json", &body.to_string()).await;
    assert_eq!(status, 200);
    let status_of = |n: &str| {
        answer["responses"].as_array().unwrap().iter().find(|one| one["id"] == n).map(|one| one["status"].clone())
    };
    assert_eq!((status_of("1"), status_of("2")), (Some(json!(200)), Some(json!(404))));

    let many: Vec<Value> = (0..21).map(|n| item(n, someone)).collect();
    let body = json!({ "requests": many }).to_string();
    let (status, _) = raw.ask(Method::POST, "/graph/v1.0/$batch", "application/json", &body).await;
    assert_eq!(status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_deleted_are_found_among_the_deleted_until_they_are_purged() {
    let raw = company(3, 0).await;
    let someone = raw.simulation.world(|world| world.people.iter().next().unwrap().id);
    let (user, deleted) =
        (format!("/graph/v1.0/users/{someone}"), format!("/graph/v1.0/directory/deletedItems/{someone}"));
    assert_eq!((raw.get(&user).await.0, raw.get(&deleted).await.0), (200, 404));
    raw.simulation.change(|editor| editor.delete_person(someone));
    assert_eq!((raw.get(&user).await.0, raw.get(&deleted).await.0), (404, 200));
    raw.simulation.change(|editor| editor.restore_person(someone));
    assert_eq!((raw.get(&user).await.0, raw.get(&deleted).await.0), (200, 404));
    raw.simulation.change(|editor| (editor.delete_person(someone), editor.purge_person(someone)));
    assert_eq!((raw.get(&user).await.0, raw.get(&deleted).await.0), (404, 404));
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_too_much_of_graph_is_told_when_to_come_back() {
    let behaviour = Behaviour {
        graph: simulator::GraphBehaviour { throttle: GraphThrottle::Units(5), ..simulator::GraphBehaviour::default() },
        ..Behaviour::default()
    };
    let raw = Raw::new(CompanyPlan::plain(3, 0, 0.0).build(), behaviour).await;
    let mut refused = None;
    for _ in 0..10 {
        let answer = raw.answer(Method::GET, "/graph/v1.0/users", "application/json", "").await;
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let wait = refused.unwrap().headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    assert_eq!(raw.get("/graph/v1.0/users").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn zenqms_keeps_addresses_and_links_unique() {
    let raw = company(0, 0).await;
    let user = |email: &str, link: &str| json!({ "email": email, "first_name": "Ana", "last_name": "García", "title": "QA", "is_active": true, "external_id": link });
    let create = async |email: &str, link: &str| {
        let (status, answer) = raw.zenqms(Method::POST, "/v2/users", user(email, link)).await;
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(create("ana@contoso.com", "a").await.0, 201);
    assert_eq!(create("ANA@contoso.com", "b").await, (409, "email_taken".to_owned()));
    assert_eq!(create("bo@contoso.com", "a").await, (409, "external_id_taken".to_owned()));
    let (status, answer) = raw.zenqms(Method::POST, "/v2/users", json!({ "email": "x@contoso.com" })).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("invalid")));
    let (_, found) =
        raw.zenqms(Method::POST, "/v2/users/search", json!({ "filter": { "email": "Ana@Contoso.com" } })).await;
    assert_eq!(found["total"], 1);
    let id = found["items"][0]["id"].as_str().unwrap();
    let (status, cleared) = raw.zenqms(Method::PATCH, &format!("/v2/users/{id}"), json!({ "external_id": null })).await;
    assert_eq!((status, &cleared["external_id"]), (200, &Value::Null));
    assert_eq!(create("bo@contoso.com", "a").await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn zenqms_gives_roles_twice_and_takes_none_that_is_a_default() {
    let world = World::default()
        .with_role(Role::new(16, "Everybody").by_default())
        .with_role(Role::new(17, "Reader"))
        .with_account(simulator::Account::new(1, "a@contoso.com", "A", "B", "C").with_roles([16]));
    let raw = Raw::new(world, Behaviour::default()).await;
    let roles = |ids: &[&str]| json!({ "role_ids": ids });
    for _ in 0..2 {
        assert_eq!(raw.zenqms(Method::POST, "/v2/users/1/roles/add", roles(&["17"])).await.0, 200);
    }
    let (status, answer) = raw.zenqms(Method::DELETE, "/v2/users/1/roles/remove", roles(&["16"])).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("default_role")));
    assert_eq!(raw.zenqms(Method::POST, "/v2/users/1/roles/add", roles(&["99"])).await.0, 404);
    let (_, account) = raw.zenqms(Method::DELETE, "/v2/users/1/roles/remove", roles(&["17"])).await;
    assert_eq!(account["roles"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn zenqms_lets_in_as_many_as_its_limit_says() {
    let mut behaviour = Behaviour::default();
    behaviour.zenqms.limit = Limit::TokenBucket { per_second: 5.0, burst: 5.0 };
    let raw = Raw::new(CompanyPlan::plain(3, 3, 1.0).build(), behaviour).await;
    for expected in [200, 200, 200, 200, 200, 429] {
        assert_eq!(raw.zenqms(Method::POST, "/v2/users/search", json!({})).await.0, expected);
    }
    assert_eq!(raw.simulation.tally().refused(Route::AccountSearch), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_shows_what_was_there_before() {
    let raw = company(1, 0).await;
    let someone = raw.simulation.world(|world| world.people.iter().next().unwrap().id);
    raw.simulation.change(|editor| editor.update_person(someone, |person| person.surname = Some("New".into())));
    raw.simulation.faults().add(Fault::on(Route::User).kind(FaultKind::Stale(Age::Changes(1))));
    let path = format!("/graph/v1.0/users/{someone}");
    let (stale, fresh) = (raw.get(&path).await.1, raw.get(&path).await.1);
    assert_ne!(stale["surname"], "New");
    assert_eq!(fresh["surname"], "New");
}
