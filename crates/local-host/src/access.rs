use std::sync::Arc;

use secrecy::SecretString;
use simulator::{Registration, ZenqmsBehaviour};
use sync_core::domain::Lens;
use sync_core::io::graph::{Credential, GraphClient, GraphSettings, Priority};
use sync_core::io::http::{Endpoint, EndpointError, Retries, Transport};
use sync_core::io::zenqms::{Gate, ZenqmsClient, ZenqmsSettings};
use sync_core::io::{Credentials, CredentialsSource, FixedCredentials};
use sync_core::pace::PaceLimits;
use sync_core::ports::Clock;

/// Where the services are, and as whom to ask them.
#[derive(Debug)]
pub struct Access {
    /// What stands before `/login`, `/graph` and `/zenqms`.
    pub base: String,
    /// The directory.
    pub tenant: String,
    /// The app's client id.
    pub client_id: String,
    /// What proves to both services who is asking.
    pub credentials: Arc<dyn CredentialsSource>,
    /// How fast ZenQMS is asked.
    pub pace: PaceLimits,
    /// How people are seen.
    pub lens: Lens,
    /// For flows, whose work comes back by itself.
    pub brief: bool,
}

impl Access {
    /// To the simulated services at `base`, as their registration has it.
    #[must_use]
    pub fn simulated(base: &str, pace: PaceLimits) -> Self {
        let app = Registration::default();
        Self {
            base: base.to_owned(),
            tenant: app.tenant.to_string(),
            client_id: app.client.to_string(),
            credentials: FixedCredentials::new(Credentials {
                entra: Credential::Secret(SecretString::from(Registration::SECRET)),
                zenqms_token: SecretString::from(ZenqmsBehaviour::TOKEN),
            }),
            pace,
            lens: Lens::default(),
            brief: false,
        }
    }

    /// Clients that have not signed in yet.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn connect<T: Transport + Clone, C: Clock + Clone>(
        self,
        transport: T,
        clock: C,
    ) -> Result<Clients<T, C>, EndpointError> {
        let Self { base, tenant, client_id, credentials, pace, lens, brief } = self;
        let settings = GraphSettings {
            tenant,
            client_id,
            credentials: credentials.clone(),
            login: Endpoint::parse(&format!("{base}/login"))?,
            graph: Endpoint::parse(&format!("{base}/graph"))?,
            priority: Priority::Normal,
            lens,
        };
        let retries = |seed| {
            let retries = Retries::new(clock.clone(), seed);
            if brief { retries.brief() } else { retries }
        };
        let graph = GraphClient::new(settings, transport.clone(), retries(1));
        let settings = ZenqmsSettings { endpoint: Endpoint::parse(&format!("{base}/zenqms"))?, credentials };
        let gate = Arc::new(Gate::new(pace));
        let zenqms = ZenqmsClient::new(settings, transport, retries(2), gate.clone());
        Ok(Clients { graph, zenqms, gate, clock })
    }
}

/// Clients of both services.
pub struct Clients<T, C> {
    /// Microsoft Graph.
    pub graph: GraphClient<T, C>,
    /// ZenQMS.
    pub zenqms: ZenqmsClient<T, C>,
    /// The pace of the latter.
    pub gate: Arc<Gate>,
    /// The time.
    pub clock: C,
}
