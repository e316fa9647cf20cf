use std::collections::HashMap;

use futures::future::join_all;

use crate::apply::Subject;
use crate::domain::{Account, AccountId};
use crate::failure::Failure;
use crate::plan::Candidates;
use crate::ports::{AccountsFind, Known};

/// Finds the accounts that may be people's. Those whose account is known from before are found with one search for all;
/// the others one by one.
pub(super) async fn find(
    accounts: &impl AccountsFind,
    people: &[(&Subject, &Known)],
) -> Vec<Result<Candidates, Failure>> {
    let by_id = known_accounts(accounts, people).await;
    let find_one = async |subject: &Subject, known: &Known| {
        let by_id = match &by_id {
            Err(failure) if known.account.is_some() => return Err(failure.clone()),
            Err(_) => &HashMap::new(),
            Ok(by_id) => by_id,
        };
        let linked = known.account.as_ref().and_then(|id| by_id.get(id)).filter(|one| one.is_linked_to(subject.id()));
        if let Some(account) = linked {
            // Whether another account holds a new address turns out when it is written: 409, and a closer look.
            return Ok(Candidates { by_external_id: vec![account.clone()], ..Candidates::default() });
        }
        let by_external_id = accounts.by_external_id(subject.id()).await?;
        let by_email = match subject.email() {
            Some(email) if by_external_id.is_empty() => accounts.by_email(email).await?,
            _ => Vec::new(),
        };
        Ok(Candidates::of(subject.id(), by_external_id, by_email))
    };
    join_all(people.iter().map(|(subject, known)| find_one(subject, known))).await
}

async fn known_accounts(
    accounts: &impl AccountsFind,
    people: &[(&Subject, &Known)],
) -> Result<HashMap<AccountId, Account>, Failure> {
    let ids: Vec<AccountId> = people.iter().filter_map(|(_, known)| known.account.clone()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Whom this search does not find is looked for in another way.
    let found = accounts.by_ids(&ids).await?;
    Ok(found.into_iter().map(|account| (account.id.clone(), account)).collect())
}
