use simulator::{Fault, FaultKind};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_mapping_that_fits_is_told_to_fit_and_nothing_is_written() {
    let stack = Simulated::at_work().await;
    let calls = |route| stack.simulation.tally().calls(route);
    let (writes, graph, zenqms) = (calls(Route::AnyWrite), calls(Route::AnyGraph), calls(Route::RolesSearch));
    let findings = deployed(&stack).await;
    assert_eq!(calls(Route::AnyWrite), writes);
    assert_eq!((calls(Route::AnyGraph) - graph, calls(Route::RolesSearch) - zenqms), (2, 1));
    assert!(!findings.waits());
    insta::assert_snapshot!(text(&findings), @"
    Groups
     group                                  people                  gives
    ──────────────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001        2   Document Reader (17)

    Roles
     role                   groups                is
    ─────────────────────────────────────────────────
     Document Reader (17)        1   given and taken

    The mapping fits both services, and is what the flows work by.
    ");
    let document = Document { place: &Place::acme(), fits: true, findings: &findings };
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "stack": "acme",
      "region": "eu-central-1",
      "acting_as": "arn:aws:iam::123456789012:user/ada",
      "fits": true,
      "checked": "deployed",
      "problems": [],
      "notes": [],
      "groups": [
        {
          "group": "00000000-0000-0000-0000-000000009001",
          "exists": true,
          "people": 2,
          "roles": [
            {
              "id": "17",
              "name": "Document Reader",
              "is_default": false
            }
          ]
        }
      ],
      "roles": [
        {
          "id": "17",
          "name": "Document Reader",
          "is_default": false,
          "exists": true,
          "groups": [
            "00000000-0000-0000-0000-000000009001"
          ]
        }
      ],
      "changes": []
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_was_renamed_or_means_something_else_by_now_is_told() {
    let mut stack = Simulated::at_work().await;
    let mut mapping = kept(&stack).await;
    mapping.add(GroupId::from(group(1)), role("20", "Trainer", true));
    mapping.add(GroupId::from(group(1)), role("99", "Auditor", false));
    mapping.add(GroupId::from(group(3)), role("17", "Document Reader", false));
    keep(&stack, &mapping).await;
    stack.simulation.change(|editor| {
        editor.add_role(SimulatedRole::new(17, "Reader"));
        editor.add_role(SimulatedRole::new(20, "Trainer"));
    });
    // By its id the role is the same, whatever its name.
    stack.mapping = format!(r#"{{"{}": ["17", "Trainer"]}}"#, group(1));
    let findings = deployed(&stack).await;
    assert!(findings.waits());
    insta::assert_snapshot!(text(&findings), @r#"
    Groups
     group                                  people          gives
    ──────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001        2    Reader (17)
                                                     Trainer (20)
                                                     Auditor (99)
     00000000-0000-0000-0000-000000009003     gone    Reader (17)

    Roles
     role           groups                is
    ─────────────────────────────────────────
     Reader (17)         2   given and taken
     Trainer (20)        1   given and taken
     Auditor (99)        1              gone

    What it would change if it were read anew
     group                                       is                    roles
    ─────────────────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001   changed           - Auditor (99)
     00000000-0000-0000-0000-000000009003   removed   - Document Reader (17)

    To be known
    Role Reader (17) was Document Reader when the last deployment found it; to the
    flows it is the same.
    Of several groups; taken only from whoever is in none of them: Reader (17).
    No group gives these any more: Auditor (99). Whoever has them keeps them: roles
    that are not mapped are left alone. Take them by hand.

    What is wrong
    ! Group 00000000-0000-0000-0000-000000009003, by which the flows work, does not
    exist in the directory (or the app may not read it): nobody loses a role for it,
    and nobody gets one.
    ! Role Trainer (20) was a default role when the last deployment found it, and is
    none now: until it is read anew, the flows do not take it. Deploy with another
    MappingRevision, and it is read anew.
    ! Role Auditor (99), by which the flows work, does not exist in ZenQMS.
    ! The mapping means other groups or roles than the last deployment has found, by
    which the flows work. Deploy with another MappingRevision, and it is read anew.

    Something is wrong with the mapping. The flows work by what the last deployment
    has found: docs/runbook.md, "When the mapping goes wrong".
    "#);

    // By its name it is not there, which is said once, and in the words of a deployment.
    stack.mapping = format!(r#"{{"{}": ["Document Reader", "Auditor"], "{}": "17"}}"#, group(1), group(3));
    let findings = deployed(&stack).await;
    insta::assert_snapshot!(findings.problems.join("\n"), @"
    Role `Document Reader`, mapped to group 00000000-0000-0000-0000-000000009001, does not exist in ZenQMS; names must match exactly, capitals included.
    Role `Auditor`, mapped to group 00000000-0000-0000-0000-000000009001, does not exist in ZenQMS; names must match exactly, capitals included.
    Group 00000000-0000-0000-0000-000000009003 of the mapping does not exist in the directory (or the app may not read it).
    Role Trainer (20) was a default role when the last deployment found it, and is none now: until it is read anew, the flows do not take it. Deploy with another MappingRevision, and it is read anew.
    ");
    assert!(findings.changes.is_empty(), "what is not known to change is not told");
}

#[tokio::test(start_paused = true)]
async fn a_text_that_cannot_be_read_leaves_the_rest_to_be_told() {
    let mut stack = Simulated::at_work().await;
    stack.mapping = "[]".to_owned();
    let findings = deployed(&stack).await;
    assert_eq!((findings.groups.len(), findings.problems.len()), (1, 1));
    assert!(findings.problems[0].starts_with("The group-to-role mapping cannot be read: "), "{}", findings.problems[0]);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_mapped_nothing_is_asked() {
    let mut stack = Simulated::at_work().await;
    keep(&stack, &Mapping::default()).await;
    stack.mapping = "{}".to_owned();
    let calls = stack.simulation.tally().calls(Route::Any);
    let findings = deployed(&stack).await;
    assert_eq!(stack.simulation.tally().calls(Route::Any), calls);
    assert!(!findings.waits());
    assert_eq!(page::conclusion(&findings), "Nothing is mapped: roles are left alone.");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_found_out_is_an_error_and_a_group_that_hides_its_people_is_not() {
    let stack = Simulated::at_work().await;
    let always = |route, status| Fault::on(route).always().kind(FaultKind::Status(status));
    stack.simulation.faults().add(always(Route::TransitiveMembers, 403));
    let findings = deployed(&stack).await;
    assert_eq!((findings.groups[0].exists, findings.groups[0].people), (true, None));
    assert!(findings.problems[0].starts_with("Listing the members of group "), "{:?}", findings.problems);

    stack.simulation.faults().add(always(Route::RolesSearch, 503));
    let failure = looked_at(&stack, Looked::Deployed, &stack.mapping).await.unwrap_err();
    assert!(failure.to_string().contains("roles"), "{failure}");
}
