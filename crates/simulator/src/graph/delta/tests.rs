//! Stories of somebody who asks again and again what changed.

mod following;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::*;

const ANA: Uuid = Uuid::from_u128(1);
const BEN: Uuid = Uuid::from_u128(2);
const CAI: Uuid = Uuid::from_u128(3);
const QA: Uuid = Uuid::from_u128(0x10);
const QC: Uuid = Uuid::from_u128(0x11);
const USERS: &str = "/users/delta?$select=id,mail,jobTitle";

fn person(id: Uuid, given: &str) -> Person {
    Person::new(id, given, "Novak", &format!("{given}@a.example"), "QA Specialist")
}

fn company() -> World {
    World::default()
        .with_person(person(ANA, "ana"))
        .with_person(person(BEN, "ben"))
        .with_person(person(CAI, "cai"))
        .with_group(Group::new(QA, "QA").with_people([ANA, BEN]))
        .with_group(Group::new(QC, "QC").with_groups([QA]))
}

/// A client that knows HTTP and nothing else.
struct Asker {
    simulation: Simulation,
    token: String,
}

impl Asker {
    async fn of(behaviour: Behaviour) -> Self {
        let simulation = Simulation::new(company(), behaviour);
        let token = graph::tests::token(&simulation).await;
        Self { simulation, token }
    }

