use std::collections::HashMap;

use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;

use crate::domain::DirectoryUserId;
use crate::evidence::{Hash, Head, Stored};
use crate::failure::{Cause, Failure};
use crate::ports::{EvidenceRead, HeadsPage, PageLink, RecordsPage};

use super::Ledger;
use super::evidence::{place, stored};
use super::failure::cause;
use super::table::{Item, KEYS, PK, SK, item_key};

/// A key of an item; ids hold no space.
fn link(key: Option<Item>) -> Option<PageLink> {
    let key = key?;
    let part = |name: &str| key.get(name)?.as_s().ok().cloned();
    Some(PageLink(format!("{} {}", part(PK)?, part(SK)?)))
}

fn from(scan: ScanFluentBuilder, link: Option<&PageLink>) -> ScanFluentBuilder {
    let Some((pk, sk)) = link.and_then(|link| link.0.split_once(' ')) else { return scan };
    scan.set_exclusive_start_key(Some(item_key(pk, sk)))
}

fn name(item: &Item) -> String {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    format!("{} {}", part(PK), part(SK))
}

impl Ledger {
    /// A place among the ends of chains, in the order in which the table has them: another one for each id. A scan begins behind a
    /// key whether or not there is an item of it.
    #[must_use]
    pub fn among_heads(id: uuid::Uuid) -> PageLink {
        PageLink(format!("user#{id} look"))
    }
}

impl EvidenceRead for Ledger {
    async fn chain(&self, user: DirectoryUserId) -> Result<Vec<Stored>, Failure> {
        let action = format!("reading the evidence of directory user {user}");
        let failed = |cause| Failure::new(action.clone(), cause);
        let query = self.query(self.evidence_table(&action)?, &user.to_string());
        let mut items = query.into_paginator().items().send();
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
        let table = self.evidence_table(action)?;
        let mut hashes = HashMap::new();
        for ends in ends.chunks(KEYS) {
            let keys = ends.iter().map(|(user, number)| item_key(user.to_string(), place(*number))).collect();
            let records = self.get_many(action, table, keys).await?.into_iter().filter_map(|item| stored(&item));
            hashes.extend(records.map(|record| ((record.user, record.number), record.hash)));
        }
        Ok(hashes)
    }
}
