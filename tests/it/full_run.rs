//! The initial sync, ON and OFF, from end to end.

use std::time::Duration;

use simulator::{Account, Group, Person, Role, RoleNumber, Route, World};
use sync_core::ports::{Clock, Comparisons, Nesting};
use uuid::Uuid;

use crate::live::Live;
use crate::rig::Rig;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Ana is linked and stale, Bo matches by e-mail, Cy is new, Di lacks a title, Ed is disabled and linked.
fn small_company() -> World {
    let person = |n, given, surname, mail| Person::new(id(n), given, surname, mail, "QA Lead");
    let mut di = person(4, "Di", "Doe", "di@contoso.com");
    di.job_title = None;
    World::default()
        .with_person(person(1, "Ana", "García", "ana@contoso.com"))
        .with_person(person(2, "Bo", "O'Brien", "Bo@Contoso.com"))
        .with_person(person(3, "Cy", "山田", "cy@contoso.com"))
        .with_person(di)
        .with_person(person(5, "Ed", "Ólafsson", "ed@contoso.com").disabled())
        .with_role(Role::new(16, "Everybody").by_default())
        .with_role(Role::new(17, "Document Reader"))
        .with_role(Role::new(18, "Approver"))
        .with_group(Group::new(id(100), "Readers").with_people([id(1), id(3)]).with_groups([id(101)]))
        .with_group(Group::new(id(101), "Nested readers").with_people([id(2)]))
        .with_account(
            Account::new(1, "ana@contoso.com", "Ana", "Garcia", "QA Lead").linked_to(id(1)).with_roles([16, 18]),
        )
        .with_account(Account::new(2, "bo@contoso.com", "Bo", "O'Brien", "QA Lead").with_roles([16]))
        .with_account(Account::new(3, "ed@contoso.com", "Ed", "Ólafsson", "QA Lead").linked_to(id(5)).with_roles([16]))
        .with_account(Account::new(4, "contractor@else.org", "Vi", "Sitor", "Auditor").with_roles([16, 17]))
}

fn holders(rig: &Rig, role: u64) -> Vec<String> {
    let mut holders: Vec<String> = rig.simulation.world(|world| {
        let held = |account: &&Account| account.roles.iter().any(|held| held.0 == role);
        world.accounts.iter().filter(held).map(|account| account.email.to_string()).collect()
    });
    holders.sort_by_key(|email| email.to_lowercase());
    holders
}

