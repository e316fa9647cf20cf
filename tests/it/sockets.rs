//! The same over real sockets, with the HTTP client of production.

use std::net::Ipv4Addr;
use std::time::Duration;

use initial_sync::{Budget, Silent};
use local_host::{Access, Clients, Host, Options, Store};
use simulator::{
    Behaviour, CompanyPlan, EmbeddedSqs, Fault, FaultKind, Registration, Route, Server, Simulation, serve,
};
use sync_core::domain::{Mapping, MappingSpec};
use sync_core::io::http::{Limits, ReqwestTransport, Transport, TransportError};
use sync_core::io::{RandomIds, SystemClock};
use sync_core::look::Unobserved;
use sync_core::mapping::resolve;
use sync_core::pace::PaceLimits;
use sync_core::ports::Nesting;
use sync_core::run::RunReport;
use tokio::net::TcpListener;

use crate::oracle;
use crate::rig::Rig;

struct Wire {
    simulation: Simulation,
    server: Server,
    transport: ReqwestTransport,
}

impl Wire {
    async fn new(plan: &CompanyPlan) -> Self {
        let simulation = Simulation::new(plan.build(), Behaviour::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = serve(simulation.clone(), listener).unwrap();
        Self { simulation, server, transport: ReqwestTransport::new().unwrap() }
    }

    fn clients(&self) -> Clients<ReqwestTransport, SystemClock> {
        let access = Access::simulated(&self.server.base(), PaceLimits { start: 10_000.0, ceiling: 10_000.0 });
        access.connect(self.transport.clone(), SystemClock).unwrap()
    }

    async fn mapping(&self) -> Mapping {
        let json = serde_json::to_string(&self.simulation.world(|world| world.suggested_mapping(5))).unwrap();
        let Clients { graph, zenqms, .. } = self.clients();
        resolve(&MappingSpec::parse(&json).unwrap(), &graph, &zenqms).await.unwrap()
    }

    async fn run(&self, mapping: &Mapping) -> RunReport {
        let kill = self.simulation.kill_switch();
        let store = Store::new(kill, EmbeddedSqs::new(kill.clone())).unwrap();
        store.create().await.unwrap();
        let options = Options {
            mapping: mapping.clone(),
            nesting: Nesting::Transitive,
            initial_sync: true,
            limits: sync_core::guard::Limits::default(),
            notification_url: String::new(),
            tenant: Registration::default().tenant,
            budget: Budget::UNLIMITED,
        };
        Host::new(self.clients(), self.clients(), store, options, RandomIds, Unobserved).full(&Silent).await.unwrap()
    }
}

#[tokio::test]
async fn a_run_over_sockets_ends_as_the_one_in_process() {
    let plan = CompanyPlan { people: 300, accounts: 150, groups: 5, ..CompanyPlan::default() };
    let wire = Wire::new(&plan).await;
    let report = wire.run(&wire.mapping().await).await;

    let world = plan.build();
    let mut rig = Rig::new(world.clone()).await;
    rig.map(&serde_json::to_string(&world.suggested_mapping(5)).unwrap()).await.unwrap();
    let in_process = rig.run().await.unwrap();
    assert_eq!(report.counts, in_process.counts);
    assert_eq!(wire.simulation.world(oracle::accounts), rig.simulation.world(oracle::accounts));
}

#[tokio::test]
async fn connections_that_break_are_no_harm() {
    let plan = CompanyPlan { people: 60, accounts: 30, groups: 5, ..CompanyPlan::default() };
    let calm = Wire::new(&plan).await;
    calm.run(&calm.mapping().await).await;

    let wire = Wire::new(&plan).await;
    let mapping = wire.mapping().await;
    for (route, kind) in [
        (Route::UsersList, FaultKind::CutBefore),
        (Route::AccountSearch, FaultKind::Refused),
        (Route::AccountCreate, FaultKind::CutAfter),
        (Route::AccountPatch, FaultKind::CutAfter),
        (Route::RolesAdd, FaultKind::CutBefore),
    ] {
        wire.simulation.faults().add(Fault::on(route).kind(kind));
    }
    let report = wire.run(&mapping).await;
    assert_eq!((report.status, report.counts.failed), ("complete", 0));
    assert_eq!(wire.simulation.world(oracle::accounts), calm.simulation.world(oracle::accounts));
}

#[tokio::test]
async fn a_service_that_does_not_listen_has_certainly_not_seen_the_request() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let request = http::Request::get(format!("http://{nobody}/")).body(bytes::Bytes::new()).unwrap();
    let limits = Limits { time: Duration::from_mins(1), body: 1_000 };
    let error = ReqwestTransport::new().unwrap().send(request, limits).await.unwrap_err();
    assert!(matches!(error, TransportError::NotSent { .. }), "{error}");
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_not_read_to_its_end() {
    let wire = Wire::new(&CompanyPlan::plain(3, 0, 0.0)).await;
    wire.simulation.faults().add(Fault::on(Route::Any).kind(FaultKind::HugeBody(100_000)));
    let request =
        http::Request::get(format!("{}/graph/v1.0/users", wire.server.base())).body(bytes::Bytes::new()).unwrap();
    let limits = Limits { time: Duration::from_mins(1), body: 10_000 };
    let error = wire.transport.send(request, limits).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge { .. }), "{error}");
}
