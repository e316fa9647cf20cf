use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::ports::{Parked, ParkedDrop, ParkedPeople, ParkedPerson};

use super::Ledger;
use super::failure::cause;
use super::table::{Key, PK, SK};

const PARTITION: &str = "parked";

#[derive(Serialize, Deserialize)]
struct ParkedItem {
    code: String,
    because: String,
    at: Timestamp,
}

#[derive(Deserialize)]
struct ListedItem {
    /// The person.
    sk: String,
    #[serde(flatten)]
    item: ParkedItem,
}

fn key(user: DirectoryUserId) -> Key {
    Key { pk: PARTITION.to_owned(), sk: user.to_string() }
}

impl Parked for Ledger {
    async fn park(&self, parked: &ParkedPerson) -> Result<(), Failure> {
        let item = ParkedItem { code: parked.code.clone(), because: parked.because.clone(), at: parked.at };
        let action = format!("parking directory user {}", parked.user);
        self.put(&action, &key(parked.user), &item).await?;
        // Whoever finds him well takes him off the list by this, even if it was not he who was looked at when he was parked.
        self.update_look(parked.user)
            .update_expression("SET parked = :yes")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await
            .map(drop)
            .map_err(|error| Failure::new(action, cause(&error)))
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

impl ParkedDrop for Ledger {
    async fn parked_person(&self, user: DirectoryUserId) -> Result<Option<ParkedPerson>, Failure> {
        self.parked(user).await
    }

    async fn drop_parked(&self, ParkedPerson { user, at, .. }: &ParkedPerson) -> Result<bool, Failure> {
        let Key { pk, sk } = key(*user);
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(pk))
            .key(SK, AttributeValue::S(sk))
            .condition_expression("#at = :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", AttributeValue::S(at.to_string()))
            .send()
            .await;
        match deleted.map_err(|error| cause(&error)) {
            Ok(_) => Ok(true),
            Err(Cause::Superseded) => Ok(false),
            Err(cause) => Err(Failure::new(format!("taking directory user {user} off the parked"), cause)),
        }
    }
}

impl ParkedPeople for Ledger {
    async fn parked_people(&self) -> Result<Vec<ParkedPerson>, Failure> {
        let action = "listing the parked";
        let mut people = Vec::new();
        for ListedItem { sk, item: ParkedItem { code, because, at } } in self.partition(action, PARTITION).await? {
            let user = DirectoryUserId::parse(&sk)
                .map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))?;
            people.push(ParkedPerson { user, code, because, at });
        }
        Ok(people)
    }
}
