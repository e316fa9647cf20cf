use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::GroupTree;
use crate::failure::{Cause, Failure};
use crate::ports::{Comparisons, DeltaLink, DeltaLinks, DeltaRecords, GroupTrees, KeptLinks, LastSweep};

use super::Ledger;
use super::failure::cause;
use super::table::{Key, PK, SK, attributes};

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct LinksItem {
    users: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    groups: Option<String>,
    version: u64,
    kept_at: Timestamp,
}

/// As JSON text: it is read and written whole.
#[derive(Serialize, Deserialize)]
struct TreeItem {
    tree: String,
}

fn links_key() -> Key {
    Key { pk: "sweep".to_owned(), sk: "links".to_owned() }
}

fn tree_key() -> Key {
    Key { pk: "mapping".to_owned(), sk: "tree".to_owned() }
}

const READING_LINKS: &str = "reading where the sweep goes on";

impl DeltaRecords for Ledger {
    async fn links(&self) -> Result<Option<KeptLinks>, Failure> {
        let item: Option<LinksItem> = self.get(READING_LINKS, &links_key()).await?;
        Ok(item.map(|item| KeptLinks {
            links: DeltaLinks { users: DeltaLink(item.users), groups: item.groups.map(DeltaLink) },
            version: item.version,
        }))
    }

    async fn keep_links(&self, links: &DeltaLinks, instead_of: u64, now: Timestamp) -> Result<(), Failure> {
        let action = "keeping where the sweep goes on";
        let item = LinksItem {
            users: links.users.0.clone(),
            groups: links.groups.as_ref().map(|link| link.0.clone()),
            version: instead_of + 1,
            kept_at: now,
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(attributes(action, &links_key(), &item)?));
        let put = if instead_of == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :before")
                .expression_attribute_values(":before", AttributeValue::N(instead_of.to_string()))
        };
        match put.send().await.map_err(|error| cause(&error)) {
            Ok(_) => Ok(()),
            // The SDK repeats a write whose answer is lost, and is refused because of its own first one.
            Err(Cause::Superseded) => match self.get::<LinksItem>(READING_LINKS, &links_key()).await? {
                Some(stored) if stored == item => Ok(()),
                _ => Err(Failure::new(action, Cause::Superseded)),
            },
            Err(cause) => Err(Failure::new(action, cause)),
        }
    }
}

impl LastSweep for Ledger {
    async fn last_sweep(&self) -> Result<Option<Timestamp>, Failure> {
        let item: Option<LinksItem> = self.get("reading when the last sweep was", &links_key()).await?;
        Ok(item.map(|item| item.kept_at))
    }
}

#[derive(Serialize, Deserialize)]
struct OwedItem {
    /// Microseconds since 1970: as a text, times would not compare.
    since: i64,
}

fn owed_key() -> Key {
    Key { pk: "sweep".to_owned(), sk: "owed".to_owned() }
}

impl Comparisons for Ledger {
    async fn owe(&self, now: Timestamp) -> Result<(), Failure> {
        let item = OwedItem { since: now.as_microsecond() };
        self.put("noting that everything has to be compared", &owed_key(), &item).await
    }

    async fn owed(&self) -> Result<Option<Timestamp>, Failure> {
        let item: Option<OwedItem> = self.get("looking whether everything has to be compared", &owed_key()).await?;
        Ok(item.and_then(|item| Timestamp::from_microsecond(item.since).ok()))
    }

    async fn compared(&self, began: Timestamp) -> Result<(), Failure> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(owed_key().pk))
            .key(SK, AttributeValue::S(owed_key().sk))
            .condition_expression("attribute_not_exists(pk) OR since <= :began")
            .expression_attribute_values(":began", AttributeValue::N(began.as_microsecond().to_string()))
            .send()
            .await;
        match deleted.map_err(|error| cause(&error)) {
            // Somebody has noted since that it has to be done again.
            Ok(_) | Err(Cause::Superseded) => Ok(()),
            Err(cause) => Err(Failure::new("noting that everything was compared", cause)),
        }
    }
}

impl Ledger {
    pub(super) async fn forget_tree(&self) -> Result<(), Failure> {
        self.delete("forgetting which groups stand below the mapped ones", &tree_key()).await
    }
}

impl GroupTrees for Ledger {
    async fn tree(&self) -> Result<Option<GroupTree>, Failure> {
        let action = "reading which groups stand below the mapped ones";
        let Some(item) = self.get::<TreeItem>(action, &tree_key()).await? else {
            return Ok(None);
        };
        let unreadable = |error: serde_json::Error| Failure::new(action, Cause::Unreadable(error.to_string()));
        serde_json::from_str(&item.tree).map(Some).map_err(unreadable)
    }

    async fn keep_tree(&self, tree: &GroupTree) -> Result<(), Failure> {
        let action = "keeping which groups stand below the mapped ones";
        let tree =
            serde_json::to_string(tree).map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))?;
        self.put(action, &tree_key(), &TreeItem { tree }).await
    }
}
