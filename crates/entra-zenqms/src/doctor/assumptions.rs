//! What is assumed of the ZenQMS API, as far as it can be tried without writing; each by its name in
//! docs/zenqms-assumptions.md.

use std::collections::BTreeSet;

use sync_core::domain::{Account, Email, ExternalId};
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{AccountsFind, AccountsList, AccountsPage};

use super::check::Check;
use crate::tables::{counted, sentence, thousands};

pub(super) const FIND_ACCOUNTS: &str = "create, change, find users; give and take roles";
pub(super) const FIND_ROLES: &str = "find roles";
const SHAPES: &str = "shapes of requests and answers";
const FIELDS: &str = "field names";
const PAGING: &str = "paging";
const BY_EXTERNAL_ID: &str = "search by external_id";
const BY_EMAIL: &str = "search by e-mail address";
const BY_IDS: &str = "search by ids";
const UNIQUE: &str = "uniqueness";

/// All that are tried.
#[cfg(test)]
pub(super) const ALL: [&str; 9] =
    [FIND_ACCOUNTS, FIND_ROLES, SHAPES, FIELDS, PAGING, BY_EXTERNAL_ID, BY_EMAIL, BY_IDS, UNIQUE];

const CURE: &str = "This ZenQMS is another than this version was made for. Let nothing run (docs/zenqms-assumptions.md), and tell \
                    the maintainers what its reference says; crates/sync-core/src/io/zenqms/contract.rs is the place to mend.";
const NOT_YET: &str = "Ask again after the first run.";

/// The assumption that a failure disproves, if it does; `path`: that of the address that was asked.
pub(super) fn broken(failure: &Failure, path: &'static str) -> Option<Check> {
    let name = match failure.cause {
        Cause::NotFound => path,
        Cause::Unreadable(_) | Cause::Rejected { .. } => SHAPES,
        Cause::Inconsistent(_) => PAGING,
        _ => return None,
    };
    Some(Check::bad(name, sentence(&failure.to_string()), CURE))
}

/// Tries what can be tried with the accounts of the first page.
pub(super) async fn of_accounts<A: AccountsList + AccountsFind>(
    zenqms: &A,
    page: &AccountsPage,
    mapped: bool,
) -> Vec<Check> {
    let Some(first) = page.accounts.first() else {
        return match page.unreadable {
            0 => vec![Check::warn(SHAPES, "ZenQMS has no account, so that nothing could be tried.", NOT_YET)],
            _ => vec![shapes(page, mapped)],
        };
    };
    let last = page.accounts.last().unwrap_or(first);
    vec![
        shapes(page, mapped),
        fields(&page.accounts),
        paging(zenqms, page).await,
        by_external_id(zenqms, &page.accounts).await,
        by_email(zenqms, &page.accounts).await,
        by_ids(zenqms, &[first, last]).await,
        unique(&page.accounts),
    ]
}

fn shapes(page: &AccountsPage, mapped: bool) -> Check {
    let AccountsPage { accounts, unreadable, .. } = page;
    if *unreadable > 0 {
        let all = accounts.len() + unreadable;
        return Check::bad(SHAPES, format!("{unreadable} of {all} entries of the first page have no id."), CURE);
    }
    if mapped && accounts.iter().all(|account| account.roles.is_none()) {
        return Check::bad(SHAPES, "No account says which roles it holds, so that no role is ever taken.", CURE);
    }
    Check::ok(SHAPES, "The list of accounts has the shape that is expected, and each entry an id.")
}