    async fn answer(&self, link: &str) -> Response<Bytes> {
        let link = link.strip_prefix("http://localhost/graph/v1.0").unwrap_or(link);
        let uri = format!("http://localhost/graph/v1.0{}", link.replace(' ', "%20"));
        let request = Request::get(uri).header("authorization", format!("Bearer {}", self.token));
        match self.simulation.handle(request.body(Bytes::new()).unwrap()).await {
            Reply::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    async fn page(&self, link: &str) -> Value {
        let answer = self.answer(link).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// All items of a round, and the link to the next one.
    async fn round(&self, link: &str) -> (Vec<Value>, String) {
        let (mut items, mut link) = (Vec::new(), link.to_owned());
        loop {
            let page = self.page(&link).await;
            items.extend(page["value"].as_array().unwrap().clone());
            match (page.get("@odata.nextLink"), page.get("@odata.deltaLink")) {
                (Some(next), None) => link = next.as_str().unwrap().to_owned(),
                (None, Some(delta)) => return (items, delta.as_str().unwrap().to_owned()),
                both => panic!("{both:?}"),
            }
        }
    }

    async fn refusal(&self, link: &str) -> (u16, String) {
        let answer = self.answer(link).await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn small_pages() -> Behaviour {
    let mut behaviour = Behaviour::default();
    behaviour.graph.page_cap = Some(2);
    behaviour
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

fn title(simulation: &Simulation, id: Uuid, title: Option<&str>) {
    simulation.change(|editor| editor.update_person(id, |person| person.job_title = title.map(Into::into)));
}

#[tokio::test(start_paused = true)]
async fn everybody_comes_first_and_what_changed_meanwhile_afterwards() {
    let asker = Asker::of(small_pages()).await;
    let first = asker.page(USERS).await;
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    title(&asker.simulation, ANA, Some("QA Manager"));
    let (rest, link) = asker.round(first["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(ids(&rest), [CAI.to_string()]);
    let (changed, link) = asker.round(&link).await;
    assert_eq!(changed, [json!({ "id": ANA, "mail": "ana@a.example", "jobTitle": "QA Manager" })]);
    assert!(asker.round(&link).await.0.is_empty());
    assert_eq!(asker.simulation.tally().calls(Route::UsersDelta), 4);
}

#[tokio::test(start_paused = true)]
async fn the_latest_token_shows_nobody() {
    let asker = Asker::of(Behaviour::default()).await;
    let (nobody, link) = asker.round("/users/delta?$deltatoken=latest&$select=id,mail").await;
    assert!(nobody.is_empty());
    title(&asker.simulation, ANA, None);
    assert!(asker.round(&link).await.0.is_empty(), "titles are not tracked");
    asker.simulation.change(|editor| editor.update_person(BEN, |person| person.mail = Some("b@a.example".into())));
    assert_eq!(asker.round(&link).await.0, [json!({ "id": BEN, "mail": "b@a.example" })]);
}

#[tokio::test(start_paused = true)]
async fn what_was_cleared_is_null_and_what_never_was_is_absent() {
    let asker = Asker::of(Behaviour::default()).await;
    let (_, link) = asker.round(USERS).await;
    title(&asker.simulation, ANA, None);
    asker
        .simulation
        .change(|editor| editor.add_person(Person { mail: None, job_title: None, ..person(Uuid::max(), "x") }));
    let (changed, _) = asker.round(&link).await;
    assert_eq!(
        changed,
        [json!({ "id": ANA, "mail": "ana@a.example", "jobTitle": null }), json!({ "id": Uuid::max() })]
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_deleted_restored_and_purged_is_shown_as_that() {
    let asker = Asker::of(Behaviour::default()).await;
    let (_, users) = asker.round(USERS).await;
    let (_, groups) = asker.round("/groups/delta").await;
    asker.simulation.change(|editor| editor.delete_person(ANA));
    let (gone, users) = asker.round(&users).await;
    assert_eq!(gone, [json!({ "id": ANA, "@removed": { "reason": "changed" } })]);
    assert!(asker.round(&groups).await.0.is_empty(), "the deleted stay members");
    asker.simulation.change(|editor| editor.restore_person(ANA));
    let (back, users) = asker.round(&users).await;
    assert_eq!(back[0]["jobTitle"], "QA Specialist");
    asker.simulation.change(|editor| (editor.delete_person(ANA), editor.purge_person(ANA)));
    let (gone, _) = asker.round(&users).await;
    assert_eq!(gone, [json!({ "id": ANA, "@removed": { "reason": "deleted" } })]);
    let members = &asker.round(&groups).await.0[0]["members@delta"];
    let left = json!([{ "@odata.type": "#microsoft.graph.user", "id": ANA, "@removed": { "reason": "deleted" } }]);
    assert_eq!(*members, left);
}

#[tokio::test(start_paused = true)]
async fn groups_come_with_their_members_and_then_with_who_came_and_left() {
    let asker = Asker::of(Behaviour::default()).await;
    let (all, link) = asker.round("/groups/delta?$select=displayName,members").await;
    assert_eq!(all[0]["members@delta"].as_array().unwrap().len(), 2);
    assert_eq!(all[1]["members@delta"], json!([{ "@odata.type": "#microsoft.graph.group", "id": QA }]));
    asker.simulation.change(|editor| {
        editor.add_member(QA, Member::Person(CAI));
        editor.remove_member(QA, Member::Person(ANA));
        editor.update_group(QC, |group| group.display_name = "QC Labs".into());
    });
    let (changed, link) = asker.round(&link).await;
    assert_eq!(ids(&changed), [QA.to_string(), QC.to_string()]);
    assert_eq!(changed[0]["members@delta"].as_array().unwrap().len(), 2);
    assert_eq!(changed[1], json!({ "id": QC, "displayName": "QC Labs" }));
    asker.simulation.change(|editor| editor.delete_group(QA));
    let (gone, link) = asker.round(&link).await;
    assert_eq!(gone, [json!({ "id": QA, "@removed": { "reason": "changed" } })]);
    asker.simulation.change(|editor| editor.restore_group(QA));
    assert_eq!(asker.round(&link).await.0[0]["members@delta"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_large_group_stands_on_several_pages() {
    let asker = Asker::of(small_pages()).await;
    asker.simulation.change(|editor| editor.add_group(Group::new(Uuid::max(), "All").with_people([ANA, BEN, CAI])));
    let (all, link) = asker.round("/groups/delta").await;
    let of_all = all.iter().filter(|item| item["id"] == json!(Uuid::max()));
    let members: usize = of_all.map(|item| item["members@delta"].as_array().unwrap().len()).sum();
    assert_eq!(members, 3);
    asker.simulation.change(|editor| editor.update_group(Uuid::max(), |group| group.members.clear()));
    let (slices, _) = asker.round(&link).await;
    assert_eq!(slices.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn changes_of_one_object_come_together_or_one_by_one() {
    for (repeats, times) in [(false, 1), (true, 3)] {
        let mut behaviour = small_pages();
        behaviour.graph.delta_repeats = repeats;
        let asker = Asker::of(behaviour).await;
        let (_, link) = asker.round(USERS).await;
        for text in ["Lead", "Head", "Chief"] {
            title(&asker.simulation, ANA, Some(text));
        }
        let (changed, _) = asker.round(&link).await;
        assert_eq!(changed.len(), times);
        assert!(changed.iter().all(|item| item["jobTitle"] == "Chief"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_stale_replica_hides_comes_in_a_later_round() {
    for age in [Age::Changes(1), Age::Time(Duration::from_secs(30))] {
        let asker = Asker::of(Behaviour::default()).await;
        let (_, link) = asker.round(USERS).await;
        title(&asker.simulation, ANA, Some("Lead"));
        tokio::time::sleep(Duration::from_mins(1)).await;
        title(&asker.simulation, BEN, Some("Head"));
        asker.simulation.faults().add(Fault::on(Route::UsersDelta).kind(FaultKind::Stale(age)));
        let (seen, link) = asker.round(&link).await;
        assert_eq!(ids(&seen), [ANA.to_string()]);
        let (later, _) = asker.round(&link).await;
        assert_eq!(ids(&later), [BEN.to_string()]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_behind_the_others_loses_nobody() {
    let asker = Asker::of(small_pages()).await;
    let (_, link) = asker.round(USERS).await;
    for id in [ANA, BEN, CAI] {
        title(&asker.simulation, id, Some("Lead"));
    }
    asker.simulation.faults().add(Fault::on(Route::UsersDelta).nth(2).kind(FaultKind::Stale(Age::Changes(2))));
    let (mut seen, link) = asker.round(&link).await;
    seen.extend(asker.round(&link).await.0);
    assert!([ANA, BEN, CAI].iter().all(|id| ids(&seen).contains(&id.to_string().as_str())));
}

#[tokio::test(start_paused = true)]
async fn a_filter_names_ids() {
    let asker = Asker::of(Behaviour::default()).await;
    let (one, link) = asker.round(&format!("{USERS}&$filter=id eq '{ANA}' or id eq '{CAI}'")).await;
    assert_eq!(ids(&one), [ANA.to_string(), CAI.to_string()]);
    title(&asker.simulation, BEN, None);
    assert!(asker.round(&link).await.0.is_empty());
    let many = vec![format!("id eq '{ANA}'"); 51].join(" or ");
    for filter in [many.as_str(), "mail eq 'a'", "id ne 'a'"] {
        assert_eq!(asker.refusal(&format!("/users/delta?$filter={filter}")).await.0, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn options_and_texts_that_are_none_are_refused() {
    let asker = Asker::of(Behaviour::default()).await;
    for option in ["$top=5", "$orderby=mail", "$expand=members", "$select=shoeSize", "$deltatoken=x", "$skiptoken=x"] {
        assert_eq!(asker.refusal(&format!("/groups/delta?{option}")).await.0, 400, "{option}");
    }
    let (_, link) = asker.round(USERS).await;
    assert_eq!(asker.refusal(&link.replace("/users/", "/groups/")).await.0, 400);
    assert_eq!(asker.refusal(&link.replace("$deltatoken", "$skiptoken")).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn an_old_token_and_a_reset_lead_back_to_the_beginning() {
    let mut behaviour = Behaviour::default();
    behaviour.entra.token_life = Duration::from_hours(24 * 30);
    let asker = Asker::of(behaviour).await;
    let (_, link) = asker.round(USERS).await;
    asker.simulation.reset_delta();
    assert_eq!(asker.refusal(&link).await, (410, "syncStateNotFound".to_owned()));
    let answer = asker.answer(&link).await;
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.ends_with("$deltatoken="), "{location}");
    let (all, link) = asker.round(location).await;
    assert_eq!(all.len(), 3);
    assert!(all[0].get("jobTitle").is_some(), "the selection goes along");
    tokio::time::sleep(Duration::from_hours(24 * 7)).await;
    assert_eq!(asker.refusal(&link).await.0, 410);
}

#[tokio::test(start_paused = true)]
async fn an_app_without_the_right_is_refused() {
    let mut behaviour = Behaviour::default();
    behaviour.entra.permissions = ["GroupMember.Read.All".to_owned()].into();
    let asker = Asker::of(behaviour).await;
    assert_eq!(asker.refusal("/users/delta").await, (403, "Authorization_RequestDenied".to_owned()));
    assert_eq!(asker.page("/groups/delta").await["value"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_batch_takes_delta_queries() {
    let asker = Asker::of(Behaviour::default()).await;
    let body = json!({ "requests": [{ "id": "1", "method": "GET", "url": "/users/delta?$deltatoken=latest" }] });
    let request = Request::post("http://localhost/graph/v1.0/$batch")
        .header("authorization", format!("Bearer {}", asker.token))
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let Reply::Answer(answer) = asker.simulation.handle(request).await else { panic!() };
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let link = body["responses"][0]["body"]["@odata.deltaLink"].as_str().unwrap();
    title(&asker.simulation, ANA, None);
    assert_eq!(asker.round(link).await.0.len(), 1);
    assert_eq!(asker.simulation.tally().batch_items(Route::UsersDelta).succeeded, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_enumeration_shows_what_it_missed_afterwards() {
    let asker = Asker::of(Behaviour::default()).await;
    asker.simulation.change(|editor| {
        editor.add_person(person(Uuid::max(), "dee"));
        editor.delete_person(ANA);
    });
    asker.simulation.faults().add(Fault::on(Route::UsersDelta).kind(FaultKind::Stale(Age::Changes(2))));
    let (before, link) = asker.round(USERS).await;
    assert_eq!(ids(&before), [ANA.to_string(), BEN.to_string(), CAI.to_string()]);
    let (after, _) = asker.round(&link).await;
    assert_eq!(ids(&after), [Uuid::max().to_string(), ANA.to_string()]);
}
