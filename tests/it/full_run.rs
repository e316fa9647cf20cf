//! The initial sync, ON and OFF, from end to end.

use simulator::{Account, Group, Person, Role, Route, World};
use uuid::Uuid;

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

#[tokio::test(start_paused = true)]
async fn a_directory_becomes_accounts_and_roles_and_the_second_run_is_empty() {
    let mut rig = Rig::new(small_company()).await;
    rig.map(&format!(r#"{{"{}": ["Document Reader"]}}"#, id(100))).await.unwrap();
    rig.simulation.reset_tally();

    let report = rig.run().await.unwrap();
    insta::assert_json_snapshot!(report, @r#"
    {
      "run_id": "full-20261125T080000Z-00000000",
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

    let tally = rig.simulation.tally();
    assert_eq!(tally.calls(Route::AnyWrite), 7);
    rig.simulation.reset_tally();
    let again = rig.run().await.unwrap();
    assert_eq!((again.counts.seen, again.counts.unchanged, again.counts.skipped), (5, 4, 1));
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
}
