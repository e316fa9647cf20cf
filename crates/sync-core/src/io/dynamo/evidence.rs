use aws_sdk_dynamodb::operation::delete_table::DeleteTableError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use crate::domain::DirectoryUserId;
use crate::evidence::{Hash, Stored};
use crate::failure::{Cause, Failure};
use crate::ports::Evidence;

use super::Ledger;
use super::failure::cause;
use super::table::{Item, PK, SK, item_key};

const TEXT: &str = "record";
const HASH: &str = "hash";

/// So many items are less than the 4 kB that one read unit takes.
const FEW: i32 = 5;

fn is_numbered(item: &Item) -> bool {
    let key = item.get(SK).and_then(|key| key.as_s().ok());
    key.is_some_and(|key| key.len() == 10 && key.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Ten digits, so that the texts sort as the numbers do.
pub(super) fn place(number: u64) -> String {
    format!("{number:010}")
}

fn item(record: &Stored) -> Item {
    let mut item = item_key(record.user.to_string(), place(record.number));
    item.insert(TEXT.to_owned(), AttributeValue::S(record.text.clone()));
    item.insert(HASH.to_owned(), AttributeValue::B(Blob::new(record.hash.as_bytes())));
    item
}

/// What an item holds; none where it is no record.
pub(super) fn stored(item: &Item) -> Option<Stored> {
    if !is_numbered(item) {
        return None;
    }
    Some(Stored {
        user: DirectoryUserId::parse(item.get(PK)?.as_s().ok()?).ok()?,
        number: item.get(SK)?.as_s().ok()?.parse().ok()?,
        text: item.get(TEXT)?.as_s().ok()?.clone(),
        hash: Hash::from_stored(item.get(HASH)?.as_b().ok()?.as_ref())?,
    })
}

impl Ledger {
    pub(super) fn evidence_table(&self, action: &str) -> Result<&str, Failure> {
        self.evidence.as_deref().ok_or_else(|| {
            let advice = "EVIDENCE_TABLE is not set: it has to name the table of the evidence".into();
            Failure::new(action.to_owned(), Cause::Forbidden { advice })
        })
    }

    /// Deletes the table of the evidence; one that is gone is no error. For a removal that is to leave nothing.
    ///
    /// # Errors
    /// What DynamoDB says.
    pub async fn discard_evidence(&self) -> Result<(), Failure> {
        let action = "deleting the table of the evidence";
        let deleted = self.client.delete_table().table_name(self.evidence_table(action)?).send().await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(DeleteTableError::is_resource_not_found_exception) => {
                Ok(())
            }
            Err(error) => Err(Failure::new(action, cause(&error))),
        }
    }
}

impl Evidence for Ledger {
    async fn last(&self, user: DirectoryUserId) -> Result<Option<Stored>, Failure> {
        let action = format!("reading the evidence of directory user {user}");
        let found = self
            .query(self.evidence_table(&action)?, &user.to_string())
            .scan_index_forward(false)
            // More than one, at the same price: whatever else somebody has put there keeps nobody from being written.
            .limit(FEW)
            .send()
            .await
            .map_err(|error| Failure::new(action.clone(), cause(&error)))?;
        let Some(last) = found.items().iter().find(|item| is_numbered(item)) else { return Ok(None) };
        let unreadable = || Failure::new(action, Cause::Inconsistent("its last record is no record".to_owned()));
        stored(last).map(Some).ok_or_else(unreadable)
    }

    async fn append(&self, record: &Stored) -> Result<(), Failure> {
        let action = format!("putting record {} of directory user {} on record", record.number, record.user);
        let item = item(record);
        let put = self
            .client
            .put_item()
            .table_name(self.evidence_table(&action)?)
            .set_item(Some(item.clone()))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(()) };
        match error.as_service_error() {
            // The SDK has repeated a call whose answer was lost.
            Some(PutItemError::ConditionalCheckFailedException(refused)) if refused.item() == Some(&item) => Ok(()),
            Some(PutItemError::ConditionalCheckFailedException(_)) => Err(Failure::new(action, Cause::Busy)),
            _ => Err(Failure::new(action, cause(&error))),
        }
    }
}
