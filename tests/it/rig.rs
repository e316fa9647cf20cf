//! Everything that a story needs: both services, the ledger and the clients, joined in process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use initial_sync::{Budget, Event, Observer, rehearse};
use jiff::Timestamp;
use local_host::{Access, Clients, Host, Options, Store};
use secrecy::SecretString;
use simulator::{
    BASE, Behaviour, EmbeddedSqs, InProcess, Registration, SimulatedClock, Simulation, World, ZenqmsBehaviour,
};
use sync_core::apply::Subject;
use sync_core::domain::{Lens, Mapping, MappingSpec, MinimumHolders, Scope};
use sync_core::failure::Failure;
use sync_core::guard::{Limit, Limits};
use sync_core::io::graph::{Credential, GraphClient};
use sync_core::io::zenqms::ZenqmsClient;
use sync_core::io::{Credentials, CredentialsSource, FixedCredentials};
use sync_core::look::{Next, Observer as LookObserver, Outcome};
use sync_core::mapping::{ResolveError, resolve};
use sync_core::pace::PaceLimits;
use sync_core::plan::{Reveal, UserPlan};
use sync_core::ports::{Clock, FreshIds, Nesting};
use sync_core::run::RunReport;
use sync_core::work::{UserWork, Why};
use uuid::Uuid;

/// The address that Graph is given.
pub(crate) const INTAKE: &str = "https://intake.example/";

pub(crate) type Graph = GraphClient<InProcess, SimulatedClock>;
pub(crate) type Zenqms = ZenqmsClient<InProcess, SimulatedClock>;
pub(crate) type TestHost = Host<InProcess, SimulatedClock, SeededIds, Looks>;

pub(crate) struct Rig {
    pub(crate) simulation: Simulation,
    pub(crate) store: Store,
    pub(crate) mapping: Mapping,
    pub(crate) nesting: Nesting,
    pub(crate) initial_sync: bool,
    /// Wide, but in stories of the guard.
    pub(crate) limits: Limits,
    /// What stands in for what people lack.
    pub(crate) lens: Lens,
    pub(crate) scope: Scope,
    /// The holders that roles must keep, as a deployment is told them.
    pub(crate) minimum: MinimumHolders,
    pub(crate) budget: Option<Duration>,
    pub(crate) tenant: String,
    pub(crate) secret: String,
    /// Certificate and key, instead of the secret.
    pub(crate) certificate: Option<(&'static str, &'static str)>,
    pub(crate) zenqms_token: String,
    /// Where the credentials are kept, if they are to change; the three above do not count then.
    pub(crate) credentials: Option<Arc<dyn CredentialsSource>>,
    pub(crate) pace: PaceLimits,
    pub(crate) notification_url: String,
    /// What every process of this rig tells of the people it looked at.
    pub(crate) looks: Looks,
    processes: AtomicU64,
}

/// Ids that are the same in every test run, and different in every process.
pub(crate) struct SeededIds(Mutex<fastrand::Rng>);

impl FreshIds for SeededIds {
    fn fresh(&self) -> Uuid {
        Uuid::from_u128(self.0.lock().unwrap().u128(..))
    }
}

/// What was told of people who were looked at.
#[derive(Clone, Default)]
pub(crate) struct Looks(Arc<Mutex<Vec<Looked>>>);

/// One look.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub(crate) why: Why,
    pub(crate) since: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) wrote: bool,
}

impl Looks {
    pub(crate) fn all(&self) -> Vec<Looked> {
        self.0.lock().unwrap().clone()
    }
}

impl LookObserver for Looks {
    fn looked(&self, work: &UserWork, outcome: &Outcome, _: &Next, at: Timestamp) {
        let wrote = outcome
            .settled()
            .is_some_and(|settled| settled.written.is_some() || settled.roles_added + settled.roles_removed > 0);
        let looked = Looked { why: work.why, since: work.since, at, wrote };
        self.0.lock().unwrap().push(looked);
    }
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

/// Limits that everybody stays within: what takes away goes the guard's way, and nothing is kept back.
pub(crate) fn wide() -> Limits {
    let wide = Limit::Of { people: Limit::MOST, basis_points: 0 };
    Limits {
        deactivations_per_run: wide,
        deactivations_per_day: wide,
        role_losses_per_run: wide,
        role_losses_per_day: wide,
        ..Limits::default()
    }
}

impl Rig {
    pub(crate) async fn new(world: World) -> Self {
        Self::with(world, Behaviour::default()).await
    }

