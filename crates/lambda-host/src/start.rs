use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sync_core::domain::{Admission, Lens};
use sync_core::guard::{Limit, Limits, Protected};
use sync_core::io::dynamo::Ledger;
use sync_core::io::graph::{Cloud, GraphClient, GraphSettings, Priority};
use sync_core::io::http::{Endpoint, ReqwestTransport, Retries};
use sync_core::io::sqs::SqsQueue;
use sync_core::io::zenqms::{Environment as ZenqmsEnvironment, Gate, ZenqmsClient, ZenqmsSettings};
use sync_core::io::{RandomIds, SystemClock};
use sync_core::pace::PaceLimits;
use sync_core::ports::{FreshIds, Nesting};
use uuid::Uuid;

use crate::aws::Aws;
use crate::environment::{Environment, SettingsError};
use crate::mapping_source::MappingSource;
use crate::metrics::Metrics;
use crate::variable::{
    AWS_REGION, CREDENTIALS_SECRET_ID, DEACTIVATIONS_PER_DAY, DEACTIVATIONS_PER_RUN, ENABLE_INITIAL_SYNC,
    ENTRA_CLIENT_ID, ENTRA_CLOUD, ENTRA_TENANT_ID, EVIDENCE_TABLE, GRAPH_ENDPOINT, LEDGER_TABLE, LOGIN_ENDPOINT,
    MISSING_FIELDS, NESTED_GROUPS, PROTECTED_PEOPLE, ROLE_LOSSES_PER_DAY, ROLE_LOSSES_PER_RUN, SCOPE_FILTER,
    SYNC_GUESTS, TIME_BUDGET_SECONDS, ZENQMS_ENDPOINT, ZENQMS_ENVIRONMENT,
};
use crate::vault::Vault;

/// Microsoft Graph, over the network.
pub type Graph = GraphClient<ReqwestTransport, SystemClock>;
/// ZenQMS, over the network.
pub type Zenqms = ZenqmsClient<ReqwestTransport, SystemClock>;

/// What a handler is made of, at start. Nothing here asks anybody anything: the first request is the first event's.
#[derive(Debug)]
pub struct Start {
    /// The settings.
    pub environment: Environment,
    /// The process's one HTTP client.
    pub transport: ReqwestTransport,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    aws: Option<Aws>,
}

impl Start {
    /// Reads what AWS's clients need. A handler has it from [`run`](crate::run); whoever wants to reach the services as the
    /// handlers do brings their environment, with credentials of his own in it.
    ///
    /// # Errors
    /// When the credentials or the region are missing.
    pub fn new(
        environment: Environment,
        transport: ReqwestTransport,
        metrics: Arc<Metrics>,
    ) -> Result<Self, SettingsError> {
        let aws = Some(Aws::new(&environment, transport.clone())?);
        Ok(Self { environment, transport, metrics, aws })
    }

    /// The same for whoever has no account of AWS: both services are reached, and whatever is AWS's is a setting that is missing.
    #[must_use]
    pub const fn without_aws(environment: Environment, transport: ReqwestTransport, metrics: Arc<Metrics>) -> Self {
        Self { environment, transport, metrics, aws: None }
    }

    fn aws(&self) -> Result<&Aws, SettingsError> {
        self.aws.as_ref().ok_or_else(|| SettingsError::new(AWS_REGION, "is not set"))
    }

    /// The ledger.
    ///
    /// # Errors
    /// When its table is not named.
    pub fn ledger(&self) -> Result<Ledger, SettingsError> {
        Ok(Ledger::new(self.aws()?.dynamo(), self.environment.required(LEDGER_TABLE)?))
    }

    /// The ledger and the evidence, for whoever writes to ZenQMS.
    ///
    /// # Errors
    /// Which table is not named.
    pub fn ledger_and_evidence(&self) -> Result<Ledger, SettingsError> {
        Ok(self.ledger()?.with_evidence(self.environment.required(EVIDENCE_TABLE)?))
    }

    /// The queue whose address stands in `variable`.
    ///
    /// # Errors
    /// When it does not.
    pub fn queue(&self, variable: &'static str) -> Result<SqsQueue, SettingsError> {
        Ok(SqsQueue::new(self.aws()?.sqs(), self.environment.required(variable)?))
    }

    /// The credentials.
    ///
    /// # Errors
    /// When the secret is not named.
    pub fn vault(&self) -> Result<Arc<Vault>, SettingsError> {
        Ok(Vault::new(self.aws()?.secrets(), self.environment.required(CREDENTIALS_SECRET_ID)?))
    }

    /// The mapping's text, wherever it is.
    ///
    /// # Errors
    /// When it was begun without AWS.
    pub fn mapping_source(&self) -> Result<MappingSource, SettingsError> {
        Ok(MappingSource(self.aws()?.clone()))
    }

    /// The tenant.
    ///
    /// # Errors
    /// When it is not named, or not by its id.
    pub fn tenant(&self) -> Result<Uuid, SettingsError> {
        let refused = |error| SettingsError::new(ENTRA_TENANT_ID, format!("is no tenant id (a GUID): {error}"));
        Uuid::try_parse(self.environment.required(ENTRA_TENANT_ID)?).map_err(refused)
    }

