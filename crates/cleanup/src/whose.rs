use std::collections::{BTreeSet, HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use sync_core::domain::{Account, DirectoryUserId, ExternalId};
use sync_core::failure::Failure;
use sync_core::ports::{AccountsFind, Trace, Traces};
use sync_core::run::Clearing;

/// Searches side by side for accounts that were announced. What ZenQMS bears is its gate's affair.
const SEARCHES: usize = 8;

/// Accounts, told apart.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) ours: Vec<Clearing>,
    pub(crate) never_ours: u64,
    pub(crate) in_doubt: u64,
}

/// Whose an account's `external_id` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The ledger says that this integration linked this very account.
    Ours,
    /// This integration was about to link an account to the person. It is ours if it is the only one that holds the id.
    Announced,
    /// Somebody else set it.
    NotOurs,
    /// A link was announced, but another account's is recorded.
    InDoubt,
}

fn whose(account: &Account, trace: Option<&Trace>, announced_by_run: bool) -> Whose {
    let link = trace.and_then(|trace| trace.link.as_ref());
    let announced = announced_by_run || trace.is_some_and(|trace| trace.announced);
    match link {
        Some(link) if link.account == account.id => Whose::Ours,
        Some(_) if announced => Whose::InDoubt,
        None if announced => Whose::Announced,
        Some(_) | None => Whose::NotOurs,
    }
}

/// Tells apart whose the `external_id`s of accounts are. `announced`: whose links the runs had announced. `at_work`: the time,
/// while flows may still be at work; whom one of them holds is left to a later pass.
pub(crate) async fn tell_apart<A: AccountsFind, L: Traces>(
    accounts: &A,
    ledger: &L,
    listed: &[Account],
    announced: &BTreeSet<DirectoryUserId>,
    at_work: Option<Timestamp>,
) -> Result<Told, Failure> {
    let mut told = Told::default();
    let mut linked: HashMap<DirectoryUserId, Vec<&Account>> = HashMap::new();
    for account in listed {
        match &account.external_id {
            Some(ExternalId::Directory(user)) => {
                let same = linked.entry(*user).or_default();
                // The service may list an account twice.
                if !same.iter().any(|other| other.id == account.id) {
                    same.push(account);
                }
            }
            Some(ExternalId::Foreign(_)) => told.never_ours += 1,
            None => {}
        }
    }
    if linked.is_empty() {
        return Ok(told);
    }
    let mut users: Vec<DirectoryUserId> = linked.keys().copied().collect();
    users.sort_unstable();
    let traces = ledger.traces(&users).await?;
    let mut to_search = Vec::new();
    let is_held = |trace: &Trace| trace.held_until.zip(at_work).is_some_and(|(until, now)| until > now);
    for user in users {
        if traces.get(&user).is_some_and(is_held) {
            continue;
        }
        for account in linked.remove(&user).unwrap_or_default() {
            let clearing = |recorded| Clearing { user, account: account.id.clone(), recorded };
            match whose(account, traces.get(&user), announced.contains(&user)) {
                Whose::Ours => told.ours.push(clearing(true)),
                Whose::Announced => to_search.push(clearing(false)),
                Whose::NotOurs => told.never_ours += 1,
                Whose::InDoubt => told.in_doubt += 1,
            }
        }
    }
    let searched: Vec<(Clearing, bool)> = stream::iter(to_search)
        .map(async |clearing| {
            let found = accounts.by_external_id(clearing.user).await?;
            let is_only = matches!(found.as_slice(), [only] if only.id == clearing.account);
            Ok::<_, Failure>((clearing, is_only))
        })
        .buffered(SEARCHES)
        .try_collect()
        .await?;
    for (clearing, is_only) in searched {
        if is_only {
            told.ours.push(clearing);
        } else {
            told.in_doubt += 1;
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use sync_core::domain::AccountId;
    use sync_core::run::{Link, RunId};

    use super::*;

    fn account(id: &str) -> Account {
        Account {
            id: AccountId::text(id),
            external_id: None,
            email: None,
            first_name: None,
            last_name: None,
            title: None,
            is_active: None,
            roles: None,
        }
    }

    fn trace(account: Option<&str>, announced: bool) -> Trace {
        let link = account.map(|account| Link {
            user: DirectoryUserId::from_bytes([1; 16]),
            account: AccountId::text(account),
            set_at: Timestamp::UNIX_EPOCH,
            set_by: RunId::from_stored("run".to_owned()),
        });
        Trace { link, announced, held_until: None }
    }

    #[test]
    fn an_account_is_ours_by_its_record_and_by_an_announcement_that_nothing_speaks_against() {
        let told = |trace: Option<&Trace>, by_run| whose(&account("8"), trace, by_run);
        assert_eq!(told(Some(&trace(Some("8"), false)), false), Whose::Ours);
        assert_eq!(told(Some(&trace(Some("8"), true)), true), Whose::Ours);
        assert_eq!(told(Some(&trace(None, true)), false), Whose::Announced);
        assert_eq!(told(None, true), Whose::Announced);
        assert_eq!(told(Some(&trace(Some("9"), true)), false), Whose::InDoubt);
        assert_eq!(told(Some(&trace(Some("9"), false)), true), Whose::InDoubt);
        assert_eq!(told(Some(&trace(Some("9"), false)), false), Whose::NotOurs);
        assert_eq!(told(Some(&trace(None, false)), false), Whose::NotOurs);
        assert_eq!(told(None, false), Whose::NotOurs);
    }
}
