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

impl Ledger {
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
