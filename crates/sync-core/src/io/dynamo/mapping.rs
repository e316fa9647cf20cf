use serde::{Deserialize, Serialize};

use crate::domain::Mapping;
use crate::failure::Failure;

use super::Ledger;
use super::table::Key;

const SCHEMA: u32 = 1;

/// As JSON text, because it is read and written whole, and a text shows in the console as it is.
#[derive(Serialize, Deserialize)]
struct MappingItem {
    schema: u32,
    mapping: String,
}

fn key() -> Key {
    Key { pk: "mapping".to_owned(), sk: "current".to_owned() }
}

/// Settings that were checked and found good, with the mapping as it was found then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The settings as the stack wrote them.
    pub properties: String,
    /// What the mapping among them meant.
    pub mapping: Mapping,
}

#[derive(Serialize, Deserialize)]
struct AcceptedItem {
    properties: String,
    mapping: String,
}

const ACCEPTED: [&str; 2] = ["accepted", "accepted-before"];

impl Ledger {
    /// The settings that were accepted last, and those before: what a rollback asks for.
    pub async fn accepted(&self) -> Result<Vec<Accepted>, Failure> {
        let action = "reading which settings were accepted";
        let mut accepted = Vec::new();
        for place in ACCEPTED {
            let key = Key { pk: "mapping".to_owned(), sk: place.to_owned() };
            if let Some(item) = self.get::<AcceptedItem>(action, &key).await? {
                let mapping = serde_json::from_str(&item.mapping)
                    .map_err(|error| Failure::new(action, crate::failure::Cause::Unreadable(error.to_string())))?;
                accepted.push(Accepted { properties: item.properties, mapping });
            }
        }
        Ok(accepted)
    }

    /// Keeps which settings were accepted, in the place of `last`, which become those before.
    pub async fn accept(&self, accepted: &Accepted, last: Option<&Accepted>) -> Result<(), Failure> {
        let [now, before] = ACCEPTED;
        if let Some(last) = last.filter(|last| last.properties != accepted.properties) {
            self.put_accepted(before, last).await?;
        }
        self.put_accepted(now, accepted).await?;
        self.keep_mapping(&accepted.mapping).await
    }

    async fn put_accepted(&self, place: &str, accepted: &Accepted) -> Result<(), Failure> {
        let action = "keeping which settings were accepted";
        let mapping = serde_json::to_string(&accepted.mapping)
            .map_err(|error| Failure::new(action, crate::failure::Cause::Unreadable(error.to_string())))?;
        let item = AcceptedItem { properties: accepted.properties.clone(), mapping };
        self.put(action, &Key { pk: "mapping".to_owned(), sk: place.to_owned() }, &item).await
    }

    /// The mapping as it was last resolved; an empty one if there was none yet.
    pub async fn mapping(&self) -> Result<Mapping, Failure> {
        let action = "reading the mapping";
        let Some(item) = self.get::<MappingItem>(action, &key()).await? else {
            return Ok(Mapping::default());
        };
        serde_json::from_str(&item.mapping)
            .map_err(|error| Failure::new(action, crate::failure::Cause::Unreadable(error.to_string())))
    }

    /// Keeps a resolved mapping. The last one stands: it is written by the stack alone, once per deployment.
    pub async fn keep_mapping(&self, mapping: &Mapping) -> Result<(), Failure> {
        let action = "keeping the mapping";
        let mapping = serde_json::to_string(mapping)
            .map_err(|error| Failure::new(action, crate::failure::Cause::Unreadable(error.to_string())))?;
        self.put(action, &key(), &MappingItem { schema: SCHEMA, mapping }).await?;
        // Which groups stand below the mapped ones has to be read anew.
        self.forget_tree().await
    }
}
