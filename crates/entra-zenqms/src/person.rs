use sync_core::domain::{Account, DirectoryUserId, Email, ExternalId};
use sync_core::failure::Failure;
use sync_core::ports::{AccountsFind, DirectoryAddresses};

/// Somebody, as the operator names him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    /// By his object id.
    Id(DirectoryUserId),
    /// By his e-mail address.
    Address(Email),
}

/// A text that names nobody.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an object id of Entra ID (a GUID) or an e-mail address")]
pub(crate) struct NobodysName;

/// Why it is not known who is meant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotFound {
    /// Nobody has the address.
    #[error(
        "nobody in Entra ID has this e-mail address{}; whoever is deleted or has lost his address is found by his object id",
        of_accounts(.0)
    )]
    Nobody(Vec<Account>),
    /// Several people have it.
    #[error("several people in Entra ID have this e-mail address: {}; ask for one of them by this id", list(.0))]
    Several(Vec<DirectoryUserId>),
    /// It could not be found out.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Person {
    pub(crate) fn parse(text: &str) -> Result<Self, NobodysName> {
        if let Ok(user) = DirectoryUserId::parse(text) {
            return Ok(Self::Id(user));
        }
        let address = Email::new(text).filter(|address| address.expose().contains('@'));
        address.map(Self::Address).ok_or(NobodysName)
    }
}

/// Who is meant.
pub(crate) async fn find(
    person: &Person,
    directory: &impl DirectoryAddresses,
    accounts: &impl AccountsFind,
) -> Result<DirectoryUserId, NotFound> {
    let address = match person {
        Person::Id(user) => return Ok(*user),
        Person::Address(address) => address,
    };
    let holders = directory.holders(std::slice::from_ref(address)).await?.pop().unwrap_or(Ok(Vec::new()))?;
    match holders.as_slice() {
        [user] => Ok(*user),
        [] => Err(NotFound::Nobody(accounts.by_email(address).await?)),
        _ => Err(NotFound::Several(holders)),
    }
}

/// An account may still carry the address of somebody who has lost it, and say who that is.
fn of_accounts(accounts: &[Account]) -> String {
    let told = accounts.iter().map(|account| match &account.external_id {
        Some(ExternalId::Directory(user)) => format!("; account {} has it, which is that of {user}", account.id),
        _ => format!("; account {} has it, which is linked to nobody in Entra ID", account.id),
    });
    told.collect()
}

fn list(users: &[DirectoryUserId]) -> String {
    users.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
