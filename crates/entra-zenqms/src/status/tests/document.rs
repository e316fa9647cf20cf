use super::*;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it shows the whole document")]
async fn the_json_says_what_the_page_says() {
    let stack = well().await;
    halt(&stack, Mode::Full).await;
    dead_letter(&stack).await;
    park(&stack, 1).await;
    except(&stack, 1, 5).await;
    except(&stack, 2, 1_680).await;
    let status = read(&stack).await;
    insta::assert_snapshot!(document(&status), @r#"
    {
      "stack": "acme",
      "region": "eu-central-1",
      "acting_as": "arn:aws:iam::123456789012:user/ada",
      "at": "2026-11-25T08:00:00Z",
      "full": {
        "id": "full-20261125T070000Z-00000008",
        "state": "halted",
        "halted_because": "reading users failed: grant User.Read.All.",
        "began": "2026-11-25T07:00:00Z",
        "saved": "2026-11-25T07:00:00Z",
        "counts": {
          "seen": 0,
          "created": 0,
          "linked": 0,
          "updated": 0,
          "deactivated": 0,
          "unchanged": 0,
          "skipped": 0,
          "failed": 0,
          "roles_added": 0,
          "roles_removed": 0
        },
        "skipped_by_reason": {},
        "failed_by_reason": {}
      },
      "applied": null,
      "comparison": null,
      "last_sweep": "2026-11-25T07:53:00Z",
      "subscriptions": [
        {
          "watched": "users",
          "id": "00000000-0000-0000-0000-000000000001",
          "expires": "2026-12-20T08:00:00Z",
          "is_live": true
        }
      ],
      "in_step_until": null,
      "parked": 1,
      "exceptions": {
        "missing_jobTitle": {
          "people": 2,
          "since": "2026-11-24T04:00:00Z"
        }
      },
      "held": 0,
      "queues": {
        "users": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        },
        "groups": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        },
        "subscriptions": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        },
        "runs": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        },
        "cleanup": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        },
        "user_dead_letters": {
          "waiting": 1,
          "hidden": 0,
          "delayed": 0
        },
        "group_dead_letters": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        },
        "control_dead_letters": {
          "waiting": 0,
          "hidden": 0,
          "delayed": 0
        }
      },
      "waiting_since": null,
      "removal": null,
      "waits_for_operator": [
        {
          "what": "halted_run",
          "mode": "full",
          "because": "reading users failed: grant User.Read.All"
        },
        {
          "what": "parked_people",
          "people": 1
        },
        {
          "what": "dead_letters",
          "queue": "user_dead_letters",
          "messages": 1
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn all_that_can_be_told_at_once_is_what_the_schema_says() {
    let stack = well().await;
    let ledger = &stack.store.ledger;
    let tally = r#"{"created":1,"linked":2,"updated":3,"deactivated":4,"roles_added":5,"roles_removed":6,"seen":17,
        "skipped_by_reason":{"missing_jobTitle":3,"held_over_limit":1,"without_id":1},"failed_by_reason":{"rejected":2},
        "written_but_failed":0,"written_in_part":{},"deleted":0,"found_in_part":{}}"#;
    let applied = RunRecord {
        state: RunState::Complete,
        tally: serde_json::from_str(tally).unwrap(),
        ..RunRecord::begin(Mode::Apply, ago(10), 9)
    };
    ledger.begin(&applied, None).await.unwrap();
    halt(&stack, Mode::Sweep).await;
    let being_made = SubscriptionRecord {
        watched: Watched::Groups,
        id: None,
        client_state: SecretString::from("not to be seen"),
        notification_url: "https://acme.example/".to_owned(),
        renewed_at: ago(1),
        expires: ago(-60),
        version: 1,
    };
    ledger.keep(&being_made).await.unwrap();
    let held = r#"{"user":"01010101-0101-0101-0101-010101010101","account":"1","deactivates":true,"roles":[],
        "because":"limit","since":"2026-11-25T07:00:00Z","by":"user-flow"}"#;
    ledger.hold(&serde_json::from_str(held).unwrap()).await.unwrap();
    let status = read(&stack).await;
    assert_eq!((status.held, status.subscriptions.len(), status.waits_for_operator.len()), (1, 2, 2));
    assert_eq!(status.applied.map(|run| run.skipped_by_reason.len()), Some(3));
}
