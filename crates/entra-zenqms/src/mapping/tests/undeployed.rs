use super::*;
use crate::direct::Served;

async fn found(served: &Served, more: &str, file: Option<&str>) -> Findings {
    let direct = served.read(more).unwrap();
    let findings = Box::pin(found_directly(&direct, file.map(str::to_owned))).await.unwrap();
    served.assert_nothing_written();
    let place = Place::Settings { settings: direct.name };
    hold("mapping-check", &Document { place: &place, fits: findings.problems.is_empty(), findings: &findings });
    findings
}

#[tokio::test]
async fn a_mapping_of_which_nothing_is_deployed_fits_or_does_not_and_changes_nothing() {
    let served = Served::new("undeployed").await;
    let findings = found(&served, &Served::mapping("Document Reader"), None).await;
    served.assert_only_read();
    assert!(!findings.waits() && findings.changes.is_empty());
    insta::assert_snapshot!(text(&findings), @"
    Groups
     group                                  people                  gives
    ──────────────────────────────────────────────────────────────────────
     00000000-0000-0000-0000-000000009001        2   Document Reader (17)

    Roles
     role                   groups                is
    ─────────────────────────────────────────────────
     Document Reader (17)        1   given and taken

    The mapping fits both services.
    ");

    let wrong = format!("{}\nSCOPE_GROUPS={}", Served::mapping("Reader"), group(7));
    let findings = found(&served, &wrong, None).await;
    assert_eq!((findings.problems.len(), findings.waits()), (2, true), "{:?}", findings.problems);
    assert!(text(&findings).ends_with("A deployment would refuse this mapping."), "{}", text(&findings));

    let file = found(&served, &wrong, Some("{}")).await;
    assert_eq!(file.problems.len(), 1, "who is synchronised is a setting of its own: {:?}", file.problems);
    let unmapped = format!("{}\nMINIMUM_HOLDERS={{\"Document Reader\": 2}}", Served::mapping("Document Reader"));
    assert!(!found(&served, &unmapped, None).await.waits());
    let file = found(&served, &unmapped, Some("{}")).await;
    assert_eq!(file.problems.len(), 1, "nor which roles must keep holders: {:?}", file.problems);
    let nothing = found(&served, "", None).await;
    assert!(!nothing.waits() && text(&nothing).ends_with("Nothing is mapped: roles are left alone."));
}

#[tokio::test]
async fn it_is_exported_with_the_ids_of_its_roles() {
    let served = Served::new("exported").await;
    let mapping = served.source("").mapping().await.unwrap();
    let json = export::written(&mapping, crate::cli::MappingFormat::Json).unwrap();
    assert_eq!(json, format!("{{\n  \"{}\": [\"17\"]\n}}\n", group(1)));
    served.assert_only_read();
}
