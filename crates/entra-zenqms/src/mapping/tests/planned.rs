use sync_core::domain::MappingSpec;

use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};
use crate::tables::sentence;

#[test]
fn a_mapping_is_named_by_a_file_by_standard_input_or_not_at_all() {
    let file = |arguments: &[&str]| {
        let all = [&["entra-zenqms", "mapping", "check", "--stack", "acme"], arguments].concat();
        match Cli::try_parse_from(all).unwrap().command {
            Command::Mapping(MappingCommand::Check(options)) => options.file,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(file(&[]), None);
    assert_eq!(file(&["-"]).as_deref(), Some(Path::new("-")));
    let missing = read(Path::new("no-such-mapping.json")).unwrap_err().to_string();
    assert_eq!(missing, "reading the mapping from no-such-mapping.json");
}

#[tokio::test(start_paused = true)]
async fn what_another_mapping_would_change_is_told_before_it_is_deployed() {
    let stack = Simulated::at_work().await;
    grow(&stack);
    let before = kept(&stack).await;
    let writes = stack.simulation.tally().calls(Route::AnyWrite);
    let another = format!(r#"{{"{}": ["Approver", "Everybody"], "{}": ["18"]}}"#, group(1), group(2));
    let findings = planned(&stack, &another).await;
    assert_eq!(stack.simulation.tally().calls(Route::AnyWrite), writes);
    assert_eq!(kept(&stack).await, before);
    assert!(findings.problems.is_empty() && !findings.waits());
    insta::assert_snapshot!(text(&findings), @"
    Groups
     group                                  people            gives
    ────────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001        2    Approver (18)
                                                     Everybody (19)
     00000000-0000-0000-0000-000000009002        0    Approver (18)

    Roles
     role             groups                   is
    ──────────────────────────────────────────────
     Approver (18)         2      given and taken
     Everybody (19)        1   given, never taken

    What it would change
     group                                       is                    roles
    ─────────────────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001   changed          + Approver (18)
                                                            + Everybody (19)
                                                      - Document Reader (17)
     00000000-0000-0000-0000-000000009002     added          + Approver (18)

    To be known
    Nobody is in these groups, so they give nothing:
    00000000-0000-0000-0000-000000009002.
    Default roles are given, and never taken: Everybody (19).
    Of several groups; taken only from whoever is in none of them: Approver (18).
    No group gives these any more: Document Reader (17). Whoever has them keeps
    them: roles that are not mapped are left alone. Take them by hand.

    The mapping fits both services, and is not what is deployed.
    ");
    insta::assert_snapshot!(serde_json::to_string_pretty(&findings.changes).unwrap(), @r#"
    [
      {
        "group": "00000000-0000-0000-0000-000000009001",
        "change": "changed",
        "gives": [
          {
            "id": "18",
            "name": "Approver",
            "is_default": false
          },
          {
            "id": "19",
            "name": "Everybody",
            "is_default": true
          }
        ],
        "gives_no_more": [
          {
            "id": "17",
            "name": "Document Reader",
            "is_default": false
          }
        ]
      },
      {
        "group": "00000000-0000-0000-0000-000000009002",
        "change": "added",
        "gives": [
          {
            "id": "18",
            "name": "Approver",
            "is_default": false
          }
        ],
        "gives_no_more": []
      }
    ]
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_without_a_group_says_who_keeps_what() {
    let stack = Simulated::at_work().await;
    insta::assert_snapshot!(text(&planned(&stack, "{}").await), @"
    What it would change
     group                                       is                    roles
    ─────────────────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001   removed   - Document Reader (17)

    To be known
    No group gives these any more: Document Reader (17). Whoever has them keeps
    them: roles that are not mapped are left alone. Take them by hand.

    The mapping fits both services, and is not what is deployed.
    ");
}

#[tokio::test(start_paused = true)]
async fn another_text_that_means_the_same_changes_nothing() {
    let stack = Simulated::at_work().await;
    let findings = planned(&stack, &format!(r#" {{"{}": "17"}}"#, group(1).to_string().to_uppercase())).await;
    assert!(!findings.waits());
    assert_eq!(page::conclusion(&findings), "The mapping fits both services, and means what is deployed already.");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_told_in_the_words_of_a_deployment() {
    let stack = Simulated::at_work().await;
    grow(&stack);
    stack.simulation.change(|editor| editor.add_role(SimulatedRole::new(21, "Approver")));
    let wrong = format!(r#"{{"{}": ["Approver", "nobody's"], "{}": "Everybody"}}"#, group(1), group(7));
    let findings = planned(&stack, &wrong).await;
    let flows = &stack.host.flows;
    let spec = MappingSpec::parse(&wrong).unwrap();
    let refused = initial_sync::check(&flows.graph, &flows.zenqms, &stack.host.ids, &spec, Nesting::Transitive).await;
    let refused: Vec<String> = refused.unwrap_err().0.iter().map(|problem| sentence(problem)).collect();
    assert_eq!((&findings.problems, refused.len()), (&refused, 3));
    insta::assert_snapshot!(text(&findings), @"
    What is wrong
    ! Role `Approver`, mapped to group 00000000-0000-0000-0000-000000009001, is the
    name or id of several roles; write the id of the one that is meant.
    ! Role `nobody's`, mapped to group 00000000-0000-0000-0000-000000009001, does
    not exist in ZenQMS; names must match exactly, capitals included.
    ! Group 00000000-0000-0000-0000-000000009007 of the mapping does not exist in
    the directory (or the app may not read it).

    A deployment would refuse this mapping, and leave the old one in place.
    ");

    let unreadable = planned(&stack, "{").await;
    assert_eq!(unreadable.problems, [sentence(&MappingSpec::parse("{").unwrap_err().to_string())]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_too_long_for_the_template_is_told_where_to_go() {
    let stack = Simulated::at_work().await;
    let padded = format!("{{{}\"{}\": \"17\"}}", " ".repeat(4_096), group(1));
    let findings = planned(&stack, &padded).await;
    assert!(!findings.waits());
    insta::assert_snapshot!(findings.notes.join("\n"), @r#"It is 4,142 characters long, and the parameter GroupRoleMapping takes 4,096: put it into Parameter Store or S3, and deploy with its place (docs/deploy.md, "The mapping")."#);
}

#[tokio::test(start_paused = true)]
async fn a_role_of_several_groups_and_a_name_with_signs_are_plain_text() {
    let stack = Simulated::at_work().await;
    grow(&stack);
    stack.simulation.change(|editor| {
        editor.add_role(SimulatedRole::new(18, "Approver\u{1b}[31m"));
        editor.add_member(group(2), simulator::Member::Person(person(3)));
    });
    let both = format!(r#"{{"{}": ["17", "18"], "{}": ["18"]}}"#, group(1), group(2));
    let findings = planned(&stack, &both).await;
    insta::assert_snapshot!(findings.notes.join("\n"), @"Of several groups; taken only from whoever is in none of them: Approver [31m (18).");
}
