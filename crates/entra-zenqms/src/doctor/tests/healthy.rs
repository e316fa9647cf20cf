use super::*;

#[expect(clippy::too_many_lines, reason = "page and document are shown whole, once")]
#[tokio::test(start_paused = true)]
async fn a_healthy_installation_is_told_to_be_one_and_nothing_is_written() {
    let stack = Simulated::at_work().await;
    let (writes, entries) =
        (stack.simulation.tally().calls(Route::AnyWrite), stack.embedded.bodies(&stack.embedded.store.urls.users));
    let parts = examined(&stack).await;
    assert_eq!(stack.simulation.tally().calls(Route::AnyWrite), writes);
    assert_eq!(stack.embedded.bodies(&stack.embedded.store.urls.users), entries);
    let page = text(&parts);
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    assert!(!page.to_lowercase().contains("lovelace") && !page.contains('@'), "{page}");
    insta::assert_snapshot!(page, @"
    AWS
      ok    who asks: AWS knows you as arn:aws:iam::123456789012:user/ada; the stack
            is acme in eu-central-1.
      ok    the stack: CloudFormation says UPDATE_COMPLETE.
      ok    credentials: The secret is readable and complete; Entra's credential
            expires on 2027-06-30, 217 days from now.

    Entra ID
      ok    sign-in: Entra ID accepts the app and its credential.
      ok    users: 3 users on the first page, with what is needed of them.
      ok    deleted users: Entra ID says who was deleted.
      ok    changes: Entra ID tells what changes, which the sweeps ask for.
      ok    groups: 1 mapped group found.
      ok    members of groups: Entra ID says who is in a group.
      ok    subscription to users: It lives for 695 hours more and notifies the
            stack.
      ok    subscription to groups: It lives for 695 hours more and notifies the
            stack.

    ZenQMS
      ok    token: ZenQMS accepts the token.
      ok    accounts: 3 accounts on the first page.
      ok    roles: 1 role there.

    What is assumed of the ZenQMS API
      ok    shapes of requests and answers: The list of accounts has the shape that
            is expected, and each entry an id.
      ok    field names: Accounts have the fields that are written.
      ok    paging: 3 accounts on 1 page, and nothing behind them.
      ok    search by external_id: It finds the account that is linked.
      ok    search by e-mail address: It finds an account, in whatever case the
            address is written.
      ok    search by ids: It finds accounts by the ids that ZenQMS gave them, in
            the form in which they came.
      ok    uniqueness: No two accounts of the first page share an address or an
            external_id.
      ok    find roles: Roles are found where they are looked for.

    What is mapped
      ok    mapping: 1 group gives 1 role, as the last deployment has found it.

    At work
      ok    runs: The latest full run is complete; it was last saved 0 s ago.
      ok    sweeps: Entra ID was last asked what has changed 0 s ago.
      ok    queues: 0 messages wait, 0 are in work or not due yet.
      ok    dead letters: Nothing was given up.
      ok    parked: Nobody is parked.
      ok    kept back: Nothing waits for approval.

    Evidence
      ok    chains: Those of 3 people (6 records) are what was written, up to the
            ends that the ledger has; `entra-zenqms audit verify` looks at all.
    ");
    insta::assert_snapshot!(json(&parts), @r#"
    {
      "stack": "acme",
      "region": "eu-central-1",
      "acting_as": "arn:aws:iam::123456789012:user/ada",
      "verdict": "ok",
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
              "sentence": "The secret is readable and complete; Entra's credential expires on 2027-06-30, 217 days from now."
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
              "verdict": "ok",
              "sentence": "Entra ID tells what changes, which the sweeps ask for."
            },
            {
              "name": "groups",
              "verdict": "ok",
              "sentence": "1 mapped group found."
            },
            {
              "name": "members of groups",
              "verdict": "ok",
              "sentence": "Entra ID says who is in a group."
            },
            {
              "name": "subscription to users",
              "verdict": "ok",
              "sentence": "It lives for 695 hours more and notifies the stack."
            },
            {
              "name": "subscription to groups",
              "verdict": "ok",
              "sentence": "It lives for 695 hours more and notifies the stack."
            }
          ]
        },
        {
          "of": "ZenQMS",
          "checks": [
            {
              "name": "token",
              "verdict": "ok",
              "sentence": "ZenQMS accepts the token."
            },
            {
              "name": "accounts",
              "verdict": "ok",
              "sentence": "3 accounts on the first page."
            },
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
              "verdict": "ok",
              "sentence": "The list of accounts has the shape that is expected, and each entry an id."
            },
            {
              "name": "field names",
              "verdict": "ok",
              "sentence": "Accounts have the fields that are written."
            },
            {
              "name": "paging",
              "verdict": "ok",
              "sentence": "3 accounts on 1 page, and nothing behind them."
            },
            {
              "name": "search by external_id",
              "verdict": "ok",
              "sentence": "It finds the account that is linked."
            },
            {
              "name": "search by e-mail address",
              "verdict": "ok",
              "sentence": "It finds an account, in whatever case the address is written."
            },
            {
              "name": "search by ids",
              "verdict": "ok",
              "sentence": "It finds accounts by the ids that ZenQMS gave them, in the form in which they came."
            },
            {
              "name": "uniqueness",
              "verdict": "ok",
              "sentence": "No two accounts of the first page share an address or an external_id."
            },
            {
              "name": "find roles",
              "verdict": "ok",
              "sentence": "Roles are found where they are looked for."
            }
          ]
        },
        {
          "of": "What is mapped",
          "checks": [
            {
              "name": "mapping",
              "verdict": "ok",
              "sentence": "1 group gives 1 role, as the last deployment has found it."
            }
          ]
        },
        {
          "of": "At work",
          "checks": [
            {
              "name": "runs",
              "verdict": "ok",
              "sentence": "The latest full run is complete; it was last saved 0 s ago."
            },
            {
              "name": "sweeps",
              "verdict": "ok",
              "sentence": "Entra ID was last asked what has changed 0 s ago."
            },
            {
              "name": "queues",
              "verdict": "ok",
              "sentence": "0 messages wait, 0 are in work or not due yet."
            },
            {
              "name": "dead letters",
              "verdict": "ok",
              "sentence": "Nothing was given up."
            },
            {
              "name": "parked",
              "verdict": "ok",
              "sentence": "Nobody is parked."
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
              "verdict": "ok",
              "sentence": "Those of 3 people (6 records) are what was written, up to the ends that the ledger has; `entra-zenqms audit verify` looks at all."
            }
          ]
        }
      ]
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_was_just_deployed_works_and_waits_for_its_first_run() {
    let stack = Simulated::deployed().await;
    let parts = examined(&stack).await;
    assert_eq!(bad(&parts), ["subscription to users", "subscription to groups"], "{}", text(&parts));
    for name in ["runs", "sweeps", "shapes of requests and answers"] {
        assert_eq!(check(&parts, name).verdict, Verdict::Warn, "{}", text(&parts));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_the_first_plan_is_warned_of_that_alone() {
    use sync_core::ports::FirstApproval;
    let stack = Simulated::at_work().await;
    let now = stack.simulation.clock().now();
    stack.embedded.store.ledger.wait_for_plan(now).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_hours(30)).await;
    let parts = examined(&stack).await;
    let runs = check(&parts, "runs");
    assert_eq!(
        (runs.verdict, runs.sentence.as_str(), runs.cure.as_deref()),
        (
            Verdict::Warn,
            "Nothing is written since 1 d 6 h ago, before a plan was approved and carried out.",
            Some("docs/deploy.md, \"Having the first run approved\".")
        )
    );
    // No sweep follows anything meanwhile.
    assert_eq!((bad(&parts), check(&parts, "sweeps").verdict), (vec![], Verdict::Ok), "{}", text(&parts));
}

#[tokio::test(start_paused = true)]
async fn other_forms_that_are_understood_are_no_trouble() {
    use simulator::{IdForm, ListKey, Spelling};
    let stack = Simulated::at_work().await;
    stack.simulation.behave(|behaviour| {
        behaviour.zenqms.list_key = ListKey::Results;
        behaviour.zenqms.spelling = Spelling::Camel;
        behaviour.zenqms.omit_total = true;
        behaviour.zenqms.page_cap = Some(2);
    });
    let parts = examined(&stack).await;
    assert_eq!(worst(&parts), Verdict::Ok, "{}", text(&parts));
    // Ids of another form are other ids: they are found, and the mapping is none of theirs.
    stack.simulation.behave(|behaviour| behaviour.zenqms.id_form = IdForm::Number);
    assert_eq!(bad(&examined(&stack).await), ["mapping"]);
}
