use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::{AccountId, DirectoryUserId};
use crate::failure::{Cause, Failure};
use crate::ports::{Trace, Traces, TracesWrite};

use super::Ledger;
use super::failure::cause;
use super::links::LinkItem;
use super::table::{Item, KEYS, Key, SK, item_key};

/// A person has two keys.
const PEOPLE: usize = KEYS / 2;
const LINK: &str = "link";
const LOOK: &str = "look";

#[derive(Deserialize)]
struct LookItem {
    #[serde(default)]
    link_announced: bool,
    /// Microseconds since 1970.
    #[serde(default)]
    lease_until: Option<i64>,
}

fn key(user: DirectoryUserId, sk: &str) -> Item {
    item_key(format!("user#{user}"), sk)
}

fn read(item: Item, traces: &mut HashMap<DirectoryUserId, Trace>) -> Result<(), serde_dynamo::Error> {
    let Key { pk, sk } = serde_dynamo::from_item(item.clone())?;
    let Some(user) = pk.strip_prefix("user#").and_then(|user| DirectoryUserId::parse(user).ok()) else {
        return Ok(());
    };
    let trace = traces.entry(user).or_default();
    if sk == LINK {
        trace.link = Some(serde_dynamo::from_item::<_, LinkItem>(item)?.into());
    } else {
        let look: LookItem = serde_dynamo::from_item(item)?;
        trace.announced = look.link_announced;
        trace.held_until = look.lease_until.and_then(|until| Timestamp::from_microsecond(until).ok());
    }
    Ok(())
}

impl Ledger {
    async fn traces_of(
        &self,
        users: &[DirectoryUserId],
        traces: &mut HashMap<DirectoryUserId, Trace>,
    ) -> Result<(), Failure> {
        let action = "reading which links are ours";
        let keys = users.iter().flat_map(|&user| [key(user, LINK), key(user, LOOK)]).collect();
        for item in self.get_many(action, &self.table, keys).await? {
            read(item, traces).map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))?;
        }
        Ok(())
    }
}

impl Traces for Ledger {
    async fn traces(&self, users: &[DirectoryUserId]) -> Result<HashMap<DirectoryUserId, Trace>, Failure> {
        let mut users = users.to_vec();
        // A key that is asked for twice in one call is refused.
        users.sort_unstable();
        users.dedup();
        let mut traces = HashMap::new();
        for users in users.chunks(PEOPLE) {
            self.traces_of(users, &mut traces).await?;
        }
        Ok(traces)
    }

    async fn links_left(&self) -> Result<u64, Failure> {
        let mut links = 0;
        let mut from = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .select(Select::Count)
                .filter_expression("#sk = :link")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":link", AttributeValue::S(LINK.to_owned()))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| Failure::new("counting the links of ours", cause(&error)))?;
            links += u64::try_from(page.count).unwrap_or_default();
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(links);
            }
        }
    }
}

impl TracesWrite for Ledger {
    async fn forget_link(&self, user: DirectoryUserId, account: &AccountId) -> Result<(), Failure> {
        let failed = |cause| Failure::new(format!("forgetting the link of directory user {user}"), cause);
        let account: AttributeValue = serde_dynamo::to_attribute_value(account)
            .map_err(|error: serde_dynamo::Error| failed(Cause::Unreadable(error.to_string())))?;
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(user, LINK)))
            .condition_expression("attribute_not_exists(pk) OR account_id = :account")
            .expression_attribute_values(":account", account)
            .send()
            .await;
        match deleted.map_err(|error| cause(&error)) {
            Ok(_) | Err(Cause::Superseded) => Ok(()),
            Err(cause) => Err(failed(cause)),
        }
    }

    async fn forget_announcement(&self, user: DirectoryUserId) -> Result<(), Failure> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user, LOOK)))
            .update_expression("REMOVE link_announced")
            // Without it, an item would be made.
            .condition_expression("attribute_exists(pk)")
            .send()
            .await;
        match updated.map_err(|error| cause(&error)) {
            Ok(_) | Err(Cause::Superseded) => Ok(()),
            Err(cause) => {
                Err(Failure::new(format!("forgetting that a link of directory user {user} was announced"), cause))
            }
        }
    }
}
