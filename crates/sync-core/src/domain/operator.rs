use serde::{Deserialize, Serialize};

/// Who has asked for something, as AWS knows him: an ARN. The operator's command says so, and nobody proves it; who may put
/// work on the queues is up to the rights in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Operator(String);

impl Operator {
    /// An ARN has no more characters (AWS IAM: `arnType`).
    const MOST: usize = 2_048;

    /// The first 2,048 characters of a name, for it goes onto records that have limits of their own; a `?` for whatever no ARN
    /// has, for it comes from a queue and is shown on terminals.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let graphic = |one: char| if one.is_ascii_graphic() { one } else { '?' };
        Self(name.chars().take(Self::MOST).map(graphic).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_arn_can_do_nothing_to_a_terminal_or_a_record() {
        let ada = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1/ada@example.com";
        assert_eq!(Operator::new(ada).as_str(), ada);
        assert_eq!(Operator::new("arn: \u{1b}[2K\u{202e}x").as_str(), "arn:??[2K?x");
        let long: Operator = serde_json::from_str(&format!("\"{}\"", "x".repeat(1_000_000))).unwrap();
        assert_eq!(long.as_str().len(), 2_048);
    }
}
