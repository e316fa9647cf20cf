use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::{Cause, Failure};
use crate::ports::{Cleanups, Ending, EndingWrite};
use crate::run::CleanupRecord;

use super::Ledger;
use super::failure::cause;
use super::table::{Key, attributes};

#[derive(Serialize, Deserialize)]
struct EndingItem {
    since: Timestamp,
}

fn ending_key() -> Key {
    Key { pk: "integration".to_owned(), sk: "ending".to_owned() }
}

fn cleanup_key() -> Key {
    Key { pk: "integration".to_owned(), sk: "cleanup".to_owned() }
}

impl Ending for Ledger {
    async fn ending(&self) -> Result<Option<Timestamp>, Failure> {
        let item: Option<EndingItem> =
            self.get("looking whether the integration is being removed", &ending_key()).await?;
        Ok(item.map(|item| item.since))
    }
}

impl EndingWrite for Ledger {
    async fn end(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        let failed = |cause| Failure::new("marking the integration as being removed", cause);
        let updated = self
            .update(&ending_key())
            .update_expression("SET since = if_not_exists(since, :now)")
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| failed(cause(&error)))?;
        let item: EndingItem = serde_dynamo::from_item(updated.attributes.unwrap_or_default())
            .map_err(|error: serde_dynamo::Error| failed(Cause::Unreadable(error.to_string())))?;
        Ok(item.since)
    }

    async fn resume(&self) -> Result<(), Failure> {
        self.delete("lifting the mark that the integration is being removed", &ending_key()).await
    }
}

impl Cleanups for Ledger {
    async fn cleanup(&self) -> Result<Option<CleanupRecord>, Failure> {
        self.get("reading where the cleanup stands", &cleanup_key()).await
    }

    async fn save_cleanup(&self, record: &CleanupRecord) -> Result<(), Failure> {
        let action = "saving where the cleanup stands";
        let put =
            self.client.put_item().table_name(&self.table).set_item(Some(attributes(action, &cleanup_key(), record)?));
        let before = record.version.saturating_sub(1);
        let put = if before == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :before")
                .expression_attribute_values(":before", AttributeValue::N(before.to_string()))
        };
        match put.send().await.map_err(|error| cause(&error)) {
            Ok(_) => Ok(()),
            // The SDK repeats a write whose answer is lost, and is refused because of its own first one.
            Err(Cause::Superseded) => match self.cleanup().await? {
                Some(stored) if stored == *record => Ok(()),
                _ => Err(Failure::new(action, Cause::Superseded)),
            },
            Err(cause) => Err(Failure::new(action, cause)),
        }
    }
}
