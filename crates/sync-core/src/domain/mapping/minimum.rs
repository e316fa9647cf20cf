use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::Mapping;

/// How many holders a role must keep, as the administrator wrote it: roles by id or exact name.
///
/// ```json
/// {"<role id or exact role name>": 2, ...}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MinimumHolders(pub(super) BTreeMap<String, u32>);

/// Minimum holders that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be read: {reason}; expected {{\"<role id or exact role name>\": <number of people>, ...}}")]
pub struct MinimumError {
    reason: String,
}

impl MinimumHolders {
    /// No role must keep more holders: each of them may be looked up when one is to lose it.
    pub const MOST: u32 = 50;

    /// Reads the setting's JSON. An empty text and an empty object both mean: no role has to keep holders.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(json: &str) -> Result<Self, MinimumError> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(json).map_err(|error| MinimumError { reason: error.to_string() })
    }

    /// Those of a mapping that is worked by.
    #[must_use]
    pub fn of(mapping: &Mapping) -> Self {
        Self(mapping.minimum_holders().map(|(role, least)| (role.to_string(), least)).collect())
    }
}

impl<'de> Deserialize<'de> for MinimumHolders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl<'de> de::Visitor<'de> for Numbers {
            type Value = MinimumHolders;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a role's id or name for each key")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<MinimumHolders, A::Error> {
                let mut roles = BTreeMap::new();
                while let Some((role, least)) = map.next_entry::<String, u32>()? {
                    let refused = |why: &str| Err(de::Error::custom(format!("role `{role}` {why}")));
                    if least == 0 || least > MinimumHolders::MOST {
                        return refused(&format!("must keep between 1 and {} holders", MinimumHolders::MOST));
                    }
                    // A parser that keeps the last of two equal keys would silently keep fewer.
                    if roles.contains_key(&role) {
                        return refused("stands there twice");
                    }
                    roles.insert(role, least);
                }
                Ok(MinimumHolders(roles))
            }
        }
        deserializer.deserialize_map(Numbers)
    }
}
