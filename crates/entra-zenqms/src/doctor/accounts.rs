use sync_core::failure::{Cause, Failure};
use sync_core::ports::{AccountsFind, AccountsList, RolesList};

use super::assumptions;
use super::check::{Check, Part};
use crate::tables::counted;

const TOKEN: &str = "token";
const ACCOUNTS: &str = "accounts";
const ROLES: &str = "roles";

const MAKE_ANOTHER: &str = "docs/deploy.md, step 2; then docs/deploy.md, \"Rotating the credentials\".";

/// Reads accounts and roles of ZenQMS, and tries what is assumed of its API, as far as that writes nothing. `mapped`: whether
/// roles are managed.
pub(super) async fn parts<A: AccountsList + AccountsFind + RolesList>(zenqms: &A, mapped: bool) -> Vec<Part> {
    let accepted = Check::ok(TOKEN, "ZenQMS accepts the token.");
    let (mut reach, mut assumed) = (Vec::new(), Vec::new());
    match zenqms.page(1).await {
        Ok(page) => {
            let accounts = counted(page.accounts.len() as u64, "account", "accounts");
            reach.push(accepted);
            reach.push(Check::ok(ACCOUNTS, format!("{accounts} on the first page.")));
            assumed = assumptions::of_accounts(zenqms, &page, mapped).await;
        }
        Err(failure) => match assumptions::broken(&failure, assumptions::FIND_ACCOUNTS) {
            Some(broken) => assumed.push(broken),
            None if matches!(failure.cause, Cause::Forbidden { .. }) => {
                reach.push(accepted);
                reach.push(Check::failed(ACCOUNTS, &failure, MAKE_ANOTHER));
            }
            None => return vec![zenqms_part(vec![Check::failed(TOKEN, &failure, MAKE_ANOTHER)])],
        },
    }
    let (role, assumption) = roles(zenqms.roles().await);
    reach.extend(role);
    assumed.extend(assumption);
    vec![zenqms_part(reach), Part { of: "What is assumed of the ZenQMS API", checks: assumed }]
}

fn zenqms_part(checks: Vec<Check>) -> Part {
    Part { of: "ZenQMS", checks }
}

fn roles(listed: Result<Vec<sync_core::domain::Role>, Failure>) -> (Option<Check>, Option<Check>) {
    match listed {
        Ok(roles) => {
            let roles = counted(roles.len() as u64, "role", "roles");
            let found = Check::ok(assumptions::FIND_ROLES, "Roles are found where they are looked for.");
            (Some(Check::ok(ROLES, format!("{roles} there."))), Some(found))
        }
        Err(failure) => match assumptions::broken(&failure, assumptions::FIND_ROLES) {
            Some(broken) => (None, Some(broken)),
            None => (Some(Check::failed(ROLES, &failure, MAKE_ANOTHER)), None),
        },
    }
}
