//! The clients of a simulation, over HTTP or in process, and a ledger in this process.

use std::sync::Arc;

use anyhow::Context;
use secrecy::SecretString;
use simulator::{EmbeddedDynamo, KillSwitch, Registration, ZenqmsBehaviour};
use sync_core::domain::{Mapping, MappingSpec};
use sync_core::io::dynamo::Ledger;
use sync_core::io::graph::{Credential, GraphClient, GraphSettings, Priority};
use sync_core::io::http::{Endpoint, Retries, Transport};
use sync_core::io::zenqms::{Gate, ZenqmsClient, ZenqmsSettings};
use sync_core::mapping::resolve;
use sync_core::pace::PaceLimits;
use sync_core::ports::Clock;

/// Everything that a run works with.
pub(crate) struct Connection<T, C> {
    pub(crate) graph: GraphClient<T, C>,
    pub(crate) zenqms: ZenqmsClient<T, C>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: C,
    pub(crate) gate: Arc<Gate>,
}

impl<T: Transport + Clone, C: Clock + Clone> Connection<T, C> {
    /// Connects to the simulation at `base`.
    pub(crate) async fn new(base: &str, transport: T, clock: C, ceiling: f64) -> anyhow::Result<Self> {
        let app = Registration::default();
        let settings = GraphSettings {
            tenant: app.tenant.to_string(),
            client_id: app.client.to_string(),
            credential: Credential::Secret(SecretString::from(Registration::SECRET)),
            login: Endpoint::parse(&format!("{base}/login"))?,
            graph: Endpoint::parse(&format!("{base}/graph"))?,
            priority: Priority::Low,
        };
        let graph = GraphClient::new(settings, transport.clone(), Retries::new(clock.clone(), 1));
        let settings = ZenqmsSettings {
            endpoint: Endpoint::parse(&format!("{base}/zenqms"))?,
            token: SecretString::from(ZenqmsBehaviour::TOKEN),
        };
        let start = PaceLimits::default().start.max(ceiling / 10.0);
        let gate = Arc::new(Gate::new(PaceLimits { start, ceiling }));
        let zenqms = ZenqmsClient::new(settings, transport, Retries::new(clock.clone(), 2), gate.clone());
        let dynamo = EmbeddedDynamo::memory(KillSwitch::default())?;
        let ledger = Ledger::new(dynamo.client(), "ledger");
        ledger.create_table().await?;
        Ok(Self { graph, zenqms, ledger, clock, gate })
    }

    /// Resolves a mapping and keeps it in the ledger, as a deployment does.
    pub(crate) async fn map(&self, json: &str) -> anyhow::Result<Mapping> {
        let spec = MappingSpec::parse(json)?;
        let mapping = resolve(&spec, &self.graph, &self.zenqms).await?;
        self.ledger.keep_mapping(&mapping).await?;
        self.ledger.mapping().await.context("reading the mapping back")
    }
}
