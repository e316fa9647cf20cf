use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::ports::{SubscriptionRecord, SubscriptionRecords, SubscriptionRecordsWrite, Watched};

use super::Ledger;
use super::failure::cause;
use super::table::{Key, PK, attributes};

/// A partition of its own: the template lets intake, keeper and cleanup alone reach it (`dynamodb:LeadingKeys`).
const PARTITION: &str = "subscriptions";

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Item {
    watched: Watched,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id: Option<Uuid>,
    client_state: String,
    notification_url: String,
    renewed_at: Timestamp,
    expires: Timestamp,
    version: u64,
}

fn key(watched: Watched) -> Key {
    Key { pk: PARTITION.to_owned(), sk: watched.as_str().to_owned() }
}

impl SubscriptionRecords for Ledger {
    async fn records(&self) -> Result<Vec<SubscriptionRecord>, Failure> {
        let failed = |cause| Failure::new("reading the subscriptions", cause);
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :subscriptions")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":subscriptions", AttributeValue::S(PARTITION.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(cause(&error)))?;
        let items: Vec<Item> = serde_dynamo::from_items(found.items.unwrap_or_default())
            .map_err(|error: serde_dynamo::Error| failed(Cause::Unreadable(error.to_string())))?;
        Ok(items
            .into_iter()
            .map(|item| SubscriptionRecord {
                watched: item.watched,
                id: item.id,
                client_state: SecretString::from(item.client_state),
                notification_url: item.notification_url,
                renewed_at: item.renewed_at,
                expires: item.expires,
                version: item.version,
            })
            .collect())
    }
}

impl SubscriptionRecordsWrite for Ledger {
    async fn keep(&self, record: &SubscriptionRecord) -> Result<(), Failure> {
        let item = Item {
            watched: record.watched,
            id: record.id,
            client_state: record.client_state.expose_secret().to_owned(),
            notification_url: record.notification_url.clone(),
            renewed_at: record.renewed_at,
            expires: record.expires,
            version: record.version,
        };
        let action = format!("keeping the subscription to {}", record.watched);
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(attributes(&action, &key(record.watched), &item)?));
        let put = if record.version <= 1 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :before")
                .expression_attribute_values(":before", AttributeValue::N((record.version - 1).to_string()))
        };
        // The refusal brings what stands there, so that the keeper needs no right to read single items.
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(()) };
        let why = cause(&error);
        let stands = match error {
            SdkError::ServiceError(error) => match error.into_err() {
                PutItemError::ConditionalCheckFailedException(refused) => refused.item,
                _ => None,
            },
            _ => None,
        };
        // The SDK repeats a write whose answer is lost, and is refused because of its own first one.
        match stands.map(serde_dynamo::from_item::<_, Item>) {
            Some(Ok(stands)) if stands == item => Ok(()),
            _ => Err(Failure::new(action, why)),
        }
    }

    async fn forget(&self, watched: Watched) -> Result<(), Failure> {
        self.delete(&format!("forgetting the subscription to {watched}"), &key(watched)).await
    }
}
