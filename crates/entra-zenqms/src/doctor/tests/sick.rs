use sync_core::ports::{Parked, ParkedPerson, Queue};
use sync_core::work::{UserWork, Why};

use super::*;

/// The cure of a check that has to be bad.
fn cure<'p>(parts: &'p [Part], name: &str) -> (&'p str, &'p str) {
    let check = check(parts, name);
    assert_eq!(check.verdict, Verdict::Bad, "{}", text(parts));
    (&check.sentence, check.cure.as_deref().unwrap())
}

#[expect(clippy::too_many_lines, reason = "page and document are shown whole, once")]
#[tokio::test(start_paused = true)]
async fn a_sick_installation_is_told_what_it_lacks() {
    let stack = Simulated::at_work().await;
    let ledger = &stack.embedded.store.ledger;
    let at = stack.simulation.clock().now();
    let user = person(1).into();
    ledger.park(&ParkedPerson { user, code: "rejected".to_owned(), because: "x".to_owned(), at }).await.unwrap();
    let work = UserWork::new(user, Why::Sweep, at);
    stack.embedded.queues.user_dead_letters.send(&[work.message("1")]).await.unwrap();
    for subscription in stack.simulation.subscriptions() {
        assert!(stack.simulation.drop_subscription(subscription.id));
    }
    without_old_tokens(&stack, |behaviour| {
        behaviour.entra.permissions.remove("Group.Read.All");
    });
    let shape = FaultKind::Answer { status: 200, body: Some(r#"{"users": []}"#.to_owned()), retry_after: None };
    stack.simulation.faults().add(Fault::on(Route::AccountSearch).always().kind(shape));
    remove_record(&stack, 2, 2).await;
    tokio::time::sleep(std::time::Duration::from_hours(30)).await;

    let parts = examined(&stack).await;
    let page = text(&parts);
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    insta::assert_snapshot!(page, @r#"
    AWS
      ok    who asks: AWS knows you as arn:aws:iam::123456789012:user/ada; the stack
            is acme in eu-central-1.
      ok    the stack: CloudFormation says UPDATE_COMPLETE.
      ok    credentials: The secret is readable and complete; Entra's credential
            expires on 2027-06-30, 216 days from now.

    Entra ID
      ok    sign-in: Entra ID accepts the app and its credential.
      ok    users: 3 users on the first page, with what is needed of them.
      ok    deleted users: Entra ID says who was deleted.
      bad   changes: Listing the groups that changed failed: Microsoft Graph refuses
            the app (Authorization_RequestDenied): it needs the application
            permission Group.Read.All; add it under App registrations > API
            permissions > Microsoft Graph > Application permissions and grant admin
            consent (which takes some minutes to be known everywhere).
            -> docs/deploy.md, step 1: the permissions, and the administrator's
               consent to them.
      bad   groups: Looking for the mapped groups failed: Microsoft Graph refuses
            the app (Authorization_RequestDenied): it needs the application
            permission Group.Read.All; add it under App registrations > API
            permissions > Microsoft Graph > Application permissions and grant admin
            consent (which takes some minutes to be known everywhere).
            -> docs/deploy.md, step 1: the permissions, and the administrator's
               consent to them.
      bad   subscription to users: Graph does not know the one that the ledger
            names; it was removed.
            -> The keeper makes it anew within the hour; if not: docs/runbook.md,
               UserSubscription.
      bad   subscription to groups: Graph does not know the one that the ledger
            names; it was removed.
            -> The keeper makes it anew within the hour; if not: docs/runbook.md,
               GroupSubscription.

    ZenQMS
      ok    roles: 1 role there.

    What is assumed of the ZenQMS API
      bad   shapes of requests and answers: Listing ZenQMS's accounts failed: the
            answer cannot be read: application/json; charset=utf-8, 13 bytes: it has
            another shape (line 1, column 13).
            -> This ZenQMS is another than this version was made for. Let nothing
               run (docs/zenqms-assumptions.md), and tell the maintainers what its
               reference says; crates/sync-core/src/io/zenqms/contract.rs is the
               place to mend.
      ok    find roles: Roles are found where they are looked for.

    At work
      ok    runs: The latest full run is complete; it was last saved 1 d 6 h ago.
      bad   sweeps: The last one was 1 d 6 h ago; there ought to be one every 15
            minutes.
            -> The log of the function says why: docs/runbook.md, RunFailed; and
               look whether its schedule is enabled.
      ok    queues: 0 messages wait, 0 are in work or not due yet.
      bad   dead letters: 1 message about people given up: docs/runbook.md,
            UserDeadLetters.
            -> Mend the cause, then put them back; the runbook has the commands.
      warn  parked: 1 person is parked.
            -> `entra-zenqms parked list` says why; docs/runbook.md, ParkedPeople.
      ok    kept back: Nothing waits for approval.

    Evidence
      bad   chains: Of the chains of 3 people that were looked at, 1 is not what was
            written. 00000000-0000-0000-0000-000000001002: the ledger knows of 2
            records, and only 1 are there.
            -> `entra-zenqms audit verify` looks at all; then docs/runbook.md, "When
               the evidence is not whole".
    "#);
    insta::assert_snapshot!(json(&parts), @r#"
    {
      "stack": "acme",
      "region": "eu-central-1",
      "acting_as": "arn:aws:iam::123456789012:user/ada",
      "verdict": "bad",
      "parts": [
        {
          "of": "AWS",
          "checks": [
            {
              "name": "who asks",
              "verdict": "ok",
              "sentence": "AWS knows you as arn:aws:iam::123456789012:user/ada; the stack is acme in eu-central-1."
            },
            {
              "name": "the stack",
              "verdict": "ok",
              "sentence": "CloudFormation says UPDATE_COMPLETE."
            },
            {
              "name": "credentials",
              "verdict": "ok",
              "sentence": "The secret is readable and complete; Entra's credential expires on 2027-06-30, 216 days from now."
            }
          ]
        },
        {
          "of": "Entra ID",
          "checks": [
            {
              "name": "sign-in",
              "verdict": "ok",
              "sentence": "Entra ID accepts the app and its credential."
            },
            {
              "name": "users",
              "verdict": "ok",
              "sentence": "3 users on the first page, with what is needed of them."
            },
            {
              "name": "deleted users",
              "verdict": "ok",
              "sentence": "Entra ID says who was deleted."
            },
            {
              "name": "changes",
              "verdict": "bad",
              "sentence": "Listing the groups that changed failed: Microsoft Graph refuses the app (Authorization_RequestDenied): it needs the application permission Group.Read.All; add it under App registrations > API permissions > Microsoft Graph > Application permissions and grant admin consent (which takes some minutes to be known everywhere).",
              "cure": "docs/deploy.md, step 1: the permissions, and the administrator's consent to them."
            },
            {
              "name": "groups",
              "verdict": "bad",
              "sentence": "Looking for the mapped groups failed: Microsoft Graph refuses the app (Authorization_RequestDenied): it needs the application permission Group.Read.All; add it under App registrations > API permissions > Microsoft Graph > Application permissions and grant admin consent (which takes some minutes to be known everywhere).",
              "cure": "docs/deploy.md, step 1: the permissions, and the administrator's consent to them."
            },
            {
              "name": "subscription to users",
              "verdict": "bad",
              "sentence": "Graph does not know the one that the ledger names; it was removed.",
              "cure": "The keeper makes it anew within the hour; if not: docs/runbook.md, UserSubscription."
            },
            {
              "name": "subscription to groups",
              "verdict": "bad",
              "sentence": "Graph does not know the one that the ledger names; it was removed.",
              "cure": "The keeper makes it anew within the hour; if not: docs/runbook.md, GroupSubscription."
            }
          ]
        },
        {
          "of": "ZenQMS",
          "checks": [
            {
              "name": "roles",
              "verdict": "ok",
              "sentence": "1 role there."
            }
          ]
        },
        {
          "of": "What is assumed of the ZenQMS API",
          "checks": [
            {
              "name": "shapes of requests and answers",
              "verdict": "bad",
              "sentence": "Listing ZenQMS's accounts failed: the answer cannot be read: application/json; charset=utf-8, 13 bytes: it has another shape (line 1, column 13).",
              "cure": "This ZenQMS is another than this version was made for. Let nothing run (docs/zenqms-assumptions.md), and tell the maintainers what its reference says; crates/sync-core/src/io/zenqms/contract.rs is the place to mend."
            },
            {
              "name": "find roles",
              "verdict": "ok",
              "sentence": "Roles are found where they are looked for."
            }
          ]
        },
        {
          "of": "At work",
          "checks": [
            {
              "name": "runs",
              "verdict": "ok",
              "sentence": "The latest full run is complete; it was last saved 1 d 6 h ago."
            },
            {
              "name": "sweeps",
              "verdict": "bad",
              "sentence": "The last one was 1 d 6 h ago; there ought to be one every 15 minutes.",
              "cure": "The log of the function says why: docs/runbook.md, RunFailed; and look whether its schedule is enabled."
            },
            {
              "name": "queues",
              "verdict": "ok",
              "sentence": "0 messages wait, 0 are in work or not due yet."
            },
            {
              "name": "dead letters",
              "verdict": "bad",
              "sentence": "1 message about people given up: docs/runbook.md, UserDeadLetters.",
              "cure": "Mend the cause, then put them back; the runbook has the commands."
            },
            {
              "name": "parked",
              "verdict": "warn",
              "sentence": "1 person is parked.",
              "cure": "`entra-zenqms parked list` says why; docs/runbook.md, ParkedPeople."
            },
            {
              "name": "kept back",
              "verdict": "ok",
              "sentence": "Nothing waits for approval."
            }
          ]
        },
        {
          "of": "Evidence",
          "checks": [
            {
              "name": "chains",
              "verdict": "bad",
              "sentence": "Of the chains of 3 people that were looked at, 1 is not what was written. 00000000-0000-0000-0000-000000001002: the ledger knows of 2 records, and only 1 are there.",
              "cure": "`entra-zenqms audit verify` looks at all; then docs/runbook.md, \"When the evidence is not whole\"."
            }
          ]
        }
      ]
    }
    "#);
}

/// Takes a record out of somebody's chain.
async fn remove_record(stack: &Simulated, n: u128, number: u64) {
    use aws_sdk_dynamodb::types::AttributeValue;
    let removed = stack.embedded.store.dynamo.client().delete_item().table_name("evidence");
    let removed = removed.key("pk", AttributeValue::S(person(n).to_string()));
    removed.key("sk", AttributeValue::S(format!("{number:010}"))).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn evidence_that_cannot_be_read_is_told_by_what_hinders() {
    use simulator::{LedgerFault, LedgerFaultKind};
    let stack = Simulated::at_work().await;
    remove_record(&stack, 1, 1).await;
    let check_of = |parts: &[Part]| check(parts, "chains").clone();
    assert!(
        check_of(&examined(&stack).await).sentence.contains("record 1 is missing; the next one there is is number 2")
    );
    stack.embedded.store.dynamo.order(LedgerFault::new("Scan", 1, 99, LedgerFaultKind::Failed));
    let down = check_of(&examined(&stack).await);
    assert!(down.verdict == Verdict::Bad && down.cure.unwrap().starts_with("Wait some minutes"), "{}", down.sentence);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_said_once_and_nothing_else_of_entra_is_tried() {
    let stack = Simulated::at_work().await;
    without_old_tokens(&stack, |behaviour| behaviour.entra.secrets.clear());
    let parts = examined(&stack).await;
    let (says, cure) = cure(&parts, "sign-in");
    assert!(says.contains("Entra ID refuses the client secret") && cure.contains("Rotating the credentials"));
    assert_eq!(bad(&parts), ["sign-in"], "{}", text(&parts));
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named_where_its_use_is_tried() {
    let stack = Simulated::at_work().await;
    without_old_tokens(&stack, |behaviour| {
        behaviour.entra.permissions.remove("User.Read.All");
    });
    let (says, cure) = {
        let parts = examined(&stack).await;
        let (says, place) = cure(&parts, "users");
        (says.to_owned(), place.to_owned())
    };
    assert!(says.contains("needs the application permission User.Read.All"), "{says}");
    assert!(cure.contains("step 1"), "{cure}");

    stack.simulation.behave(|behaviour| behaviour.graph.missing_rights = MissingRights::Blank);
    let parts = examined(&stack).await;
    assert!(check(&parts, "users").sentence.contains("without any property but the id"), "{}", text(&parts));

    let stack = Simulated::at_work().await;
    without_old_tokens(&stack, |behaviour| {
        behaviour.entra.permissions.remove("Group.Read.All");
    });
    let parts = examined(&stack).await;
    assert_eq!(check(&parts, "users").verdict, Verdict::Ok);
    assert!(check(&parts, "groups").sentence.contains("Group.Read.All"), "{}", text(&parts));
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_said_once() {
    let stack = Simulated::at_work().await;
    stack.simulation.behave(|behaviour| behaviour.zenqms.token = "another".to_owned());
    let parts = examined(&stack).await;
    assert!(cure(&parts, "token").0.contains("ZenQMS refuses the token"));
    assert_eq!(bad(&parts), ["token"], "{}", text(&parts));

    stack.simulation.behave(|behaviour| {
        behaviour.zenqms.token = simulator::ZenqmsBehaviour::TOKEN.to_owned();
        behaviour.zenqms.permitted = false;
    });
    let parts = examined(&stack).await;
    assert_eq!(check(&parts, "token").verdict, Verdict::Ok);
    assert_eq!(bad(&parts), ["accounts", "roles"], "{}", text(&parts));
}

#[tokio::test(start_paused = true)]
async fn each_assumption_that_does_not_hold_is_named() {
    let answer = |body: &str| FaultKind::Answer { status: 200, body: Some(body.to_owned()), retry_after: None };
    let on = |route, kind| Fault::on(route).always().kind(kind);
    let other_fields = r#"{"items": [{"id": 1, "mail": "a@example.com"}], "total": 1}"#;
    let twice = r#"{"items": [{"id": 1, "email": "a@example.com", "is_active": true, "first_name": "A",
        "last_name": "B", "title": "C", "roles": []}, {"id": 2, "email": "A@example.com"}]}"#;
    for (fault, expected) in [
        (on(Route::AccountSearch, FaultKind::Html), "shapes of requests and answers"),
        (on(Route::AccountSearch, FaultKind::EntryWithoutId), "shapes of requests and answers"),
        (on(Route::AccountSearch, FaultKind::Status(404)), "create, change, find users; give and take roles"),
        (on(Route::AccountSearch, FaultKind::Status(400)), "shapes of requests and answers"),
        (on(Route::RolesSearch, FaultKind::Status(404)), "find roles"),
        (on(Route::AccountSearch, answer(other_fields)), "field names"),
        (on(Route::AccountSearch, answer(twice)), "paging"),
        (on(Route::AccountSearch, answer(twice)), "uniqueness"),
        (on(Route::AccountSearch, FaultKind::EmptyPage).about("external_id"), "search by external_id"),
        (on(Route::AccountSearch, FaultKind::EmptyPage).about("ADA@EXAMPLE.COM"), "search by e-mail address"),
        (on(Route::AccountSearch, FaultKind::EmptyPage).about(r#""email":"ada"#), "search by e-mail address"),
        (on(Route::AccountSearch, FaultKind::ShortPage).about(r#""ids""#), "search by ids"),
    ] {
        let stack = Simulated::at_work().await;
        stack.simulation.faults().add(fault.clone());
        let parts = examined(&stack).await;
        assert!(bad(&parts).contains(&expected), "{fault:?} {expected}\n{}", text(&parts));
    }
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_means_something_else_by_now_is_told() {
    let mut stack = Simulated::at_work().await;
    stack.mapping = "{}".to_owned();
    assert!(cure(&examined(&stack).await, "mapping").1.contains("another MappingRevision"));
    stack.mapping = format!(r#"{{"{}": "Nobody's Role"}}"#, group(1));
    assert!(cure(&examined(&stack).await, "mapping").0.contains("Role `Nobody's Role`"));
    stack.mapping = "[]".to_owned();
    assert!(cure(&examined(&stack).await, "mapping").0.contains("cannot be read"));
    // Another name of the same role is no other role.
    stack.mapping = format!(r#"{{"{}": "17"}}"#, group(1));
    stack.simulation.change(|editor| editor.add_role(simulator::Role::new(17, "Reader")));
    assert_eq!(check(&examined(&stack).await, "mapping").verdict, Verdict::Ok);
    // A group that was deleted is told as such.
    stack.simulation.change(|editor| editor.delete_group(group(1)));
    assert!(cure(&examined(&stack).await, "groups").0.contains(&group(1).to_string()));
}
