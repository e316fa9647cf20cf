use sync_core::domain::MappingSpec;

use super::export::{Exported, written};
use super::*;
use crate::cli::MappingFormat;
use crate::new_file::NewFile;

fn several() -> Mapping {
    let mut mapping = Mapping::default();
    mapping.add(GroupId::from(group(1)), role("17", "Document Reader", false));
    mapping.add(GroupId::from(group(1)), role("19", "Everybody", true));
    mapping.add(GroupId::from(group(2)), role("18", "=1+1", false));
    mapping
}

#[tokio::test(start_paused = true)]
async fn what_was_exported_can_be_deployed_and_means_the_same() {
    let stack = Simulated::at_work().await;
    grow(&stack);
    let mapping = several();
    keep(&stack, &mapping).await;
    let file = written(&mapping, MappingFormat::Json).unwrap();
    insta::assert_snapshot!(file, @r#"
    {
      "00000000-0000-0000-0000-000000009001": ["17","19"],
      "00000000-0000-0000-0000-000000009002": ["18"]
    }
    "#);
    assert!(MappingSpec::parse(&file).is_ok());
    let json = |file: &str| serde_json::from_str::<serde_json::Value>(file).unwrap();
    hold("mapping-export", &json(&file));
    hold("mapping-export", &Exported { groups: 2, roles: 3 });
    let findings = planned(&stack, &file).await;
    assert!(!findings.waits(), "{findings:?}");
    let nothing = written(&Mapping::default(), MappingFormat::Json).unwrap();
    hold("mapping-export", &json(&nothing));
    assert_eq!(nothing, "{}\n");
}

#[test]
fn a_spreadsheet_has_a_line_for_each_role_of_each_group() {
    let text = written(&several(), MappingFormat::Csv).unwrap();
    insta::assert_snapshot!(text.strip_prefix('\u{feff}').unwrap(), @r#"
    "group","role","role name","default"
    "00000000-0000-0000-0000-000000009001","17","Document Reader","false"
    "00000000-0000-0000-0000-000000009001","19","Everybody","true"
    "00000000-0000-0000-0000-000000009002","18","'=1+1","false"
    "#);
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let path = std::env::temp_dir().join(format!("mapping-{}.json", std::process::id()));
    let (new_file, file) = NewFile::begin(&path).unwrap();
    let error = NewFile::begin(&path).map(drop).unwrap_err().to_string();
    assert!(error.contains("another command writes to it or was killed"), "{error}");
    drop(file);
    new_file.finish().unwrap();
    let error = NewFile::begin(&path).map(drop).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.ends_with("is there already, and is not written over"), "{error}");
}