#[tokio::test(start_paused = true)]
async fn a_directory_becomes_accounts_and_roles_and_the_second_run_is_empty() {
    let mut rig = Rig::new(small_company()).await;
    rig.map(&format!(r#"{{"{}": ["Document Reader"]}}"#, id(100))).await.unwrap();
    rig.simulation.reset_tally();

    let report = rig.run().await.unwrap();
    insta::assert_json_snapshot!(report, @r#"
    {
      "run_id": "full-20261125T080000Z-9a45cd88",
      "mode": "full",
      "status": "complete",
      "counts": {
        "seen": 5,
        "created": 1,
        "linked": 1,
        "updated": 1,
        "deactivated": 1,
        "unchanged": 0,
        "skipped": 1,
        "failed": 0,
        "roles_added": 3,
        "roles_removed": 0
      },
      "skipped_by_reason": {
        "missing_jobTitle": 1
      },
      "failed_by_reason": {},
      "groups_unread": []
    }
    "#);

    // Cy and Ana by their group, Bo by the group inside it.
    assert_eq!(holders(&rig, 17), ["ana@contoso.com", "bo@contoso.com", "contractor@else.org", "cy@contoso.com"]);
    let tally = rig.simulation.tally();
    assert_eq!(tally.calls(Route::AnyWrite), 7);
    rig.simulation.reset_tally();
    let again = rig.run().await.unwrap();
    assert_eq!((again.counts.seen, again.counts.unchanged, again.counts.skipped), (5, 4, 1));
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
}

#[tokio::test(start_paused = true)]
async fn direct_members_only_when_nesting_is_off() {
    let mut rig = Rig::new(small_company()).await;
    rig.map(&format!(r#"{{"{}": ["Document Reader"]}}"#, id(100))).await.unwrap();
    rig.nesting = Nesting::Direct;
    rig.run().await.unwrap();
    assert_eq!(holders(&rig, 17), ["ana@contoso.com", "contractor@else.org", "cy@contoso.com"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_mapping_no_role_is_touched_and_no_group_is_read() {
    let rig = Rig::new(small_company()).await;
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.created, report.counts.roles_added, report.counts.roles_removed), (1, 0, 0));
    let tally = rig.simulation.tally();
    assert_eq!(tally.calls(Route::TransitiveMembers) + tally.calls(Route::RolesSearch), 0);
}

#[tokio::test(start_paused = true)]
async fn off_only_links() {
    let mut rig = Rig::new(small_company()).await;
    rig.map(&format!(r#"{{"{}": ["Document Reader"]}}"#, id(100))).await.unwrap();
    rig.initial_sync = false;
    rig.simulation.reset_tally();
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.linked, report.counts.created, report.counts.updated), (1, 0, 0));
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 1);
    let reasons: Vec<&str> = report.skipped_by_reason.keys().map(String::as_str).collect();
    assert_eq!(reasons, ["linked_already_initial_sync_off", "missing_jobTitle", "not_in_zenqms_initial_sync_off"]);
}

/// What the plan mode says, in words.
#[tokio::test(start_paused = true)]
async fn the_plan_says_exactly_what_would_be_written() {
    let mut rig = Rig::new(small_company()).await;
    rig.map(&format!(r#"{{"{}": ["Document Reader"]}}"#, id(100))).await.unwrap();
    rig.simulation.reset_tally();
    let (_, plans) = rig.rehearse().await;
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
    insta::assert_snapshot!(plans.join("\n\n"), @r#"
    directory user 00000000-0000-0000-0000-000000000001
      ~ update account 1: last_name="García" (was "Garcia")
      + give role 17

    directory user 00000000-0000-0000-0000-000000000002
      ~ link account 2
      + give role 17

    directory user 00000000-0000-0000-0000-000000000003
      + create an account: email="cy@contoso.com" first_name="Cy" last_name="山田" title="QA Lead" is_active="true"
      + give role 17

    directory user 00000000-0000-0000-0000-000000000005
      - deactivate account 3: is_active="false" (was "true")
    "#);
}

#[tokio::test(start_paused = true)]
async fn another_mapping_is_followed_by_a_comparison_that_gives_its_roles() {
    let (cora, quality) = (Uuid::from_u128(0xc0), Uuid::from_u128(0x9a));
    // Soon after she was last read, lists of members may be older than that: she is looked at singly.
    for (pause, by_the_comparison) in [(Duration::from_mins(1), 0), (Duration::from_hours(1), 1)] {
        let world = World::default()
            .with_person(Person::new(cora, "Cora", "Conrad", "cora.conrad@acme.example", "Reviewer"))
            .with_group(Group::new(quality, "Quality").with_people([cora]))
            .with_role(Role::new(1, "Reviewer"))
            .with_role(Role::new(2, "Author"));
        let mut rig = Rig::new(world).await;
        rig.map(&format!(r#"{{"{quality}": "Reviewer"}}"#)).await.unwrap();
        assert_eq!(rig.run().await.unwrap().counts.roles_added, 1);
        tokio::time::sleep(pause).await;
        rig.map(&format!(r#"{{"{quality}": ["Reviewer", "Author"]}}"#)).await.unwrap();
        let live = Live::new(rig);
        let host = live.host();
        host.store.ledger.owe(host.clients.clock.now()).await.unwrap();
        let report = host.sweep(&initial_sync::Silent).await.unwrap();
        assert_eq!((report.status, report.counts.roles_added), ("complete", by_the_comparison), "{report:?}");
        live.work_until_idle(Duration::from_mins(10)).await;
        let roles = live.rig.simulation.world(|world| {
            let cora = cora.to_string();
            let account = world.accounts.by_external_id(&cora).next().unwrap();
            account.roles.iter().copied().collect::<Vec<_>>()
        });
        assert_eq!(roles, [RoleNumber(1), RoleNumber(2)], "{pause:?}");
    }
}
