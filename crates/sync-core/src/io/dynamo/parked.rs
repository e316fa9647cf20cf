use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::DirectoryUserId;
use crate::failure::Failure;
use crate::ports::{Parked, ParkedPerson};

use super::Ledger;
use super::table::Key;

#[derive(Serialize, Deserialize)]
struct ParkedItem {
    code: String,
    because: String,
    at: Timestamp,
}

fn key(user: DirectoryUserId) -> Key {
    Key { pk: "parked".to_owned(), sk: user.to_string() }
}

impl Parked for Ledger {
    async fn park(&self, parked: &ParkedPerson) -> Result<(), Failure> {
        let item = ParkedItem { code: parked.code.clone(), because: parked.because.clone(), at: parked.at };
        self.put(&format!("parking directory user {}", parked.user), &key(parked.user), &item).await
    }

    async fn unpark(&self, user: DirectoryUserId) -> Result<(), Failure> {
        self.delete(&format!("taking directory user {user} off the parked"), &key(user)).await
    }
}

impl Ledger {
    /// A parked person, if he is one.
    pub async fn parked(&self, user: DirectoryUserId) -> Result<Option<ParkedPerson>, Failure> {
        let item: Option<ParkedItem> =
            self.get(&format!("looking whether directory user {user} is parked"), &key(user)).await?;
        Ok(item.map(|ParkedItem { code, because, at }| ParkedPerson { user, code, because, at }))
    }
}
