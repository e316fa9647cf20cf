//! By what both services are reached: a deployed stack, or the settings that one would have.

use lambda_host::Flow;
use serde::Serialize;
use sync_core::domain::Mapping;
use sync_core::failure::Failure;

use crate::cli::{By, SourceOptions};
use crate::direct::Direct;
use crate::stack::{Stack, Whereabouts};
use crate::tables;

/// What a command that only reads asks.
pub(crate) enum Source {
    /// A deployed stack.
    Stack(Box<Stack>),
    /// Both services themselves.
    Direct(Box<Direct>),
}

/// Where a document is from.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Place {
    /// A stack.
    Stack(Whereabouts),
    /// Both services themselves.
    Settings {
        /// The file with the settings.
        settings: String,
    },
}

impl Place {
    /// The file with the settings, where there is no stack.
    pub(crate) fn settings(&self) -> Option<&str> {
        match self {
            Self::Stack(_) => None,
            Self::Settings { settings } => Some(settings),
        }
    }
}

impl Source {
    /// Finds the stack, or reads the settings.
    ///
    /// # Errors
    /// Why that cannot be done, with the cure.
    pub(crate) async fn find(options: &SourceOptions) -> anyhow::Result<Self> {
        Ok(match &options.by {
            By::Stack(options) => Self::Stack(Box::new(Stack::find(options).await?)),
            By::Settings(file) => {
                let direct = Direct::read(file)?;
                if let Some(file) = &direct.exposed {
                    tables::warning(&format!("{file} can be read by others on this machine: `chmod 600` it"));
                }
                Self::Direct(Box::new(direct))
            }
        })
    }

    /// What the flows work with, as they make it themselves. Without a stack the ledger is an empty one, and holds the mapping.
    ///
    /// # Errors
    /// Why it cannot be had, with the cure.
    pub(crate) async fn flow(&self) -> anyhow::Result<Flow> {
        match self {
            Self::Stack(stack) => stack.flow().await,
            // Boxed: it is large, and would stand on the stack of whoever polls it.
            Self::Direct(direct) => Box::pin(direct.flow()).await,
        }
    }

    /// The mapping by which the flows work, or would.
    ///
    /// # Errors
    /// Why it cannot be read, or would not be accepted.
    pub(crate) async fn mapping(&self) -> anyhow::Result<Mapping> {
        let kept = match self {
            Self::Stack(stack) => stack.ledger.mapping().await,
            Self::Direct(_) => self.flow().await?.mapping().await,
        };
        kept.map_err(|failure| self.explained(failure))
    }

    /// Whether there is a record of what was written and of what could not be.
    pub(crate) const fn is_recorded(&self) -> bool {
        matches!(self, Self::Stack(_))
    }

    /// Where what it tells is from.
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Stack(stack) => Place::Stack(stack.whereabouts.clone()),
            Self::Direct(direct) => Place::Settings { settings: direct.name.clone() },
        }
    }

    /// Says what is asked, and as whom.
    pub(crate) fn introduce(&self) {
        match self {
            Self::Stack(stack) => stack.introduce(),
            Self::Direct(direct) => {
                tables::heading(&format!("{}, without a stack", direct.name));
                tables::line("neither service is written to, and nothing is kept");
            }
        }
    }

    /// A failure in the operator's words.
    pub(crate) fn explained(&self, failure: Failure) -> anyhow::Error {
        match self {
            Self::Stack(stack) => stack.explained(failure),
            Self::Direct(_) => failure.into(),
        }
    }
}

#[cfg(test)]
impl Place {
    pub(crate) fn acme() -> Self {
        Self::Stack(Whereabouts::acme())
    }
}
