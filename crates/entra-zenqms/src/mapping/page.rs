use super::change::GroupChange;
use super::findings::{Findings, GroupFound, Looked, RoleFound};
use super::named;
use crate::tables::{Section, thousands};

/// What was found, on the screen.
pub(super) fn sections(findings: &Findings) -> Vec<Section> {
    let Findings { checked, problems, notes, groups, roles, changes } = findings;
    let mut sections = Vec::new();
    if !groups.is_empty() {
        sections.push(Section {
            heading: "Groups".to_owned(),
            header: vec!["group", "people", "gives"],
            rows: groups.iter().map(group).collect(),
            notes: Vec::new(),
        });
        sections.push(Section {
            heading: "Roles".to_owned(),
            header: vec!["role", "groups", "is"],
            rows: roles.iter().map(role).collect(),
            notes: Vec::new(),
        });
    }
    if !changes.is_empty() {
        let heading = match checked {
            Looked::Deployed => "What it would change if it were read anew",
            Looked::File | Looked::Undeployed => "What it would change",
        };
        let rows = changes.iter().map(|GroupChange { group, change, gives, gives_no_more }| {
            let more = gives.iter().map(|role| format!("+ {}", named(role)));
            let less = gives_no_more.iter().map(|role| format!("- {}", named(role)));
            let roles: Vec<String> = more.chain(less).collect();
            vec![group.to_string(), change.as_str().to_owned(), roles.join("\n")]
        });
        sections.push(Section {
            heading: heading.to_owned(),
            header: vec!["group", "is", "roles"],
            rows: rows.collect(),
            notes: Vec::new(),
        });
    }
    if !notes.is_empty() {
        let notes = notes.clone();
        sections.push(Section { heading: "To be known".to_owned(), notes, ..Section::default() });
    }
    if !problems.is_empty() {
        let notes = problems.iter().map(|problem| format!("! {problem}")).collect();
        sections.push(Section { heading: "What is wrong".to_owned(), notes, ..Section::default() });
    }
    sections
}

/// What it comes to.
pub(super) fn conclusion(findings: &Findings) -> &'static str {
    match (findings.checked, findings.problems.is_empty(), findings.changes.is_empty()) {
        (Looked::Deployed, false, _) => {
            "Something is wrong with the mapping. The flows work by what the last deployment has found: docs/runbook.md, \
             \"When the mapping goes wrong\"."
        }
        (Looked::File, false, _) => "A deployment would refuse this mapping, and leave the old one in place.",
        (Looked::File, true, false) => "The mapping fits both services, and is not what is deployed.",
        (Looked::Undeployed, false, _) => "A deployment would refuse this mapping.",
        _ if findings.groups.is_empty() => "Nothing is mapped: roles are left alone.",
        (Looked::Undeployed, true, _) => "The mapping fits both services.",
        (Looked::Deployed, true, _) => "The mapping fits both services, and is what the flows work by.",
        (Looked::File, true, true) => "The mapping fits both services, and means what is deployed already.",
    }
}

fn group(found: &GroupFound) -> Vec<String> {
    let people = match (found.exists, found.people) {
        (false, _) => "gone".to_owned(),
        (true, Some(people)) => thousands(people),
        (true, None) => "unknown".to_owned(),
    };
    let roles: Vec<String> = found.roles.iter().map(named).collect();
    vec![found.group.to_string(), people, roles.join("\n")]
}

fn role(found: &RoleFound) -> Vec<String> {
    let is = match (found.exists, found.role.is_default) {
        (false, _) => "gone",
        (true, true) => "given, never taken",
        (true, false) => "given and taken",
    };
    vec![named(&found.role), thousands(found.groups.len() as u64), is.to_owned()]
}
