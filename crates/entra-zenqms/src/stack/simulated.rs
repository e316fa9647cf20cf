use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use initial_sync::{Budget, Silent};
use local_host::{Access, Clients, Host, Options};
use simulator::{
    BASE, Behaviour, EmbeddedSqs, Group, InProcess, Person, Receiver, Registration, Role, SimulatedClock, Simulation,
    World,
};
use sync_core::domain::{Mapping, MappingSpec, Scope};
use sync_core::guard::Limits;
use sync_core::look::Unobserved;
use sync_core::mapping::resolve;
use sync_core::pace::PaceLimits;
use sync_core::ports::{FreshIds, Nesting};
use uuid::Uuid;

use super::Embedded;

type TestHost = Host<InProcess, SimulatedClock, Numbered, Unobserved>;

/// A stack in this very process that is at work, and both services beside it.
pub(crate) struct Simulated {
    pub(crate) simulation: Simulation,
    pub(crate) embedded: Embedded,
    pub(crate) host: Arc<TestHost>,
    /// The mapping as the administrator wrote it.
    pub(crate) mapping: String,
}

/// Ids in their order, the same in every test run.
#[derive(Default)]
pub(crate) struct Numbered(AtomicU64);

impl FreshIds for Numbered {
    fn fresh(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}

struct Door(Arc<TestHost>);

impl Receiver for Door {
    fn post<'a>(&'a self, url: &'a str, _: &'a str, body: Bytes) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        Box::pin(async move {
            let answer = self.0.intake(query, &body).await;
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, "text/plain".parse().unwrap())]);
            Some((answer.status, headers, Bytes::from(answer.body)))
        })
    }
}

pub(crate) fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

pub(crate) fn group(n: u128) -> Uuid {
    Uuid::from_u128(0x9000 + n)
}

/// Ada and Grace are in Quality, which gives a role; Alan is in nothing.
pub(crate) fn company() -> World {
    let one = |n: u128, first: &str, last: &str| {
        let mail = format!("{}@example.com", first.to_lowercase());
        Person::new(person(n), first, last, &mail, "Scientist")
    };
    World::default()
        .with_person(one(1, "Ada", "Lovelace"))
        .with_person(one(2, "Grace", "Hopper"))
        .with_person(one(3, "Alan", "Turing"))
        .with_group(Group::new(group(1), "Quality").with_people([person(1), person(2)]))
        .with_role(Role::new(17, "Document Reader"))
}

fn clients(simulation: &Simulation, brief: bool) -> Clients<InProcess, SimulatedClock> {
    let access = Access { brief, ..Access::simulated(BASE, PaceLimits { start: 10_000.0, ceiling: 10_000.0 }) };
    access.connect(simulation.transport(), simulation.clock()).unwrap()
}

impl Simulated {
    /// Where Graph sends its notifications.
    pub(crate) const NOTIFICATION_URL: &'static str = "https://intake.example/";

    /// Deployed, synchronised and subscribed.
    pub(crate) async fn at_work() -> Self {
        let stack = Self::deployed().await;
        stack.host.full(&Silent).await.unwrap();
        assert!(!stack.host.keep(None).await.unwrap().failed());
        stack
    }

    /// Deployed, and nothing else.
    pub(crate) async fn deployed() -> Self {
        let simulation = Simulation::new(company(), Behaviour::default());
        let kill = simulation.kill_switch().clone();
        let embedded = Embedded::of(&kill, EmbeddedSqs::with_clock(kill.clone(), simulation.clock())).await;
        let (clients, flows) = (clients(&simulation, false), clients(&simulation, true));
        let mapping = format!(r#"{{"{}":"Document Reader"}}"#, group(1));
        let spec = MappingSpec::parse(&mapping).unwrap();
        let resolved: Mapping = resolve(&spec, &clients.graph, &clients.zenqms).await.unwrap();
        embedded.store.ledger.keep_mapping(&resolved).await.unwrap();
        let options = Options {
            mapping: resolved,
            nesting: Nesting::Transitive,
            initial_sync: true,
            limits: Limits::default(),
            notification_url: Self::NOTIFICATION_URL.to_owned(),
            tenant: Registration::default().tenant,
            budget: Budget::UNLIMITED,
        };
        let store = embedded.store.clone();
        let host = Arc::new(Host::new(clients, flows, store, options, Numbered::default(), Unobserved));
        simulation.notify(Arc::new(Door(host.clone())));
        Self { simulation, embedded, host, mapping }
    }

    /// Sets what may be taken away without being asked.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.set(Options { limits, ..self.host.options.clone() });
    }

    /// Sets who is synchronised, as far as groups say so.
    pub(crate) fn limit_to(&mut self, scope: Scope) {
        let mapping = self.host.options.mapping.clone().within(scope);
        self.set(Options { mapping, ..self.host.options.clone() });
    }

    fn set(&mut self, options: Options) {
        let store = self.embedded.store.clone();
        let (clients, flows) = (clients(&self.simulation, false), clients(&self.simulation, true));
        self.host = Arc::new(Host::new(clients, flows, store, options, Numbered::default(), Unobserved));
    }
}
