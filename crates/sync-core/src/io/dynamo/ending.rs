use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde::Deserialize;

use crate::failure::{Cause, Failure};
use crate::ports::{Cleanups, Ending, EndingWrite, FirstApproval, Marks};
use crate::run::CleanupRecord;

use super::Ledger;
use super::failure::cause;
use super::table::{Key, attributes};

/// Both marks are one item: every batch reads them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MarksItem {
    since: Option<Timestamp>,
    waiting: Option<Timestamp>,
}

fn marks_key() -> Key {
    Key { pk: "integration".to_owned(), sk: "ending".to_owned() }
}

fn cleanup_key() -> Key {
    Key { pk: "integration".to_owned(), sk: "cleanup".to_owned() }
}

impl Ending for Ledger {
    async fn marks(&self) -> Result<Marks, Failure> {
        let item: Option<MarksItem> = self.get("looking whether anything may be written", &marks_key()).await?;
        let MarksItem { since, waiting } = item.unwrap_or_default();
        Ok(Marks { ending: since, waiting })
    }
}

impl EndingWrite for Ledger {
    async fn end(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        let marked = self.mark("marking the integration as being removed", "since", now).await?;
        Ok(marked.since.unwrap_or(now))
    }

    async fn resume(&self) -> Result<(), Failure> {
        self.lift("lifting the mark that the integration is being removed", "since").await
    }
}

impl FirstApproval for Ledger {
    async fn wait_for_plan(&self, now: Timestamp) -> Result<(), Failure> {
        self.mark("marking the integration as waiting for its first approved run", "waiting", now).await.map(drop)
    }

    async fn stop_waiting(&self) -> Result<(), Failure> {
        self.lift("lifting the mark that the integration waits for its first approved run", "waiting").await
    }
}

impl Ledger {
    async fn mark(&self, action: &'static str, which: &str, now: Timestamp) -> Result<MarksItem, Failure> {
        let failed = |cause| Failure::new(action, cause);
        let updated = self
            .update(&marks_key())
            .update_expression(format!("SET {which} = if_not_exists({which}, :now)"))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| failed(cause(&error)))?;
        serde_dynamo::from_item(updated.attributes.unwrap_or_default())
            .map_err(|error: serde_dynamo::Error| failed(Cause::Unreadable(error.to_string())))
    }

    /// Lifts one mark and leaves the other. Where it is not set no item is made.
    async fn lift(&self, action: &'static str, which: &str) -> Result<(), Failure> {
        let lifted = self
            .update(&marks_key())
            .update_expression(format!("REMOVE {which}"))
            .condition_expression(format!("attribute_exists({which})"))
            .send()
            .await;
        match lifted.map_err(|error| cause(&error)) {
            Ok(_) | Err(Cause::Superseded) => Ok(()),
            Err(cause) => Err(Failure::new(action, cause)),
        }
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
