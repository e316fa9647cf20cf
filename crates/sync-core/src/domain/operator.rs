use serde::{Deserialize, Serialize};

/// Who has asked for something, as AWS knows him: an ARN. The operator's command says so, and nobody proves it; who may put
/// work on the queues is up to the rights in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Operator(String);

impl Operator {
    /// An ARN has no more characters (AWS IAM: `arnType`).
    const MOST: usize = 2_048;

    /// The first 2,048 characters of a name: it goes onto queues and records, which have limits of their own.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.chars().take(Self::MOST).collect())
    }

    /// His name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Operator {
    fn from(name: String) -> Self {
        Self::new(&name)
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
