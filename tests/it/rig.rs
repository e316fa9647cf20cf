//! Everything that a story needs: both services, the ledger and the clients, joined in process.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use initial_sync::{Budget, Event, Observer, Services, Settings, full, rehearse};
use secrecy::SecretString;
use simulator::{
    BASE, Behaviour, EmbeddedDynamo, InProcess, Registration, SimulatedClock, Simulation, World, ZenqmsBehaviour,
};
use sync_core::domain::{Mapping, MappingSpec};
use sync_core::failure::Failure;
use sync_core::io::dynamo::Ledger;
use sync_core::io::graph::{Credential, GraphClient, GraphSettings, Priority};
use sync_core::io::http::{Endpoint, Retries};
use sync_core::io::zenqms::{Gate, ZenqmsClient, ZenqmsSettings};
use sync_core::mapping::{ResolveError, resolve};
use sync_core::pace::PaceLimits;
use sync_core::plan::{Reveal, UserPlan};
use sync_core::ports::Nesting;
use sync_core::run::RunReport;

pub(crate) type Graph = GraphClient<InProcess, SimulatedClock>;
pub(crate) type Zenqms = ZenqmsClient<InProcess, SimulatedClock>;

pub(crate) struct Rig {
    pub(crate) simulation: Simulation,
    pub(crate) dynamo: EmbeddedDynamo,
    pub(crate) ledger: Ledger,
    pub(crate) mapping: Mapping,
    pub(crate) nesting: Nesting,
    pub(crate) initial_sync: bool,
    pub(crate) budget: Option<Duration>,
    pub(crate) tenant: String,
    pub(crate) secret: String,
    /// Certificate and key, instead of the secret.
    pub(crate) certificate: Option<(&'static str, &'static str)>,
    pub(crate) zenqms_token: String,
    pub(crate) pace: PaceLimits,
    runs: AtomicU32,
}

/// What was told to the observer.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) lines: Mutex<Vec<String>>,
}

impl Observer for Heard {
    fn on(&self, event: &Event<'_>) {
        let line = match event {
            Event::Settled(settled) => match &settled.failure {
                Some(failure) => format!("failed: {failure}"),
                None => return,
            },
            Event::GroupUnread { group, why } => format!("unread: {group}: {why}"),
            Event::ListingRestarted => "listing restarted".to_owned(),
            _ => return,
        };
        self.lines.lock().unwrap().push(line);
    }
}

impl Rig {
    pub(crate) async fn new(world: World) -> Self {
        Self::with(world, Behaviour::default()).await
    }

    pub(crate) async fn with(world: World, behaviour: Behaviour) -> Self {
        let tenant = behaviour.entra.tenant.to_string();
        let simulation = Simulation::new(world, behaviour);
        let dynamo = EmbeddedDynamo::memory(simulation.kill_switch().clone()).unwrap();
        let ledger = Ledger::new(dynamo.client(), "ledger");
        ledger.create_table().await.unwrap();
        Self {
            simulation,
            dynamo,
            ledger,
            mapping: Mapping::default(),
            nesting: Nesting::Transitive,
            initial_sync: true,
            budget: None,
            tenant,
            secret: Registration::SECRET.to_owned(),
            certificate: None,
            zenqms_token: ZenqmsBehaviour::TOKEN.to_owned(),
            pace: PaceLimits { start: 10_000.0, ceiling: 10_000.0 },
            runs: AtomicU32::new(0),
        }
    }

    pub(crate) fn graph(&self) -> Graph {
        let settings = GraphSettings {
            tenant: self.tenant.clone(),
            client_id: Registration::default().client.to_string(),
            credential: match self.certificate {
                Some((certificate, key)) => Credential::certificate(certificate, key).unwrap(),
                None => Credential::Secret(SecretString::from(self.secret.clone())),
            },
            login: Endpoint::parse(&format!("{BASE}/login")).unwrap(),
            graph: Endpoint::parse(&format!("{BASE}/graph")).unwrap(),
            priority: Priority::Low,
        };
        GraphClient::new(settings, self.simulation.transport(), Retries::new(self.simulation.clock(), 1))
    }

    pub(crate) fn zenqms(&self) -> Zenqms {
        let settings = ZenqmsSettings {
            endpoint: Endpoint::parse(&format!("{BASE}/zenqms")).unwrap(),
            token: SecretString::from(self.zenqms_token.clone()),
        };
        let retries = Retries::new(self.simulation.clock(), 2);
        ZenqmsClient::new(settings, self.simulation.transport(), retries, Arc::new(Gate::new(self.pace)))
    }

    /// Resolves a mapping and uses it from now on.
    pub(crate) async fn map(&mut self, json: &str) -> Result<(), ResolveError> {
        self.mapping = resolve(&MappingSpec::parse(json).unwrap(), &self.graph(), &self.zenqms()).await?;
        Ok(())
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            mapping: &self.mapping,
            nesting: self.nesting,
            initial_sync: self.initial_sync,
            budget: self.budget.map_or(Budget::UNLIMITED, Budget::of),
            dice: self.runs.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// A full run with fresh clients, as a new process would do it.
    pub(crate) async fn run(&self) -> Result<RunReport, Failure> {
        self.run_heard(&Heard::default()).await
    }

    pub(crate) async fn run_heard(&self, heard: &Heard) -> Result<RunReport, Failure> {
        let (graph, zenqms, clock) = (self.graph(), self.zenqms(), self.simulation.clock());
        let services = Services { directory: &graph, accounts: &zenqms, ledger: &self.ledger, clock: &clock };
        full(services, self.settings(), heard).await
    }

    /// The same without writing: the report, and the plans in words.
    pub(crate) async fn rehearse(&self) -> (RunReport, Vec<String>) {
        let (graph, zenqms, clock) = (self.graph(), self.zenqms(), self.simulation.clock());
        let services = Services { directory: &graph, accounts: &zenqms, ledger: &self.ledger, clock: &clock };
        let mut plans = Vec::new();
        let heard = Heard::default();
        let listener = |plan: &UserPlan| plans.push(plan.describe(Reveal::Values).to_string());
        let report = rehearse(services, self.settings(), &heard, listener).await.unwrap();
        (report, plans)
    }
}
