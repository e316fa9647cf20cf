use sync_core::domain::{DirectoryUser, GroupId};
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{
    DirectoryChanges, DirectoryGroups, DirectoryPresence, DirectoryUsers, FreshIds, GroupMembers, Nesting, UsersPage,
};

use super::check::Check;
use crate::tables::{counted, sentence};

const SIGN_IN: &str = "sign-in";
const USERS: &str = "users";
const DELETED: &str = "deleted users";
const CHANGES: &str = "changes";
const GROUPS: &str = "groups";
const MEMBERS: &str = "members of groups";

const APP: &str = "docs/deploy.md, step 1; then docs/deploy.md, \"Rotating the credentials\".";
const PERMISSIONS: &str = "docs/deploy.md, step 1: the permissions, and the administrator's consent to them.";

/// Signs in to Entra ID and reads what each permission is for. `groups`: those that are mapped, where that is known.
pub(super) async fn checks<D>(
    directory: &D,
    ids: &impl FreshIds,
    groups: Option<&[GroupId]>,
    nesting: Nesting,
) -> Vec<Check>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + DirectoryGroups + GroupMembers,
{
    let signed_in = Check::ok(SIGN_IN, "Entra ID accepts the app and its credential.");
    let page = match directory.users(None).await {
        Ok(page) => page,
        // Nothing else can be found out: whatever is asked begins with the sign-in.
        Err(failure @ Failure { cause: Cause::Forbidden { .. } | Cause::Rejected { .. }, .. }) => {
            return vec![signed_in, Check::failed(USERS, &failure, PERMISSIONS)];
        }
        Err(failure) => return vec![Check::failed(SIGN_IN, &failure, APP)],
    };
    let mut checks = vec![signed_in, users(&page)];
    checks.push(deleted(directory, ids).await);
    checks.push(match directory.changes_from_now(groups.is_some_and(|groups| !groups.is_empty())).await {
        Ok(_) => Check::ok(CHANGES, "Entra ID tells what changes, which the sweeps ask for."),
        Err(failure) => Check::failed(CHANGES, &failure, PERMISSIONS),
    });
    if let Some(groups) = groups {
        checks.extend(mapped(directory, groups, nesting).await);
    }
    checks
}

fn users(page: &UsersPage) -> Check {
    if page.users.is_empty() {
        return Check::bad(USERS, sentence(initial_sync::EMPTY), "Check EntraTenantId, then ask again.");
    }
    if page.users.iter().all(DirectoryUser::is_unreadable) {
        return Check::bad(USERS, sentence(initial_sync::UNREADABLE), PERMISSIONS);
    }
    let people = counted(page.users.len() as u64, "user", "users");
    if page.users.iter().all(|user| user.account_enabled.is_none()) {
        return Check::bad(
            USERS,
            format!(
                "Of {people} on the first page Entra ID does not say whether they may sign in, so no leaver is found."
            ),
            PERMISSIONS,
        );
    }
    Check::ok(USERS, format!("{people} on the first page, with what is needed of them."))
}

/// Somebody whom nobody knows is looked for among the deleted.
async fn deleted(directory: &impl DirectoryPresence, ids: &impl FreshIds) -> Check {
    let asked = directory.presence(&[ids.fresh().into()]).await;
    match asked.and_then(|answers| answers.into_iter().collect::<Result<Vec<_>, _>>()) {
        Ok(_) => Check::ok(DELETED, "Entra ID says who was deleted."),
        Err(failure) => Check::failed(DELETED, &failure, PERMISSIONS),
    }
}

async fn mapped<D: DirectoryGroups + GroupMembers>(directory: &D, groups: &[GroupId], nesting: Nesting) -> Vec<Check> {
    let Some(&first) = groups.first() else {
        return vec![Check::ok(GROUPS, "No group is mapped, so none is read.")];
    };
    let existing = match directory.existing(groups).await {
        Ok(existing) => existing,
        Err(failure) => return vec![Check::failed(GROUPS, &failure, PERMISSIONS)],
    };
    let missing: Vec<String> =
        groups.iter().filter(|group| !existing.contains(group)).map(ToString::to_string).collect();
    let groups = counted(groups.len() as u64, "mapped group", "mapped groups");
    let there = if missing.is_empty() {
        Check::ok(GROUPS, format!("{groups} found."))
    } else {
        Check::bad(
            GROUPS,
            format!(
                "Of {groups} Entra ID does not know: {}. Nobody loses a role for it, and nobody gets one.",
                missing.join(", ")
            ),
            "Take them out of the mapping, or restore them in Entra ID; docs/deploy.md, \"The mapping\".",
        )
    };
    let Some(group) = existing.first().copied().or(Some(first)) else { return vec![there] };
    let members = match directory.members(group, nesting, None).await {
        Ok(_) | Err(Failure { cause: Cause::NotFound, .. }) => Check::ok(MEMBERS, "Entra ID says who is in a group."),
        Err(failure) => Check::failed(MEMBERS, &failure, PERMISSIONS),
    };
    vec![there, members]
}
