//! What is not wrong with a mapping, and ought to be known.

use sync_core::domain::{Mapping, Role};

use super::change::let_go;
use super::findings::{Asked, Findings, GroupFound, Looked, RoleFound};
use super::named;
use crate::tables::thousands;

/// How long the parameter of a CloudFormation stack may be (AWS docs: CloudFormation quotas).
const LONGEST: usize = 4_096;

/// What is said of it. `meant`: what the text means, where it can be told.
pub(super) fn of(findings: &Findings, asked: &Asked<'_>, meant: Option<&Mapping>) -> Vec<String> {
    let Findings { groups, roles, .. } = findings;
    let mut notes = Vec::new();
    if asked.looked == Looked::Deployed {
        notes.extend(asked.kept.roles().filter_map(|role| renamed(role, roles)));
    }
    let empty = groups.iter().filter(|group| group.exists && group.people == Some(0));
    notes.extend(listed("Nobody is in these groups, so they give nothing", ids(empty)));
    let useless = groups.iter().filter(|group| group.roles.iter().all(|role| role.is_default));
    notes.extend(listed("These groups give default roles only, which ZenQMS gives to everybody", ids(useless)));
    let default = roles.iter().filter(|found| found.role.is_default).map(|found| named(&found.role));
    notes.extend(listed("Default roles are given, and never taken", default));
    let several = roles.iter().filter(|found| found.groups.len() > 1 && !found.role.is_default);
    let several = several.map(|found| named(&found.role));
    notes.extend(listed("Of several groups; taken only from whoever is in none of them", several));
    if let Some(meant) = meant {
        let lost = listed("No group gives these any more", let_go(asked.kept, meant).map(named));
        notes.extend(lost.map(|lost| {
            format!("{lost} Whoever has them keeps them: roles that are not mapped are left alone. Take them by hand.")
        }));
    }
    let length = asked.text.trim().chars().count();
    if asked.looked != Looked::Deployed && length > LONGEST {
        notes.push(format!(
            "It is {} characters long, and the parameter GroupRoleMapping takes {}: put it into Parameter Store or S3, and \
             deploy with its place (docs/deploy.md, \"The mapping\").",
            thousands(length as u64),
            thousands(LONGEST as u64)
        ));
    }
    notes
}

fn renamed(kept: &Role, roles: &[RoleFound]) -> Option<String> {
    let now = &roles.iter().find(|found| found.role.id == kept.id)?.role;
    let is = format!("Role {} was {} when the last deployment found it; to the flows it is the same.", named(now), {
        crate::tables::plain(&kept.name)
    });
    (now.name != kept.name).then_some(is)
}

fn ids<'a>(groups: impl Iterator<Item = &'a GroupFound>) -> impl Iterator<Item = String> {
    groups.map(|found| found.group.to_string())
}

fn listed(what: &str, things: impl Iterator<Item = String>) -> Option<String> {
    let things: Vec<String> = things.collect();
    (!things.is_empty()).then(|| format!("{what}: {}.", things.join(", ")))
}
