//! What is wrong with the surroundings is named together with its cure, and nothing is written.

use simulator::{
    Account, AccountNumber, Behaviour, CompanyPlan, Deleted, Fault, FaultKind, Group, MissingRights, Person, Role,
    Route, World,
};
use sync_core::domain::MappingSpec;
use uuid::Uuid;

use crate::oracle;
use crate::rig::{Heard, Rig};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn company() -> World {
    CompanyPlan { people: 60, accounts: 30, groups: 3, ..CompanyPlan::default() }.build()
}

/// Runs, expects to be halted without a single write, and returns the reason.
async fn halted(rig: &Rig) -> String {
    let before = rig.simulation.world(oracle::accounts);
    let report = rig.run().await.unwrap();
    assert_eq!(report.status, "halted");
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
    assert_eq!(rig.simulation.world(oracle::accounts), before);
    report.halted_because.unwrap()
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_called_wrong_and_never_shown() {
    let mut rig = Rig::new(company()).await;
    rig.secret = "e5c1d3b0-the-id-instead-of-the-value".to_owned();
    let because = halted(&rig).await;
    assert_says(&because, &["client secret: it is wrong", "store its Value as entra_client_secret", "AADSTS7000215"]);
    assert!(!because.contains("e5c1d3b0"), "{because}");
    // A secret that is refused is not tried again and again: Entra ID locks apps out for less.
    assert_eq!(rig.simulation.tally().calls(Route::Token), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expired_secret_is_called_expired() {
    let rig = Rig::new(company()).await;
    rig.simulation.behave(|behaviour| {
        let starts_at = behaviour.starts_at;
        behaviour.entra.secrets.iter_mut().for_each(|secret| secret.expires = Some(starts_at));
    });
    assert_says(&halted(&rig).await, &["has expired", "entra_client_secret", "AADSTS7000222"]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_tenant_is_named() {
    let mut rig = Rig::new(company()).await;
    rig.tenant = id(77).to_string();
    assert_says(&halted(&rig).await, &["no such tenant", "check EntraTenantId"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_consent_is_named_by_its_permission() {
    let rig = Rig::new(company()).await;
    rig.simulation.behave(|behaviour| {
        behaviour.entra.permissions.remove("User.Read.All");
    });
    assert_says(&halted(&rig).await, &["User.Read.All", "admin consent"]);
}

#[tokio::test(start_paused = true)]
async fn users_who_come_back_blank_are_a_missing_consent_and_not_leavers() {
    let rig = Rig::new(company()).await;
    rig.simulation.behave(|behaviour| {
        behaviour.entra.permissions.remove("User.Read.All");
        behaviour.graph.missing_rights = MissingRights::Blank;
    });
    assert_says(&halted(&rig).await, &["without any property but the id", "User.Read.All", "admin consent"]);
}

#[tokio::test(start_paused = true)]
async fn a_bad_zenqms_token_is_called_so_and_never_shown() {
    let mut rig = Rig::new(company()).await;
    rig.zenqms_token = "last-years-token".to_owned();
    let because = halted(&rig).await;
    assert_says(&because, &["ZenQMS", "token", "zenqms_api_token"]);
    assert!(!because.contains("last-years-token"), "{because}");
}

#[tokio::test(start_paused = true)]
async fn a_zenqms_token_without_rights_is_told_from_a_bad_one() {
    let rig = Rig::new(company()).await;
    rig.simulation.behave(|behaviour| behaviour.zenqms.permitted = false);
    let because = halted(&rig).await;
    assert_says(&because, &["ZenQMS", "user"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_directory_deactivates_nobody() {
    let mut world = company();
    world.people = std::iter::empty::<Person>().collect();
    let rig = Rig::new(world).await;
    assert_says(&halted(&rig).await, &["the directory came back empty", "nothing was changed"]);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_lost_its_people_deactivates_nobody() {
    let world = CompanyPlan::plain(50, 50, 1.0).build();
    for kind in [FaultKind::EmptyPage, FaultKind::ShortPage] {
        let rig = Rig::new(world.clone()).await;
        rig.simulation.faults().add(Fault::on(Route::UsersList).kind(kind.clone()));
        let report = rig.run().await.unwrap();
        assert_eq!(report.counts.deactivated, 0, "{kind:?}");
        assert!(rig.simulation.world(|world| world.accounts.iter().all(|account| account.is_active)), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_whom_the_directory_names_among_the_deleted_is_deactivated() {
    // 1 was deleted, 2 was deleted so long ago that nobody knows, 3 never was in this tenant.
    let person = |n: u128| Person::new(id(n), "Ana", "García", &format!("ana{n}@contoso.com"), "QA Lead");
    let mut deleted = person(1);
    deleted.deleted = Some(Deleted { when: "2026-11-20T00:00:00Z".parse().unwrap() });
    let account = |n: u64| {
        Account::new(n, &format!("ana{n}@contoso.com"), "Ana", "García", "QA Lead").linked_to(id(u128::from(n)))
    };
    let world = World::default()
        .with_person(deleted)
        .with_person(person(4))
        .with_account(account(1))
        .with_account(account(2))
        .with_account(account(3))
        .with_account(account(4));
    let rig = Rig::new(world).await;
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.deactivated, report.counts.unchanged), (1, 1));
    assert_eq!(report.skipped_by_reason.get("not_in_directory"), Some(&2));
    let active = |n| rig.simulation.world(|world| world.accounts.get(AccountNumber(n)).unwrap().is_active);
    assert_eq!([1, 2, 3, 4].map(active), [false, true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_not_json_is_asked_for_again() {
    for kind in [FaultKind::Html, FaultKind::TruncatedJson, FaultKind::EmptyBody] {
        for route in [Route::UsersList, Route::AccountSearch] {
            let rig = Rig::new(company()).await;
            rig.simulation.faults().add(Fault::on(route).kind(kind.clone()));
            let report = rig.run().await.unwrap();
            assert_eq!((report.status, report.counts.failed), ("complete", 0), "{kind:?} on {route:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_never_are_json_fail_the_run_with_what_came_instead() {
    let rig = Rig::new(company()).await;
    rig.simulation.faults().add(Fault::on(Route::UsersList).always().kind(FaultKind::Html));
    let failure = rig.run().await.unwrap_err().to_string();
    assert_says(&failure, &["listing the directory's users", "text/html"]);
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);

    // Once it is mended, the same run goes on.
    rig.simulation.faults().clear();
    assert_eq!(rig.run().await.unwrap().status, "complete");
}

#[tokio::test(start_paused = true)]
async fn a_user_without_id_is_counted_and_the_others_are_synced() {
    let rig = Rig::new(CompanyPlan::plain(20, 0, 0.0).build()).await;
    rig.simulation.faults().add(Fault::on(Route::UsersList).kind(FaultKind::EntryWithoutId));
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.seen, report.counts.created), (20, 19));
    assert_eq!(report.skipped_by_reason.get("without_id"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn values_of_ten_thousand_characters_concern_their_person_only() {
    let long = "ñ".repeat(10_000);
    let world = World::default()
        .with_person(Person::new(id(1), &long, "García", "one@contoso.com", "QA Lead"))
        .with_person(Person::new(id(2), "Bo", "O'Brien", &format!("{long}@contoso.com"), "QA Lead"))
        .with_person(Person::new(id(3), "Cy", "山田", "cy@contoso.com", "QA Lead"));
    let rig = Rig::new(world).await;
    let heard = Heard::default();
    let report = rig.run_heard(&heard).await.unwrap();
    assert_eq!(report.status, "complete");
    assert_eq!(report.counts.seen, 3);
    assert!(rig.simulation.world(|world| world.accounts.iter().any(|account| &*account.email == "cy@contoso.com")));
    assert!(
        heard.lines.lock().unwrap().iter().all(|line| !line.contains('ñ')),
        "values of people stay out of messages"
    );
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_names_what_is_not_there_says_all_of_it_at_once() {
    let world = World::default()
        .with_role(Role::new(16, "Everybody").by_default())
        .with_role(Role::new(17, "Reader"))
        .with_group(Group::new(id(100), "Readers"));
    let mut rig = Rig::new(world).await;
    let mapping =
        format!(r#"{{"{}": ["Reader", "Raeder"], "{}": ["Reader"], "{}": ["Everybody"]}}"#, id(100), id(101), id(100));
    // One group twice is refused when reading; so is anything that is no group id.
    let twice = MappingSpec::parse(&mapping).unwrap_err().to_string();
    assert_says(&twice, &["the group-to-role mapping cannot be read", &id(100).to_string()]);

    let mapping = format!(r#"{{"{}": ["Reader", "Raeder"], "{}": ["Reader"]}}"#, id(100), id(101));
    let error = rig.map(&mapping).await.unwrap_err().to_string();
    assert_says(&error, &["nothing was changed", "Raeder", &id(101).to_string(), "does not exist in the directory"]);
}

#[test]
fn a_malformed_mapping_says_what_it_should_look_like() {
    for text in ["[]", "{", r#"{"Readers": ["Reader"]}"#, r#"{"00000000-0000-0000-0000-000000000064": 17.5}"#] {
        let error = MappingSpec::parse(text).unwrap_err().to_string();
        assert_says(
            &error,
            &["the group-to-role mapping cannot be read", "<group object id>", "<role id or exact role"],
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_default_behaviour_refuses_nobody() {
    // Against a test that passes because everything fails.
    let rig = Rig::with(company(), Behaviour::default()).await;
    assert_eq!(rig.run().await.unwrap().status, "complete");
}
