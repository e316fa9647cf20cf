use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::FUNCTIONS;
use super::read::{Template, file};

/// The rows of the table under a heading, the names in its cells without their marks.
pub(super) fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below = text.split(heading).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    below
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned()).collect())
        .collect()
}

/// The headings of a page, as GitHub makes anchors of them.
pub(super) fn headings(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect()
}

#[test]
fn every_parameter_is_in_the_docs_with_its_default() {
    let template = Template::read();
    let deploy = file("docs/deploy.md");
    let told: BTreeMap<_, _> =
        table(&deploy, "## Parameters").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let meant: BTreeMap<_, _> = template
        .section("Parameters")
        .iter()
        .map(|(name, parameter)| {
            let default = match &parameter["Default"] {
                Value::Null => "required".to_owned(),
                Value::String(text) if text.is_empty() => "empty".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (name.clone(), default)
        })
        .collect();
    assert_eq!(told, meant);
}

#[test]
fn every_output_is_in_the_docs() {
    let deploy = file("docs/deploy.md");
    let told: BTreeSet<_> = table(&deploy, "## Outputs").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(told, Template::read().names("Outputs").into_iter().map(str::to_owned).collect());
}

#[test]
fn every_environment_variable_is_in_the_docs() {
    let template = Template::read();
    let deploy = file("docs/deploy.md");
    let told: BTreeSet<_> = table(&deploy, "## Environment variables").into_iter().map(|row| row[0].clone()).collect();
    let set: BTreeSet<_> = FUNCTIONS
        .iter()
        .flat_map(|(function, _)| template.environment(function).into_iter())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(told, set);
}
