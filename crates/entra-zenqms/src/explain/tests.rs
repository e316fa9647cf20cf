use simulator::{Account, Person as SimulatedPerson, Route};
use sync_core::domain::{AccountId, Attribute, DirectoryUserId, Field, GroupId, Instead, Personal, RoleId};
use sync_core::guard::{HeldPerson, Limit, Limits, Withdrawal};
use sync_core::look::{Standing, Substitute};
use sync_core::plan::{HeldBecause, Reason, RoleReason};
use sync_core::ports::{Exception, Parked, ParkedPerson};
use sync_core::run::RunId;

use super::*;
use crate::direct::Served;
use crate::person::{NotFound, find};
use crate::schemas::hold;
use crate::stack::{Simulated, person};

fn user(n: u128) -> DirectoryUserId {
    person(n).into()
}

async fn explained(stack: &Simulated, n: u128) -> Explanation {
    stack.host.explain(user(n)).await.unwrap()
}

async fn found(stack: &Simulated, text: &str) -> Result<DirectoryUserId, NotFound> {
    find(&Person::parse(text).unwrap(), &stack.host.flows.graph, &stack.host.flows.zenqms).await
}

fn document(explanation: &Explanation, reveal: Reveal) -> Document<'_> {
    hold("explain", &Placed { place: &Place::acme(), document: Document::of(explanation, reveal) });
    Document::of(explanation, reveal)
}

#[test]
fn somebody_is_named_by_an_id_or_an_address() {
    assert_eq!(Person::parse(&user(1).to_string().to_uppercase()), Ok(Person::Id(user(1))));
    assert!(matches!(Person::parse(" Ada@Example.com "), Ok(Person::Address(_))));
    assert_eq!(Person::parse("Ada Lovelace"), Err(person::NobodysName));
    assert_eq!(Person::parse(""), Err(person::NobodysName));
}

#[tokio::test(start_paused = true)]
async fn an_address_leads_to_one_person_or_says_to_whom_it_might() {
    let stack = Simulated::at_work().await;
    assert_eq!(found(&stack, "ADA@example.com").await.unwrap(), user(1));
    assert_eq!(found(&stack, &user(9).to_string()).await.unwrap(), user(9), "an id needs nobody to be asked");

    stack.simulation.change(|editor| {
        editor.add_person(SimulatedPerson::new(person(4), "Ada", "Byron", "ada@example.com", "Poet"));
        editor.update_person(person(2), |grace| grace.mail = None);
        editor.add_account(Account::new(99, "guest@example.com", "A", "Guest", "Guest"));
    });
    let several = found(&stack, "ada@example.com").await.unwrap_err().to_string();
    assert!(several.contains(&format!("{}, {}", user(1), user(4))), "{several}");
    let lost = found(&stack, "grace@example.com").await.unwrap_err().to_string();
    assert!(lost.starts_with("nobody in Entra ID has this e-mail address; account "), "{lost}");
    assert!(lost.contains(&format!("which is that of {}", user(2))) && !lost.contains("grace"), "{lost}");
    let guest = found(&stack, "guest@example.com").await.unwrap_err().to_string();
    assert!(guest.contains("account 99 has it, which is linked to nobody"), "{guest}");
    let nobody = found(&stack, "nobody@example.com").await.unwrap_err().to_string();
    assert!(nobody.starts_with("nobody in Entra ID has this e-mail address; whoever is deleted"), "{nobody}");
}

