use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use sync_core::domain::{GroupId, Mapping, MappingProblem, MappingSpec, Role, RoleId};
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{DirectoryGroups, GroupMembers, Nesting, RolesList};

use super::change::{DIFFERS, READ_ANEW, changes};
use super::findings::{Asked, Findings, GroupFound, Looked, RoleFound};
use super::{named, notes};
use crate::tables::sentence;

/// So many groups are counted side by side.
const GROUPS: usize = 4;

/// What of both services the mapping is about.
#[derive(Default)]
struct Services {
    groups: BTreeSet<GroupId>,
    roles: Vec<Role>,
}

impl Services {
    async fn read(
        directory: &impl DirectoryGroups,
        zenqms: &impl RolesList,
        groups: &BTreeSet<GroupId>,
    ) -> Result<Self, Failure> {
        // Where nothing is mapped, the right to ask may never have been given.
        if groups.is_empty() {
            return Ok(Self::default());
        }
        let groups: Vec<GroupId> = groups.iter().copied().collect();
        let existing = directory.existing(&groups).await?;
        Ok(Self { groups: existing.into_iter().collect(), roles: zenqms.roles().await? })
    }

    fn role(&self, id: &RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == *id)
    }
}

/// Looks at a mapping. Asks no more than a call for twenty groups, one for each that exists, and those for the roles.
///
/// # Errors
/// What could not be read.
pub(super) async fn check<D, A>(
    (directory, zenqms): (&D, &A),
    nesting: Nesting,
    asked: &Asked<'_>,
) -> Result<Findings, Failure>
where
    D: DirectoryGroups + GroupMembers,
    A: RolesList,
{
    let Asked { looked, text, kept, minimum } = *asked;
    // Who is synchronised is another setting; its groups are looked for with the mapped ones.
    let spec = MappingSpec::parse(text).map(|spec| spec.within(kept.scope().clone()).keeping(minimum.clone()));
    let mut groups: BTreeSet<GroupId> = spec.iter().flat_map(MappingSpec::groups).collect();
    if looked == Looked::Deployed {
        groups.extend(kept.groups());
    }
    let services = Services::read(directory, zenqms, &groups).await?;
    let (mut problems, mut told) = (Vec::new(), Vec::new());
    let meant = match spec {
        Err(error) => {
            problems.push(sentence(&error.to_string()));
            None
        }
        Ok(spec) => spec.resolve(&services.groups, &services.roles).map_err(|wrong| told = wrong).ok(),
    };
    problems.extend(told.iter().map(|problem| sentence(&problem.to_string())));
    let compared = meant.as_ref().filter(|_| looked != Looked::Undeployed);
    let changes = compared.map(|meant| changes(kept, meant)).unwrap_or_default();
    let nothing = Mapping::default();
    let mapping = match looked {
        Looked::Deployed => kept,
        Looked::File | Looked::Undeployed => meant.as_ref().unwrap_or(&nothing),
    };
    if looked == Looked::Deployed {
        problems.extend(outdated(kept, &services, &told));
        if !changes.is_empty() {
            problems.push(format!("{DIFFERS} {READ_ANEW}"));
        }
    }
    let people = people(directory, mapping, &services.groups, nesting, &mut problems).await?;
    let groups = mapping.mapped_groups().map(|group| found_group(group, mapping, &services, &people)).collect();
    let roles = mapping.roles().map(|role| found_role(role, mapping, &services)).collect();
    let mut findings = Findings { checked: looked, problems, notes: Vec::new(), groups, roles, changes };
    findings.notes = notes::of(&findings, asked, meant.as_ref());
    Ok(findings)
}

/// What of the kept mapping is not there any more, as far as it was not told of the text.
fn outdated(kept: &Mapping, services: &Services, told: &[MappingProblem]) -> Vec<String> {
    let group_is_told = |gone: GroupId| {
        told.iter().any(|problem| {
            matches!(problem, MappingProblem::UnknownGroup { group } | MappingProblem::UnknownScopeGroup { group } if *group == gone)
        })
    };
    let role_is_told = |gone: &Role| {
        let names = [gone.id.to_string(), gone.name.clone()];
        told.iter().any(|problem| matches!(problem, MappingProblem::UnusableRole { role, .. } if names.contains(role)))
    };
    let groups = kept.groups().filter(|group| !services.groups.contains(group) && !group_is_told(*group));
    let groups = groups.map(|group| {
        let so = if kept.scope().groups.contains(&group) {
            "nobody is outside the scope for it, and nobody inside."
        } else {
            "nobody loses a role for it, and nobody gets one."
        };
        format!(
            "Group {group}, by which the flows work, does not exist in the directory (or the app may not read it): {so}"
        )
    });
    let roles = kept.roles().filter_map(|role| match services.role(&role.id) {
        None if role_is_told(role) => None,
        None => Some(format!("Role {}, by which the flows work, does not exist in ZenQMS.", named(role))),
        Some(now) if role.is_default && !now.is_default => Some(format!(
            "Role {} was a default role when the last deployment found it, and is none now: until it is read anew, the \
             flows do not take it. {READ_ANEW}",
            named(now)
        )),
        Some(_) => None,
    });
    groups.chain(roles).collect()
}

/// How many people are in each group. That a group hides them is its own problem.
async fn people(
    directory: &impl GroupMembers,
    mapping: &Mapping,
    existing: &BTreeSet<GroupId>,
    nesting: Nesting,
    problems: &mut Vec<String>,
) -> Result<BTreeMap<GroupId, u64>, Failure> {
    let groups = mapping.mapped_groups().filter(|group| existing.contains(group));
    let pages = stream::iter(groups)
        .map(async |group| match directory.members(group, nesting, None).await {
            Ok(page) => {
                let all = page.next.is_none().then_some(page.members.len() as u64);
                Ok((group, Ok(page.total.or(all))))
            }
            Err(Failure { cause: Cause::NotFound, .. }) => Ok((group, Ok(None))),
            Err(failure @ Failure { cause: Cause::Forbidden { .. }, .. }) => Ok((group, Err(failure))),
            Err(failure) => Err(failure),
        })
        .buffered(GROUPS);
    let counted: Vec<_> = pages.try_collect().await?;
    let mut people = BTreeMap::new();
    for (group, count) in counted {
        match count {
            Ok(count) => people.extend(count.map(|count| (group, count))),
            Err(failure) => problems.push(sentence(&failure.to_string())),
        }
    }
    Ok(people)
}

fn found_group(group: GroupId, mapping: &Mapping, services: &Services, people: &BTreeMap<GroupId, u64>) -> GroupFound {
    let now = |role: &Role| services.role(&role.id).unwrap_or(role).clone();
    GroupFound {
        group,
        exists: services.groups.contains(&group),
        people: people.get(&group).copied(),
        roles: mapping.roles_of(group).filter_map(|role| mapping.role(role)).map(now).collect(),
    }
}

fn found_role(role: &Role, mapping: &Mapping, services: &Services) -> RoleFound {
    let now = services.role(&role.id);
    RoleFound {
        role: now.unwrap_or(role).clone(),
        exists: now.is_some(),
        groups: mapping.groups_giving(&role.id).collect(),
    }
}
