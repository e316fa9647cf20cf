use std::collections::BTreeMap;
use std::str::FromStr;

/// The settings, as this process was given them.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// A setting that is missing or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {variable} {problem}")]
pub struct SettingsError {
    variable: &'static str,
    problem: String,
}

impl SettingsError {
    /// What is wrong with a variable.
    pub fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self { variable, problem: problem.into() }
    }

    /// Which variable it is.
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        self.variable
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl Environment {
    /// The process's; what is no text is as good as not set.
    #[must_use]
    pub fn of_process() -> Self {
        let texts =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(texts.collect())
    }

    /// A text; a blank one is as good as none.
    #[must_use]
    pub fn text(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A text that has to be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn required(&self, variable: &'static str) -> Result<&str, SettingsError> {
        self.text(variable).ok_or_else(|| SettingsError::new(variable, "is not set"))
    }

    /// A value; `None` when the variable is not set.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value<V: FromStr<Err: std::fmt::Display>>(
        &self,
        variable: &'static str,
    ) -> Result<Option<V>, SettingsError> {
        let parse = |text: &str| {
            text.parse().map_err(|error| SettingsError::new(variable, format!("is set to `{text}`: {error}")))
        };
        self.text(variable).map(parse).transpose()
    }

    /// A yes or no.
    ///
    /// # Errors
    /// When it is neither.
    pub fn switch(&self, variable: &'static str, otherwise: bool) -> Result<bool, SettingsError> {
        match self.text(variable) {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(text) => Err(SettingsError::new(variable, format!("is set to `{text}`; expected true or false"))),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Values may be secrets: only the names are shown.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use sync_core::io::graph::Cloud;

    use super::*;
    use crate::variable::{ENTRA_CLOUD, LEDGER_TABLE, NESTED_GROUPS};

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_what_is_expected() {
        let environment: Environment =
            [(ENTRA_CLOUD, "Mars"), (NESTED_GROUPS, "yes"), (LEDGER_TABLE, "  ")].into_iter().collect();
        let texts = [
            environment.value::<Cloud>(ENTRA_CLOUD).unwrap_err().to_string(),
            environment.switch(NESTED_GROUPS, true).unwrap_err().to_string(),
            environment.required(LEDGER_TABLE).unwrap_err().to_string(),
        ];
        assert_eq!(
            texts,
            [
                "the environment variable ENTRA_CLOUD is set to `Mars`: `Mars` is no cloud; expected Global, UsGov, UsGovDod \
                 or China",
                "the environment variable NESTED_GROUPS is set to `yes`; expected true or false",
                "the environment variable LEDGER_TABLE is not set",
            ]
        );
    }

    #[test]
    fn what_is_not_set_is_as_it_always_was() {
        let environment = Environment::default();
        assert_eq!(environment.value::<Cloud>(ENTRA_CLOUD), Ok(None));
        assert_eq!(environment.switch(NESTED_GROUPS, true), Ok(true));
        assert_eq!(format!("{environment:?}"), "[]");
    }
}
