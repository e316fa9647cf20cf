use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{AccountId, DirectoryUserId};
use crate::failure::{Cause, Failure};
use crate::ports::Links;
use crate::run::{Link, RunId};

use super::Ledger;
use super::failure::cause;
use super::table::{Key, attributes};

#[derive(Serialize, Deserialize)]
pub(super) struct LinkItem {
    account_id: AccountId,
    external_id: DirectoryUserId,
    set_at: Timestamp,
    set_by: RunId,
}

impl From<LinkItem> for Link {
    fn from(item: LinkItem) -> Self {
        Self { user: item.external_id, account: item.account_id, set_at: item.set_at, set_by: item.set_by }
    }
}

fn key(user: DirectoryUserId) -> Key {
    Key { pk: format!("user#{user}"), sk: "link".to_owned() }
}

impl Links for Ledger {
    async fn record(&self, link: &Link) -> Result<(), Failure> {
        let action = format!("recording the link of directory user {}", link.user);
        let item = LinkItem {
            account_id: link.account.clone(),
            external_id: link.user,
            set_at: link.set_at,
            set_by: link.set_by.clone(),
        };
        let account: AttributeValue = serde_dynamo::to_attribute_value(&link.account)
            .map_err(|error| Failure::new(action.clone(), Cause::Unreadable(error.to_string())))?;
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(&action, &key(link.user), &item)?))
            // The first record stands: who linked the person, and when, is not overwritten by whoever finds him linked.
            .condition_expression("attribute_not_exists(pk) OR account_id <> :account")
            .expression_attribute_values(":account", account)
            .send()
            .await;
        match written.map_err(|error| cause(&error)) {
            Ok(_) | Err(Cause::Superseded) => Ok(()),
            Err(cause) => Err(Failure::new(action, cause)),
        }
    }
}

impl Ledger {
    /// The link that this integration made for a person, if it made one.
    pub async fn link(&self, user: DirectoryUserId) -> Result<Option<Link>, Failure> {
        let item: Option<LinkItem> =
            self.get(&format!("reading the link of directory user {user}"), &key(user)).await?;
        Ok(item.map(Link::from))
    }
}