    /// A client of Microsoft Graph. `brief`: for flows, whose work comes back by itself.
    ///
    /// # Errors
    /// Which setting cannot be used.
    pub fn graph(&self, vault: Arc<Vault>, brief: bool) -> Result<Graph, SettingsError> {
        let cloud = self.environment.value::<Cloud>(ENTRA_CLOUD)?.unwrap_or_default();
        let settings = GraphSettings {
            tenant: self.tenant()?.to_string(),
            client_id: self.environment.required(ENTRA_CLIENT_ID)?.to_owned(),
            credentials: vault,
            login: self.endpoint(LOGIN_ENDPOINT, cloud.login())?,
            graph: self.endpoint(GRAPH_ENDPOINT, cloud.graph())?,
            priority: if brief { Priority::Normal } else { Priority::Low },
            lens: self.lens()?,
        };
        let retries = retries(brief);
        let refusals = retries.refusals();
        self.metrics.watch("ServiceThrottles", ("Service", "graph"), move || refusals.swap(0, Ordering::Relaxed));
        Ok(GraphClient::new(settings, self.transport.clone(), retries))
    }

    /// A client of ZenQMS; `brief` as above.
    ///
    /// # Errors
    /// Which setting cannot be used.
    pub fn zenqms(&self, vault: Arc<Vault>, brief: bool) -> Result<Zenqms, SettingsError> {
        let which = self.environment.value::<ZenqmsEnvironment>(ZENQMS_ENVIRONMENT)?.unwrap_or_default();
        let settings =
            ZenqmsSettings { endpoint: self.endpoint(ZENQMS_ENDPOINT, which.address())?, credentials: vault };
        let gate = Arc::new(Gate::new(PaceLimits::default()));
        let refused = gate.clone();
        self.metrics.watch("ServiceThrottles", ("Service", "zenqms"), move || refused.take_refusals());
        Ok(ZenqmsClient::new(settings, self.transport.clone(), retries(brief), gate))
    }

    /// The longest that a run or the cleanup may work before it hands itself over; without a limit, for as long as the function
    /// may.
    ///
    /// # Errors
    /// When it is no number.
    pub fn time_budget(&self) -> Result<Duration, SettingsError> {
        let limit = self.environment.value::<u64>(TIME_BUDGET_SECONDS)?.filter(|&seconds| seconds > 0);
        Ok(limit.map_or(Duration::MAX, Duration::from_secs))
    }

    /// Whether nested groups count.
    ///
    /// # Errors
    /// When it is neither said nor left open.
    pub fn nesting(&self) -> Result<Nesting, SettingsError> {
        let nested = self.environment.switch(NESTED_GROUPS, true)?;
        Ok(if nested { Nesting::Transitive } else { Nesting::Direct })
    }

    /// How people are seen.
    ///
    /// # Errors
    /// Which setting cannot be used.
    pub fn lens(&self) -> Result<Lens, SettingsError> {
        let environment = &self.environment;
        let admission =
            Admission { no_guests: !environment.switch(SYNC_GUESTS, true)?, filter: environment.value(SCOPE_FILTER)? };
        Ok(Lens { missing: environment.value(MISSING_FIELDS)?.unwrap_or_default(), admission })
    }

    /// What may be taken away without being asked.
    ///
    /// # Errors
    /// Which limit is none.
    pub fn limits(&self) -> Result<Limits, SettingsError> {
        let otherwise = Limits::default();
        let limits = Limits {
            deactivations_per_run: self
                .environment
                .value(DEACTIVATIONS_PER_RUN)?
                .unwrap_or(otherwise.deactivations_per_run),
            deactivations_per_day: self
                .environment
                .value(DEACTIVATIONS_PER_DAY)?
                .unwrap_or(otherwise.deactivations_per_day),
            role_losses_per_run: self.environment.value(ROLE_LOSSES_PER_RUN)?.unwrap_or(otherwise.role_losses_per_run),
            role_losses_per_day: self.environment.value(ROLE_LOSSES_PER_DAY)?.unwrap_or(otherwise.role_losses_per_day),
            protected: Protected::parse(self.environment.text(PROTECTED_PEOPLE).unwrap_or_default()),
            minimum_holders: true,
        };
        // Whoever a run takes something from counts for the day; where days are not counted, a run cannot be either.
        for (day, run, variable) in [
            (limits.deactivations_per_day, limits.deactivations_per_run, DEACTIVATIONS_PER_DAY),
            (limits.role_losses_per_day, limits.role_losses_per_run, ROLE_LOSSES_PER_DAY),
        ] {
            if day == Limit::None && run != Limit::None {
                return Err(SettingsError::new(
                    variable,
                    "is `none` although a run is limited: limit both, or neither",
                ));
            }
        }
        Ok(limits)
    }

    /// Whether people without an account get one.
    ///
    /// # Errors
    /// When it is neither said nor left open.
    pub fn initial_sync(&self) -> Result<bool, SettingsError> {
        self.environment.switch(ENABLE_INITIAL_SYNC, true)
    }

    fn endpoint(&self, variable: &'static str, otherwise: &str) -> Result<Endpoint, SettingsError> {
        let text = self.environment.text(variable).unwrap_or(otherwise);
        Endpoint::parse(text).map_err(|error| SettingsError::new(variable, format!("cannot be used: {error}")))
    }
}

fn retries(brief: bool) -> Retries<SystemClock> {
    let (_, seed) = RandomIds.fresh().as_u64_pair();
    let retries = Retries::new(SystemClock, seed);
    if brief { retries.brief() } else { retries }
}
