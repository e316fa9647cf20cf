use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::ports::{Exception, ExceptionList, Exceptions};

use super::Ledger;
use super::failure::cause;
use super::table::Key;

/// A first run may put tens of thousands of people on the list, and a partition takes 1,000 writes a second (DynamoDB docs:
/// partition key design): the list is spread over as many partitions as there are first digits of an id.
const DIGITS: &str = "0123456789abcdef";

#[derive(Deserialize)]
struct ExceptionItem {
    code: String,
    because: String,
    since: Timestamp,
}

#[derive(Deserialize)]
struct ListedItem {
    /// The person.
    sk: String,
    #[serde(flatten)]
    item: ExceptionItem,
}

fn partition(digit: char) -> String {
    format!("exceptions#{digit}")
}

fn key(user: DirectoryUserId) -> Key {
    let user = user.to_string();
    Key { pk: user.chars().take(1).map(partition).collect(), sk: user }
}

impl Exceptions for Ledger {
    /// The record of the last look says it first, and says it until the list does not any more: whoever finds him in line knows
    /// that he has to take him off, even after a crash between the two.
    async fn except(&self, Exception { user, code, because, since }: &Exception) -> Result<(), Failure> {
        let failed = |cause| Failure::new(format!("putting directory user {user} on the list of exceptions"), cause);
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.update_look(*user)
            .update_expression("SET excepted = :because")
            .expression_attribute_values(":because", text(because))
            .send()
            .await
            .map_err(|error| failed(cause(&error)))?;
        self.update(&key(*user))
            .update_expression("SET code = :code, because = :because, since = if_not_exists(since, :since)")
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":because", text(because))
            .expression_attribute_values(":since", text(&since.to_string()))
            .send()
            .await
            .map(drop)
            .map_err(|error| failed(cause(&error)))
    }

    async fn readmit(&self, user: DirectoryUserId) -> Result<(), Failure> {
        let action = format!("taking directory user {user} off the list of exceptions");
        self.delete(&action, &key(user)).await?;
        self.update_look(user)
            .update_expression("REMOVE excepted")
            .send()
            .await
            .map(drop)
            .map_err(|error| Failure::new(action, cause(&error)))
    }
}

impl Ledger {
    /// Why a person is on the list, if he is.
    pub async fn exception(&self, user: DirectoryUserId) -> Result<Option<Exception>, Failure> {
        let action = format!("looking whether directory user {user} is on the list of exceptions");
        let item: Option<ExceptionItem> = self.get(&action, &key(user)).await?;
        Ok(item.map(|ExceptionItem { code, because, since }| Exception { user, code, because, since }))
    }
}

impl ExceptionList for Ledger {
    async fn exceptions(&self) -> Result<Vec<Exception>, Failure> {
        let action = "listing the exceptions";
        let parts = DIGITS.chars().map(async |digit| self.partition::<ListedItem>(action, &partition(digit)).await);
        let exception = |ListedItem { sk, item: ExceptionItem { code, because, since } }| {
            let user = DirectoryUserId::parse(&sk)
                .map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))?;
            Ok(Exception { user, code, because, since })
        };
        try_join_all(parts).await?.into_iter().flatten().map(exception).collect()
    }
}
