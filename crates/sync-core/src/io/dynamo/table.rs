use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, KeysAndAttributes, ScalarAttributeType,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::{Cause, Failure};

use super::failure::cause;

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";

/// The keys that a `BatchGetItem` takes (DynamoDB docs: `BatchGetItem`).
pub(super) const KEYS: usize = 100;
/// How often keys are asked for again that DynamoDB left unprocessed. The SDK waits where all of them were.
const ROUNDS: usize = 20;

/// An item, as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An item's key, as the SDK wants it.
pub(super) fn item_key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    let text = AttributeValue::S;
    HashMap::from([(PK.to_owned(), text(pk.into())), (SK.to_owned(), text(sk.into()))])
}

/// The ledger's table.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) evidence: Option<String>,
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Ledger {
    /// The ledger in this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), evidence: None }
    }

    /// The same, with the table of the evidence: for whoever writes to ZenQMS, or reads what was written.
    #[must_use]
    pub fn with_evidence(self, table: impl Into<String>) -> Self {
        Self { evidence: Some(table.into()), ..self }
    }

    /// Makes the tables as the template makes them, for an embedded ledger; one that exists is left alone.
    pub async fn create_tables(&self) -> Result<(), Failure> {
        self.create_table(&self.table).await?;
        match &self.evidence {
            Some(table) => self.create_table(table).await,
            None => Ok(()),
        }
    }

    async fn create_table(&self, table: &str) -> Result<(), Failure> {
        let action = format!("creating table {table}");
        let attribute = |name: &str| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
        };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        let incomplete = |error: aws_sdk_dynamodb::error::BuildError| {
            Failure::new(action.clone(), Cause::Unreadable(error.to_string()))
        };
        let created = self
            .client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PK).map_err(incomplete)?)
            .attribute_definitions(attribute(SK).map_err(incomplete)?)
            .key_schema(key(PK, KeyType::Hash).map_err(incomplete)?)
            .key_schema(key(SK, KeyType::Range).map_err(incomplete)?)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_in_use_exception() => Ok(()),
            Err(error) => Err(Failure::new(action, cause(&error))),
        }
    }

    /// Reads an item as it was last written.
    pub(super) async fn get<I: DeserializeOwned>(&self, action: &str, key: &Key) -> Result<Option<I>, Failure> {
        let failed = |cause| Failure::new(action.to_owned(), cause);
        let GetItemOutput { item, .. } = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(key.pk.clone()))
            .key(SK, AttributeValue::S(key.sk.clone()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(cause(&error)))?;
        item.map(|item| {
            serde_dynamo::from_item(item).map_err(|error| {
                failed(Cause::Unreadable(format!("item {} {} of the ledger: {error}", key.pk, key.sk)))
            })
        })
        .transpose()
    }
}

impl Ledger {
    /// A question for a partition of this table, yet to be asked: as it was last written.
    pub(super) fn query(&self, table: &str, pk: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .consistent_read(true)
    }

    /// Those of these items of a table that are there, in any order; 100 keys at most, each of them once.
    pub(super) async fn get_many(&self, action: &str, table: &str, keys: Vec<Item>) -> Result<Vec<Item>, Failure> {
        let failed = |cause| Failure::new(action.to_owned(), cause);
        let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys)).build();
        let keys = keys.map_err(|error| failed(Cause::Unreadable(error.to_string())))?;
        let mut asked = HashMap::from([(table.to_owned(), keys)]);
        let mut items = Vec::new();
        for _ in 0..ROUNDS {
            let answer = self.client.batch_get_item().set_request_items(Some(asked)).send().await;
            let answer = answer.map_err(|error| failed(cause(&error)))?;
            items.extend(answer.responses.unwrap_or_default().into_values().flatten());
            asked = answer.unprocessed_keys.unwrap_or_default();
            if asked.is_empty() {
                return Ok(items);
            }
        }
        Err(failed(Cause::Throttled { retry_after: None }))
    }

    /// All items of a partition, in the order of their sort keys.
    pub(super) async fn partition<I: DeserializeOwned>(&self, action: &str, pk: &str) -> Result<Vec<I>, Failure> {
        let failed = |cause| Failure::new(action.to_owned(), cause);
        let query = self.query(&self.table, pk);
        let mut items = Vec::new();
        let mut from = None;
        // Not by the SDK's paginator, which is ten times as much code: a handler has to fit.
        loop {
            let page = query.clone().set_exclusive_start_key(from).send().await;
            let page = page.map_err(|error| failed(cause(&error)))?;
            for item in page.items.unwrap_or_default() {
                let item = serde_dynamo::from_item(item)
                    .map_err(|error| failed(Cause::Unreadable(format!("partition {pk} of the ledger: {error}"))))?;
                items.push(item);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// A change of an item, yet to be said.
    pub(super) fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        let Key { pk, sk } = key.clone();
        let update = self.client.update_item().table_name(&self.table);
        update.key(PK, AttributeValue::S(pk)).key(SK, AttributeValue::S(sk))
    }

    /// Writes an item over whatever stands there.
    pub(super) async fn put<I: Serialize>(&self, action: &str, key: &Key, item: &I) -> Result<(), Failure> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(action, key, item)?))
            .send()
            .await
            .map(drop)
            .map_err(|error| Failure::new(action.to_owned(), cause(&error)))
    }

    /// Removes an item; one that is not there is no error.
    pub(super) async fn delete(&self, action: &str, key: &Key) -> Result<(), Failure> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(key.pk.clone()))
            .key(SK, AttributeValue::S(key.sk.clone()))
            .send()
            .await
            .map(drop)
            .map_err(|error| Failure::new(action.to_owned(), cause(&error)))
    }
}

/// An item with its key.
#[derive(Serialize)]
pub(super) struct Keyed<'a, I> {
    pk: &'a str,
    sk: &'a str,
    #[serde(flatten)]
    item: &'a I,
}

/// The attributes of an item, its key among them.
pub(super) fn attributes<I: Serialize>(action: &str, key: &Key, item: &I) -> Result<Item, Failure> {
    serde_dynamo::to_item(Keyed { pk: &key.pk, sk: &key.sk, item })
        .map_err(|error| Failure::new(action.to_owned(), Cause::Unreadable(error.to_string())))
}
