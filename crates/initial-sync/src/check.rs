use sync_core::domain::{DirectoryUser, Mapping, MappingSpec};
use sync_core::failure::Failure;
use sync_core::mapping::{ResolveError, resolve};
use sync_core::ports::{
    AccountsList, DirectoryChanges, DirectoryGroups, DirectoryPresence, DirectoryUsers, FreshIds, GroupMembers,
    Nesting, RolesList,
};

use crate::listing::{EMPTY, UNREADABLE};

/// Why the product cannot work with these settings: everything that is wrong, each in a sentence that names the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub Vec<String>);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_slice() {
            [one] => f.write_str(one),
            several => several
                .iter()
                .enumerate()
                .try_for_each(|(n, problem)| write!(f, "{}({}) {problem}", if n == 0 { "" } else { " " }, n + 1)),
        }
    }
}

impl std::error::Error for Unfit {}

/// Tries whatever the product will have to do, writing nothing: signs in to both services, reads what each permission is
/// for, and finds every group and role of the mapping.
///
/// # Errors
/// All that is wrong.
pub async fn check<D, A, I>(
    directory: &D,
    zenqms: &A,
    ids: &I,
    spec: &MappingSpec,
    nesting: Nesting,
) -> Result<Mapping, Unfit>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + DirectoryGroups + GroupMembers,
    A: AccountsList + RolesList,
    I: FreshIds,
{
    let mut problems = Vec::new();
    let mut note = |problem: String| {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    };
    if let Err(problem) = check_directory(directory, ids, spec, nesting).await {
        note(problem);
    }
    if let Err(failure) = zenqms.page(1).await {
        note(sentence(&failure));
    }
    let mut mapping = Mapping::default();
    match resolve(spec, directory, zenqms).await {
        Ok(resolved) => mapping = resolved,
        Err(ResolveError::Problems(wrong)) => wrong.iter().for_each(|wrong| note(wrong.to_string())),
        Err(ResolveError::Failed(failure)) => note(sentence(&failure)),
    }
    if problems.is_empty() { Ok(mapping) } else { Err(Unfit(problems)) }
}

async fn check_directory<D>(
    directory: &D,
    ids: &impl FreshIds,
    spec: &MappingSpec,
    nesting: Nesting,
) -> Result<(), String>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + GroupMembers,
{
    let failed = |failure: Failure| sentence(&failure);
    let page = directory.users(None).await.map_err(failed)?;
    if page.users.is_empty() {
        return Err(EMPTY.to_owned());
    }
    if page.users.iter().all(DirectoryUser::is_unreadable) {
        return Err(UNREADABLE.to_owned());
    }
    // Somebody whom nobody knows: he is looked for among the deleted, which may be forbidden.
    for answer in directory.presence(&[ids.fresh().into()]).await.map_err(failed)? {
        answer.map_err(failed)?;
    }
    directory.changes_from_now(!spec.is_empty()).await.map_err(failed)?;
    if let Some(group) = spec.groups().next() {
        match directory.members(group, nesting, None).await {
            // Whether it exists is found out for all groups together.
            Ok(_) | Err(Failure { cause: sync_core::failure::Cause::NotFound, .. }) => {}
            Err(failure) => return Err(sentence(&failure)),
        }
    }
    Ok(())
}

fn sentence(failure: &Failure) -> String {
    failure.to_string()
}
