//! Both services without a stack: reached from this process, by settings in a file, with an empty ledger that is gone with it.

#[cfg(test)]
mod served;
mod settings;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use initial_sync::check;
use lambda_host::{Flow, Metrics, SettingsError, Start, Vault};
use local_host::Store;
use simulator::{EmbeddedSqs, KillSwitch};
use sync_core::domain::{Lens, Mapping, MappingError, MappingSpec, MinimumHolders, Scope};
use sync_core::io::http::ReqwestTransport;

use settings::Settings;

#[cfg(test)]
pub(crate) use served::Served;
pub(crate) use settings::{CREDENTIALS_FILE, FORM, GROUP_ROLE_MAPPING};

/// What a stack would be told, and what it would be told from.
pub(crate) struct Direct {
    /// The file with the settings, as it was named.
    pub(crate) name: String,
    /// The mapping as its author wrote it.
    pub(crate) mapping: String,
    /// The file with the credentials, if others can read it.
    pub(crate) exposed: Option<String>,
    /// Nothing in it asks AWS.
    start: Start,
    vault: Arc<Vault>,
    scope: Scope,
    minimum: MinimumHolders,
}

impl Direct {
    /// Reads the settings, the credentials and the mapping. Asks nobody anything.
    ///
    /// # Errors
    /// What is missing or cannot be used. Nothing that may be a secret is repeated.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let name = file.display().to_string();
        let Settings { environment, credentials, mapping, scope, minimum } = Settings::read(file)?;
        let vault = Vault::fixed(&credentials.text).map_err(|error| anyhow!("{}: {error}", credentials.file))?;
        // What is counted is never written anywhere: nobody flushes it.
        let metrics = Arc::new(Metrics::new(name.clone()));
        let start = Start::without_aws(environment, ReqwestTransport::new()?, metrics);
        let exposed = credentials.is_exposed.then_some(credentials.file);
        Ok(Self { name, mapping, exposed, start, vault, scope, minimum })
    }

    /// Both services, and an empty ledger.
    ///
    /// # Errors
    /// Which setting cannot be used.
    pub(crate) async fn services(&self) -> anyhow::Result<Flow> {
        self.connected(true).await
    }

    /// `brief`: what a service refuses is soon told; otherwise it is waited for, as a run does.
    async fn connected(&self, brief: bool) -> anyhow::Result<Flow> {
        let kill = KillSwitch::default();
        let store = Store::new(&kill, EmbeddedSqs::new(kill.clone()))?;
        store.create().await?;
        let flow = Flow::with(&self.start, Arc::clone(&self.vault), store.ledger, store.users, brief);
        flow.map_err(|error| anyhow!("{}: {}", self.name, told(&error)))
    }

    /// The mapping of `text` for those who are synchronised, with the roles that must keep holders.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn spec(&self, text: &str, lens: &Lens) -> Result<MappingSpec, MappingError> {
        Ok(MappingSpec::parse(text)?.within(self.scope(lens)).keeping(self.minimum.clone()))
    }

    /// Which roles must keep holders.
    pub(crate) const fn minimum(&self) -> &MinimumHolders {
        &self.minimum
    }

    /// Nothing is mapped, for those who are synchronised.
    pub(crate) fn nothing(&self, lens: &Lens) -> Mapping {
        Mapping::default().within(self.scope(lens))
    }

    fn scope(&self, lens: &Lens) -> Scope {
        Scope { lens: lens.digest(), ..self.scope.clone() }
    }

    /// The same as a deployment leaves it: everything was tried, and the mapping is kept.
    ///
    /// # Errors
    /// All that is wrong, by which a deployment would be refused.
    pub(crate) async fn flow(&self) -> anyhow::Result<Flow> {
        let flow = self.connected(false).await?;
        let refused =
            |why: &dyn std::fmt::Display| anyhow!("{}: what a deployment tries first fails: {why}", self.name);
        let spec = self.spec(&self.mapping, flow.graph.lens()).map_err(|error| refused(&error))?;
        match Box::pin(check(&flow.graph, &flow.zenqms, &flow.ids, &spec, flow.nesting)).await {
            Ok(mapping) => flow.ledger.keep_mapping(&mapping).await?,
            Err(unfit) => bail!(refused(&unfit)),
        }
        Ok(flow)
    }
}

/// What is wrong with a setting. It stands in a file here, and in no environment.
pub(crate) fn told(error: &SettingsError) -> String {
    format!("{} {}", error.variable(), error.problem())
}
