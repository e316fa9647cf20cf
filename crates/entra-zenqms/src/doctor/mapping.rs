use initial_sync::{Unfit, check};
use lambda_host::going_with;
use sync_core::domain::{Lens, Mapping, MappingError, MappingSpec};
use sync_core::ports::{
    AccountsList, DirectoryChanges, DirectoryGroups, DirectoryPresence, DirectoryUsers, FreshIds, GroupMembers,
    Nesting, RolesList,
};

use super::check::Check;
use crate::mapping::{DIFFERS, READ_ANEW, changes};
use crate::tables::{counted, sentence};

const MAPPING: &str = "mapping";

/// Does what a deployment does before it builds upon anything, and compares what it would keep with what is kept. `None`: all
/// that is wrong was `told` by other checks.
pub(super) async fn compare<D, A>(
    services: (&D, &A, &impl FreshIds),
    text: Result<String, String>,
    kept: &Mapping,
    nesting: Nesting,
    told: &[Check],
) -> Option<Check>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + DirectoryGroups + GroupMembers,
    A: AccountsList + RolesList,
{
    let text = match text {
        Ok(text) => text,
        Err(why) => {
            return Some(Check::warn(
                MAPPING,
                sentence(&why),
                "The flows work by what the last deployment has read. To compare, you need the right to read the place \
                 yourself: docs/deploy.md, \"What the operator may\".",
            ));
        }
    };
    let mend = "docs/deploy.md, \"The mapping\"; until then what the last deployment has found stands.";
    // The groups of the scope are looked for as well, and the roles that must keep holders.
    let spec = MappingSpec::parse(&text).map(|spec| spec.beside(kept));
    match found(services, &spec, nesting, told, mend).await {
        Err(check) => check,
        Ok(found) if changes(kept, &found).is_empty() => {
            Some(Check::ok(MAPPING, described(kept, ", as the last deployment has found it")))
        }
        Ok(_) => Some(Check::bad(MAPPING, DIFFERS, READ_ANEW)),
    }
}

/// Does the same where nothing is kept to be compared with.
pub(super) async fn fits<D, A>(
    services: (&D, &A, &impl FreshIds),
    spec: &Result<MappingSpec, MappingError>,
    nesting: Nesting,
    told: &[Check],
) -> Option<Check>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + DirectoryGroups + GroupMembers,
    A: AccountsList + RolesList,
{
    let mend = "docs/deploy.md, \"The mapping\"; a deployment would be refused.";
    match found(services, spec, nesting, told, mend).await {
        Err(check) => check,
        Ok(found) => Some(Check::ok(MAPPING, described(&found, ""))),
    }
}

/// What a deployment would find; else what is to be said of it, if other checks have not `told` it.
async fn found<D, A>(
    (directory, zenqms, ids): (&D, &A, &impl FreshIds),
    spec: &Result<MappingSpec, MappingError>,
    nesting: Nesting,
    told: &[Check],
    mend: &'static str,
) -> Result<Mapping, Option<Check>>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + DirectoryGroups + GroupMembers,
    A: AccountsList + RolesList,
{
    let spec = spec.as_ref().map_err(|error| Some(Check::bad(MAPPING, sentence(&error.to_string()), mend)))?;
    check(directory, zenqms, ids, spec, nesting).await.map_err(|unfit| news(&unfit, told, mend))
}

/// What no other check has told.
fn news(Unfit(problems): &Unfit, told: &[Check], mend: &str) -> Option<Check> {
    let new = problems.iter().filter(|problem| !is_told(problem, told)).map(|problem| sentence(problem));
    let new: Vec<String> = new.collect();
    (!new.is_empty()).then(|| Check::bad(MAPPING, new.join(" "), mend))
}

/// Whether the functions work at all: not by settings other than those that the last deployment has checked.
pub(super) fn goes_with(lens: &Lens, kept: &Mapping) -> Option<Check> {
    let failure = going_with(lens, kept.clone()).err()?;
    let cure = "While a deployment is under way, wait for its end. Until then no function looks at anybody.";
    Some(Check::bad("who is synchronised", sentence(&failure.to_string()), cure))
}

/// Whether another check has failed for the same reason.
fn is_told(problem: &str, told: &[Check]) -> bool {
    let why = problem.split_once(" failed: ").map_or(problem, |(_, why)| why);
    told.iter().any(|check| check.sentence.contains(why))
}

fn described(mapping: &Mapping, found: &str) -> String {
    let scope = match mapping.scope().groups.len() as u64 {
        0 => String::new(),
        groups => format!(" {} who is synchronised.", counted(groups, "group says", "groups say")),
    };
    if !mapping.gives_roles() {
        return format!("Nothing is mapped: roles are left alone.{scope}");
    }
    let groups = counted(mapping.mapped_groups().count() as u64, "group gives", "groups give");
    let roles = counted(mapping.roles().count() as u64, "role", "roles");
    format!("{groups} {roles}{found}.{scope}")
}
