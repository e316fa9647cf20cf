use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// The tokens that were issued.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: HashMap<String, Token>,
}

#[derive(Debug)]
struct Token {
    ends: Duration,
    permissions: BTreeSet<String>,
}

impl Tokens {
    pub(crate) fn issue(&mut self, text: String, ends: Duration, permissions: BTreeSet<String>) {
        self.issued.insert(text, Token { ends, permissions });
    }

    /// The permissions that a token carries; `None` for one that is not, or no longer, good.
    pub(crate) fn permissions(&self, text: &str, running: Duration) -> Option<&BTreeSet<String>> {
        self.issued.get(text).filter(|token| running < token.ends).map(|token| &token.permissions)
    }

    pub(crate) fn revoke_all(&mut self) {
        self.issued.clear();
    }
}