fn fields(accounts: &[Account]) -> Check {
    let missing = |is_there: fn(&Account) -> bool| !accounts.iter().any(is_there);
    let needed = [
        ("email", missing(|account| account.email.is_some())),
        ("is_active", missing(|account| account.is_active.is_some())),
    ];
    let usual = [
        ("first_name", missing(|account| account.first_name.is_some())),
        ("last_name", missing(|account| account.last_name.is_some())),
        ("title", missing(|account| account.title.is_some())),
    ];
    let named = |fields: &[(&str, bool)]| {
        fields.iter().filter(|(_, missing)| *missing).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    let (needed, usual) = (named(&needed), named(&usual));
    if !needed.is_empty() {
        return Check::bad(FIELDS, format!("No account of the first page has: {needed}."), CURE);
    }
    if !usual.is_empty() {
        return Check::warn(
            FIELDS,
            format!("No account of the first page has: {usual}. They are empty, or have other names."),
            "Look at one of them in ZenQMS. If it has a value there, let nothing run: docs/zenqms-assumptions.md.",
        );
    }
    Check::ok(FIELDS, "Accounts have the fields that are written.")
}

async fn paging<A: AccountsList>(zenqms: &A, first: &AccountsPage) -> Check {
    let listed = |page: &AccountsPage| page.accounts.len() + page.unreadable;
    let size = listed(first) as u64;
    let second = match zenqms.page(2).await {
        Ok(page) => page,
        Err(failure) => return unanswered(PAGING, &failure),
    };
    if second.accounts.iter().any(|account| first.accounts.iter().any(|known| known.id == account.id)) {
        return Check::bad(PAGING, "The second page repeats accounts of the first.", CURE);
    }
    let Some(total) = first.total else {
        return Check::ok(
            PAGING,
            "ZenQMS does not say how many accounts there are; pages are read until one is empty.",
        );
    };
    if (total > size) != (listed(&second) > 0) {
        return Check::bad(
            PAGING,
            format!(
                "ZenQMS says that there are {}; the first page has {size} of them, the second {}.",
                counted(total, "account", "accounts"),
                listed(&second)
            ),
            CURE,
        );
    }
    let pages = total.div_ceil(size.max(1));
    let beyond = u32::try_from(pages + 1).unwrap_or(u32::MAX);
    match zenqms.page(beyond).await {
        Ok(page) if listed(&page) == 0 => Check::ok(
            PAGING,
            format!(
                "{} on {}, and nothing behind them.",
                counted(total, "account", "accounts"),
                counted(pages, "page", "pages")
            ),
        ),
        Ok(_) => {
            Check::bad(PAGING, format!("There are accounts behind the {} that ZenQMS counts.", thousands(total)), CURE)
        }
        Err(failure) => unanswered(PAGING, &failure),
    }
}

async fn by_external_id(zenqms: &impl AccountsFind, accounts: &[Account]) -> Check {
    let linked = accounts.iter().find_map(|account| match &account.external_id {
        Some(ExternalId::Directory(user)) => Some((account, *user)),
        _ => None,
    });
    let Some((account, user)) = linked else {
        let nobody = "No account of the first page is linked to anybody in Entra ID, so that it could not be tried.";
        return Check::warn(BY_EXTERNAL_ID, nobody, NOT_YET);
    };
    match zenqms.by_external_id(user).await {
        Ok(found) if found.iter().any(|found| found.id == account.id) => {
            Check::ok(BY_EXTERNAL_ID, "It finds the account that is linked.")
        }
        Ok(_) => Check::bad(
            BY_EXTERNAL_ID,
            format!("Account {} is linked to {user}, and searching for that does not find it.", account.id),
            CURE,
        ),
        Err(failure) => unanswered(BY_EXTERNAL_ID, &failure),
    }
}

async fn by_email(zenqms: &impl AccountsFind, accounts: &[Account]) -> Check {
    let with_address = accounts.iter().find_map(|account| Some((account, account.email.as_ref()?)));
    let Some((account, address)) = with_address else {
        return Check::warn(
            BY_EMAIL,
            "No account of the first page has an address, so that it could not be tried.",
            NOT_YET,
        );
    };
    let Some(other_case) = Email::new(&swapped(address.expose())) else {
        return Check::warn(BY_EMAIL, "The address of the first account is blank.", NOT_YET);
    };
    let finds = async |address: &Email| {
        zenqms.by_email(address).await.map(|found| found.iter().any(|found| found.id == account.id))
    };
    match (finds(address).await, finds(&other_case).await) {
        (Ok(true), Ok(true)) => Check::ok(BY_EMAIL, "It finds an account, in whatever case the address is written."),
        (Ok(true), Ok(false)) => Check::bad(
            BY_EMAIL,
            format!("It finds account {} only in the case in which its address is written.", account.id),
            CURE,
        ),
        (Ok(false), Ok(_)) => {
            Check::bad(BY_EMAIL, format!("Searching for the address of account {} does not find it.", account.id), CURE)
        }
        (Err(failure), _) | (_, Err(failure)) => unanswered(BY_EMAIL, &failure),
    }
}

fn swapped(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}

/// An id is sent back in the form in which it came.
async fn by_ids(zenqms: &impl AccountsFind, accounts: &[&Account]) -> Check {
    let ids: BTreeSet<_> = accounts.iter().map(|account| account.id.clone()).collect();
    let asked: Vec<_> = ids.iter().cloned().collect();
    match zenqms.by_ids(&asked).await {
        Ok(found) => {
            let found: BTreeSet<_> = found.into_iter().map(|account| account.id).collect();
            if found == ids {
                Check::ok(BY_IDS, "It finds accounts by the ids that ZenQMS gave them, in the form in which they came.")
            } else {
                let missing = counted(ids.len().saturating_sub(found.len()) as u64, "account", "accounts");
                Check::bad(BY_IDS, format!("It does not find {missing} of {} that were listed.", ids.len()), CURE)
            }
        }
        Err(failure) => unanswered(BY_IDS, &failure),
    }
}

fn unique(accounts: &[Account]) -> Check {
    let addresses: Vec<_> = accounts.iter().filter_map(|account| account.email.as_ref()).map(Email::folded).collect();
    let links: Vec<_> = accounts.iter().filter_map(|account| account.external_id.as_ref()).collect();
    let twice = |all: usize, different: usize| (all - different) as u64;
    let addresses = twice(addresses.len(), addresses.iter().collect::<BTreeSet<_>>().len());
    let links = twice(links.len(), links.iter().collect::<BTreeSet<_>>().len());
    if addresses + links == 0 {
        return Check::ok(UNIQUE, "No two accounts of the first page share an address or an external_id.");
    }
    Check::bad(
        UNIQUE,
        format!(
            "On the first page {} and {} stand on more than one account.",
            counted(addresses, "address", "addresses"),
            counted(links, "external_id", "external_ids")
        ),
        "Mend these accounts in ZenQMS: nothing is written to accounts that cannot be told apart. If ZenQMS allows it, tell the \
         maintainers.",
    )
}

/// A refusal of the request is an assumption that does not hold; anything else leaves it open.
fn unanswered(name: &'static str, failure: &Failure) -> Check {
    match failure.cause {
        Cause::NotFound | Cause::Unreadable(_) | Cause::Rejected { .. } => {
            Check::bad(name, sentence(&failure.to_string()), CURE)
        }
        _ => Check::failed(name, failure, "Ask again."),
    }
}