#[tokio::test(start_paused = true)]
async fn where_all_is_well_nothing_waits() {
    let stack = Simulated::at_work().await;
    let writes = stack.simulation.tally().calls(Route::AnyWrite);
    let ada = explained(&stack, 1).await;
    assert!(!document(&ada, Reveal::Values).waits);
    assert_eq!(stack.simulation.tally().calls(Route::AnyWrite), writes, "an explanation writes nothing");
    insta::assert_snapshot!(page(&ada, Reveal::Values), @"
    Entra ID has him, and he may sign in.
    Account 1 is his: linked by this integration on 2026-11-25T08:00:00Z, by
      full-20261125T080000Z-00000000; it is in use.
    Holds the role Document Reader (17) through group
      00000000-0000-0000-0000-000000009001.
    Last looked at 2026-11-25T08:00:00Z.
    The next look would write nothing.
    ");
    insta::assert_json_snapshot!(document(&ada, Reveal::Values), @r#"
    {
      "user": "00000000-0000-0000-0000-000000001001",
      "standing": "enabled",
      "account": "1",
      "roles": [
        {
          "id": "17",
          "name": "Document Reader",
          "held": true,
          "through": [
            "00000000-0000-0000-0000-000000009001"
          ]
        }
      ],
      "reasons": {
        "profile": [
          "unchanged"
        ],
        "roles": []
      },
      "kept_back": null,
      "parked": null,
      "exception": null,
      "next_look_writes": false,
      "waits": false,
      "sentences": [
        "Entra ID has him, and he may sign in.",
        "Account 1 is his: linked by this integration on 2026-11-25T08:00:00Z, by full-20261125T080000Z-00000000; it is in use.",
        "Holds the role Document Reader (17) through group 00000000-0000-0000-0000-000000009001.",
        "Last looked at 2026-11-25T08:00:00Z.",
        "The next look would write nothing."
      ]
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_for_something_is_named_by_its_field() {
    let stack = Simulated::at_work().await;
    let mut ada = explained(&stack, 1).await;
    let instead = Instead::Attribute(Attribute::DisplayName);
    ada.substitutes.push(Substitute { field: Field::LastName, text: Personal::new("Ada Lovelace"), instead });
    let json = serde_json::to_value(document(&ada, Reveal::Ids)).unwrap();
    assert_eq!((&json["substitutes"], &json["waits"]), (&serde_json::json!(["last_name"]), &false.into()));
    let told = "His last_name is a substitute: Entra ID has no surname, and the setting MissingFields takes displayName instead.";
    assert_eq!(json["sentences"][2], told);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_due_waits_and_shows_values_only_to_whoever_asks_for_them() {
    let stack = Simulated::at_work().await;
    stack.simulation.change(|editor| {
        editor.update_person(person(3), |alan| alan.job_title = Some("Head of the \u{1b}[31mInstitute".into()));
    });
    let alan = explained(&stack, 3).await;
    let (values, ids) = (page(&alan, Reveal::Values), page(&alan, Reveal::Ids));
    assert!(values.contains("title=\"Head of the") && !values.contains('\u{1b}'), "{values}");
    assert!(ids.contains("title") && !ids.contains("Head"), "{ids}");
    let json = serde_json::to_value(document(&alan, Reveal::Ids)).unwrap();
    assert_eq!((&json["next_look_writes"], &json["waits"]), (&true.into(), &true.into()));
    assert!(!json.to_string().contains("Head of"), "{json}");
    assert!(values.lines().all(|line| line.chars().count() <= 80), "{values}");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_parked_or_kept_back_waits() {
    let mut stack = Simulated::at_work().await;
    let ledger = &stack.embedded.store.ledger;
    let because = "writing directory user failed: the service does not accept it (HTTP 422): title".to_owned();
    let at = "2026-11-25T08:00:00Z".parse().unwrap();
    ledger.park(&ParkedPerson { user: user(1), code: "rejected".to_owned(), because, at }).await.unwrap();
    let ada = explained(&stack, 1).await;
    assert!(document(&ada, Reveal::Ids).waits);
    assert!(page(&ada, Reveal::Ids).contains("Parked since 2026-11-25T08:00:00Z"));

    stack.simulation.change(|editor| editor.update_person(person(2), |grace| grace.account_enabled = Some(false)));
    let none = Limit::Of { people: 0, basis_points: 0 };
    stack.limit(Limits { deactivations_per_day: none, ..Limits::default() });
    let grace = explained(&stack, 2).await;
    let json = serde_json::to_value(document(&grace, Reveal::Ids)).unwrap();
    assert_eq!(json["reasons"]["profile"], serde_json::json!(["held_over_limit"]));
    assert_eq!((&json["next_look_writes"], &json["waits"]), (&false.into(), &true.into()));
    assert_eq!(json["standing"], "disabled");
}

#[tokio::test(start_paused = true)]
async fn somebody_of_whom_nobody_knows_is_nobodys_work() {
    let stack = Simulated::at_work().await;
    let nobody = explained(&stack, 9).await;
    let json = serde_json::to_value(document(&nobody, Reveal::Ids)).unwrap();
    assert_eq!((&json["standing"], &json["account"], &json["waits"]), (&"unknown".into(), &().into(), &false.into()));
}

#[test]
fn a_long_line_hangs_in_by_two() {
    let line = format!("  = {}", "word ".repeat(30));
    let wrapped = hanging(&line);
    assert!(wrapped.starts_with("  = word") && wrapped.lines().skip(1).all(|line| line.starts_with("    word")));
    assert!(wrapped.lines().all(|line| line.len() <= 80), "{wrapped}");
}

#[tokio::test(start_paused = true)]
async fn each_standing_and_each_reason_is_what_the_schema_says() {
    let stack = Simulated::at_work().await;
    let mut ada = explained(&stack, 1).await;
    let at = "2026-11-25T08:00:00.123456Z".parse().unwrap();
    let because = HeldBecause::DirectoryShrunk;
    let withdrawal = Withdrawal { user: user(1), account: AccountId::text("1"), deactivates: true, roles: Vec::new() };
    let by = RunId::from_stored("group-flow".to_owned());
    ada.record.held = Some(HeldPerson { withdrawal, because, since: at, by, gone: true, approval: None });
    let exception = |code: &str| Exception { user: user(1), code: code.to_owned(), because: "x".to_owned(), since: at };
    ada.record.exception = Some(exception("missing_jobTitle"));
    for standing in
        [Standing::Enabled, Standing::Disabled, Standing::EnabledUnknown, Standing::Deleted, Standing::Unknown]
    {
        ada.standing = standing;
        assert!(document(&ada, Reveal::Values).waits);
    }

    let held = [
        HeldBecause::Limit,
        HeldBecause::DirectoryShrunk,
        HeldBecause::TooFewHolders,
        HeldBecause::AwaitsApproval,
        HeldBecause::Protected,
        HeldBecause::Later,
        HeldBecause::Unseen,
    ];
    let missing = Field::REQUIRED.map(|field| Reason::MissingFields([field].into_iter().collect()));
    let role = || RoleId::text("17");
    let plan = ada.plan.as_mut().unwrap();
    plan.profile.reasons = [
        Reason::Unchanged,
        Reason::EmailHeld { holder: AccountId::text("2"), linked_to: Some(user(2)) },
        Reason::SeveralAccounts(vec![AccountId::text("1"), AccountId::text("2")]),
        Reason::EmailSharedInDirectory(vec![user(2)]),
        Reason::NotInZenqms,
        Reason::LinkedAlready,
        Reason::EnabledUnknown,
        Reason::Unreadable,
        Reason::NotInDirectory,
        Reason::ReadSince,
        Reason::NotAsProposed,
    ]
    .into_iter()
    .chain(missing)
    .chain(held.map(Reason::Held))
    .collect();
    plan.roles.reasons = [
        RoleReason::GroupUnread { role: role(), group: GroupId::from(crate::stack::group(1)) },
        RoleReason::DefaultRole(role()),
        RoleReason::RolesUnknown,
        RoleReason::MembershipUnread,
    ]
    .into_iter()
    .chain(held.map(RoleReason::Held))
    .collect();
    let json = serde_json::to_value(document(&ada, Reveal::Ids)).unwrap();
    assert_eq!(json["reasons"]["profile"].as_array().map(Vec::len), Some(11 + 4 + held.len()));
}

#[tokio::test]
async fn without_a_stack_it_is_told_what_the_first_look_would_do_and_nothing_of_a_record() {
    let served = Served::new("explain").await;
    served.simulation.change(|editor| {
        editor.add_account(Account::new(99, "ada@example.com", "Ada", "Byron", "Scientist").linked_to(person(1)));
    });
    let source = served.source("");
    let ada = Person::parse("Ada@example.com").unwrap();
    let ada = Box::pin(look(&source, &ada)).await.unwrap();
    served.assert_only_read();
    let place = Place::Settings { settings: "acme.env".to_owned() };
    let told = Document::of(&ada, Reveal::Values);
    assert!(told.waits);
    hold("explain", &Placed { place: &place, document: told });
    insta::assert_snapshot!(page(&ada, Reveal::Values), @r#"
    Entra ID has him, and he may sign in.
    Account 99 is his: linked to him; it is in use.
    Is to hold the role Document Reader (17) through group
      00000000-0000-0000-0000-000000009001, and does not yet.
    There is no record to ask: who has linked him, whether something is kept back
      from him, whether he is parked or an exception, and when he was last looked
      at, is not known.
    The next look would write, for directory user
      00000000-0000-0000-0000-000000001001
      ~ update account 99: last_name="Lovelace" (was "Byron")
      + give role 17
    "#);
    let nobody = Person::parse("nobody@example.com").unwrap();
    let told = Box::pin(look(&source, &nobody)).await.unwrap_err().to_string();
    assert!(told.starts_with("nobody in Entra ID has this e-mail address"), "{told}");
    served.assert_only_read();
}
