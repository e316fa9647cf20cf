use std::collections::HashMap;

use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::domain::DirectoryUserId;
use crate::evidence::{Hash, Head, Stored};
use crate::failure::{Cause, Failure};
use crate::ports::{EvidenceRead, HeadsPage, PageLink, RecordsPage};

use super::Ledger;
use super::evidence::{Item, place, stored};
use super::failure::cause;
use super::table::{PK, SK};

/// A `BatchGetItem` takes 100 keys (DynamoDB docs: `BatchGetItem`).
const KEYS: usize = 100;
/// How often keys are asked for again that DynamoDB left unprocessed. The SDK waits where all of them were.
const ROUNDS: usize = 20;

/// A key of an item; ids hold no space.
fn link(key: Option<Item>) -> Option<PageLink> {
    let key = key?;
    let part = |name: &str| key.get(name)?.as_s().ok().cloned();
    Some(PageLink(format!("{} {}", part(PK)?, part(SK)?)))
}

fn key(pk: &str, sk: AttributeValue) -> Item {
    HashMap::from([(PK.to_owned(), AttributeValue::S(pk.to_owned())), (SK.to_owned(), sk)])
}

fn from(scan: ScanFluentBuilder, link: Option<&PageLink>) -> ScanFluentBuilder {
    let Some((pk, sk)) = link.and_then(|link| link.0.split_once(' ')) else { return scan };
    scan.set_exclusive_start_key(Some(key(pk, AttributeValue::S(sk.to_owned()))))
}

fn name(item: &Item) -> String {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    format!("{} {}", part(PK), part(SK))
}

impl EvidenceRead for Ledger {
    async fn chain(&self, user: DirectoryUserId) -> Result<Vec<Stored>, Failure> {
        let action = format!("reading the evidence of directory user {user}");
        let failed = |cause| Failure::new(action.clone(), cause);
        let mut items = self
            .client
            .query()
            .table_name(self.evidence_table(&action)?)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", AttributeValue::S(user.to_string()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut chain = Vec::new();
        while let Some(item) = items.try_next().await.map_err(|error| failed(cause(&error)))? {
            // What is no record any more is missing from the chain, and found so.
            chain.extend(stored(&item));
        }
        Ok(chain)
    }

    async fn records(&self, link_from: Option<&PageLink>) -> Result<RecordsPage, Failure> {
        let action = "reading the evidence";
        let scan = self.client.scan().table_name(self.evidence_table(action)?).consistent_read(true);
        let page = from(scan, link_from).send().await.map_err(|error| Failure::new(action, cause(&error)))?;
        let mut records = RecordsPage { next: link(page.last_evaluated_key), ..RecordsPage::default() };
        for item in page.items.unwrap_or_default() {
            match stored(&item) {
                Some(record) => records.records.push(record),
                None => records.strangers.push(name(&item)),
            }
        }
        Ok(records)
    }

    async fn kept_heads(&self, link_from: Option<&PageLink>) -> Result<HeadsPage, Failure> {
        let action = "reading where the evidence of people ends";
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("attribute_exists(evidence)")
            .projection_expression("pk, evidence")
            .consistent_read(true);
        let page = from(scan, link_from).send().await.map_err(|error| Failure::new(action, cause(&error)))?;
        let head = |item: &Item| {
            let user = item.get(PK)?.as_s().ok()?.strip_prefix("user#")?;
            Some((DirectoryUserId::parse(user).ok()?, Head::from_stored(item.get("evidence")?.as_s().ok()?)?))
        };
        let mut heads = HeadsPage { next: link(page.last_evaluated_key), ..HeadsPage::default() };
        for item in page.items.unwrap_or_default() {
            let unreadable = || Failure::new(action, Cause::Inconsistent(format!("that of {} is none", name(&item))));
            heads.heads.push(head(&item).ok_or_else(unreadable)?);
        }
        Ok(heads)
    }

    async fn hashes(&self, ends: &[(DirectoryUserId, u64)]) -> Result<HashMap<(DirectoryUserId, u64), Hash>, Failure> {
        let action = "reading the last records of people";
        let failed = |cause| Failure::new(action, cause);
        let table = self.evidence_table(action)?;
        let mut hashes = HashMap::new();
        for ends in ends.chunks(KEYS) {
            let keys = ends.iter().map(|(user, number)| key(&user.to_string(), place(*number))).collect();
            let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys)).build();
            let keys = keys.map_err(|error| failed(Cause::Unreadable(error.to_string())))?;
            let mut asked = HashMap::from([(table.to_owned(), keys)]);
            for _ in 0..ROUNDS {
                let answer = self.client.batch_get_item().set_request_items(Some(asked)).send().await;
                let answer = answer.map_err(|error| failed(cause(&error)))?;
                let items = answer.responses.unwrap_or_default().into_values().flatten();
                let records = items.filter_map(|item| stored(&item));
                hashes.extend(records.map(|record| ((record.user, record.number), record.hash)));
                asked = answer.unprocessed_keys.unwrap_or_default();
                if asked.is_empty() {
                    break;
                }
            }
            if !asked.is_empty() {
                return Err(failed(Cause::Throttled { retry_after: None }));
            }
        }
        Ok(hashes)
    }
}
