use std::fmt;

/// A text about a person. It has no `Display`, and its `Debug` shows only its length, so that it cannot reach a log line
/// by accident; whoever means to show it says [`expose`](Self::expose).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Personal(Box<str>);

impl Personal {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Takes the text trimmed; `None` when nothing is left. Blank and missing are the same to this integration.
    #[must_use]
    pub fn trimmed(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} characters>", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::Personal;

    #[test]
    fn debug_output_does_not_show_the_text() {
        let shown = format!("{:?}", Personal::new("Ólafsdóttir"));
        assert_eq!(shown, "<11 characters>");
    }

    #[test]
    fn blank_is_missing_and_the_rest_is_trimmed() {
        assert_eq!(Personal::trimmed(" \t\u{a0} "), None);
        assert_eq!(Personal::trimmed("  QA Lead "), Some(Personal::new("QA Lead")));
    }
}