    pub(crate) async fn with(world: World, behaviour: Behaviour) -> Self {
        let tenant = behaviour.entra.tenant.to_string();
        let simulation = Simulation::new(world, behaviour);
        let sqs = EmbeddedSqs::with_clock(simulation.kill_switch().clone(), simulation.clock());
        let store = Store::new(simulation.kill_switch(), sqs).unwrap();
        store.create().await.unwrap();
        Self {
            simulation,
            store,
            mapping: Mapping::default(),
            nesting: Nesting::Transitive,
            initial_sync: true,
            limits: wide(),
            lens: Lens::default(),
            scope: Scope::default(),
            minimum: MinimumHolders::default(),
            budget: None,
            tenant,
            secret: Registration::SECRET.to_owned(),
            certificate: None,
            zenqms_token: ZenqmsBehaviour::TOKEN.to_owned(),
            credentials: None,
            pace: PaceLimits { start: 10_000.0, ceiling: 10_000.0 },
            notification_url: INTAKE.to_owned(),
            looks: Looks::default(),
            processes: AtomicU64::new(0),
        }
    }

    fn fixed(&self) -> Arc<dyn CredentialsSource> {
        FixedCredentials::new(Credentials {
            entra: match self.certificate {
                Some((certificate, key)) => Credential::certificate(certificate, key).unwrap(),
                None => Credential::Secret(SecretString::from(self.secret.clone())),
            },
            zenqms_token: SecretString::from(self.zenqms_token.clone()),
        })
    }

    fn clients(&self, brief: bool) -> Clients<InProcess, SimulatedClock> {
        let access = Access {
            brief,
            lens: self.lens.clone(),
            tenant: self.tenant.clone(),
            credentials: self.credentials.clone().unwrap_or_else(|| self.fixed()),
            ..Access::simulated(BASE, self.pace)
        };
        access.connect(self.simulation.transport(), self.simulation.clock()).unwrap()
    }

    pub(crate) fn graph(&self) -> Graph {
        self.clients(false).graph
    }

    pub(crate) fn zenqms(&self) -> Zenqms {
        self.clients(false).zenqms
    }

    /// A new process: it knows nothing but what the ledger knows.
    pub(crate) fn host(&self) -> Arc<TestHost> {
        let process = self.processes.fetch_add(1, Ordering::Relaxed);
        let options = Options {
            mapping: self.mapping.clone(),
            nesting: self.nesting,
            initial_sync: self.initial_sync,
            limits: self.limits.clone(),
            notification_url: self.notification_url.clone(),
            tenant: Registration::default().tenant,
            budget: self.budget.map_or(Budget::UNLIMITED, |time| Budget::of(self.simulation.clock().now(), time)),
        };
        let ids = SeededIds(Mutex::new(fastrand::Rng::with_seed(process)));
        Arc::new(Host::new(
            self.clients(false),
            self.clients(true),
            self.store.clone(),
            options,
            ids,
            self.looks.clone(),
        ))
    }

    /// Resolves a mapping and uses it from now on.
    pub(crate) async fn map(&mut self, json: &str) -> Result<(), ResolveError> {
        let spec = MappingSpec::parse(json).unwrap().within(self.scope.clone()).keeping(self.minimum.clone());
        self.mapping = resolve(&spec, &self.graph(), &self.zenqms()).await?;
        Ok(())
    }

    /// A full run with fresh clients, as a new process would do it.
    pub(crate) async fn run(&self) -> Result<RunReport, Failure> {
        self.run_heard(&Heard::default()).await
    }

    pub(crate) async fn run_heard(&self, heard: &Heard) -> Result<RunReport, Failure> {
        Box::pin(self.host().full(heard)).await
    }

    /// The same without writing: the report, and the plans in words.
    pub(crate) async fn rehearse(&self) -> (RunReport, Vec<String>) {
        let host = self.host();
        let mut plans = Vec::new();
        let heard = Heard::default();
        let listener = |_: &Subject, plan: &UserPlan| plans.push(plan.describe(Reveal::Values).to_string());
        let report = rehearse(host.run_services(), host.run_settings(), &heard, listener).await.unwrap();
        (report, plans)
    }
}
