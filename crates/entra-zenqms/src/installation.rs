//! The product, installed on this machine beside the simulated services; everything between them goes over HTTP.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::future::join;
use initial_sync::{Silent, rehearse};
use local_host::{Access, Host, Loopback, Options, OverHttp, Rhythm, listen, serve_intake};
use simulator::{Server, SimulatedClock, Simulation, serve};
use subscription_keeper::Outcome;
use sync_core::domain::{Lens, Scope};
use sync_core::io::RandomIds;
use sync_core::io::http::ReqwestTransport;
use sync_core::plan::Reveal;
use sync_core::ports::{Clock, Holds, Nesting};
use sync_core::run::RunReport;
use tokio::time::sleep;

use crate::agreement::Rules;
use crate::connection::{Connection, connect, pace};
use crate::watch::Watch;

/// The most that is asked of the simulated ZenQMS, requests a second; what it allows is for the sync to find out.
const CEILING: f64 = 1_000.0;
/// What failed because of a fault on order is tried so often.
const TRIES: u32 = 6;
/// Work that waits for longer waits for something that the demo does not bring about.
const SOON: Duration = Duration::from_secs(6);

pub(crate) type Http = Connection<ReqwestTransport, SimulatedClock, Watch>;

/// How the product is set up.
pub(crate) struct Terms<'a> {
    /// The mapping as JSON; a suggestion, if not given.
    pub(crate) mapping: Option<&'a str>,
    /// How many groups the suggestion is for.
    pub(crate) groups: usize,
    pub(crate) nesting: Nesting,
    pub(crate) initial_sync: bool,
}

/// The product and what it talks to.
pub(crate) struct Installation {
    pub(crate) simulation: Simulation,
    pub(crate) host: Arc<Http>,
    pub(crate) watch: Watch,
    services: Server,
    intake: Loopback,
}

/// What a plan for everybody finds.
pub(crate) struct Proof {
    pub(crate) report: RunReport,
    /// From how many people something is kept back.
    pub(crate) held: usize,
    /// What it would write, in words that name nobody.
    pub(crate) differing: Vec<String>,
}

impl Installation {
    pub(crate) async fn new(simulation: Simulation, terms: Terms<'_>) -> anyhow::Result<Self> {
        let services = serve(simulation.clone(), listen(0).await.context("listening on loopback")?)?;
        let door = listen(0).await.context("listening on loopback")?;
        let mapping = match terms.mapping {
            Some(json) => json.to_owned(),
            None => serde_json::to_string(&simulation.world(|world| world.suggested_mapping(terms.groups)))?,
        };
        let transport = ReqwestTransport::new()?;
        let watch = Watch::new(simulation.clone());
        let (base, clock) = (services.base(), simulation.clock());
        let mut host = connect(&base, transport.clone(), clock, CEILING, &mapping, watch.clone()).await?;
        host.options.nesting = terms.nesting;
        host.options.initial_sync = terms.initial_sync;
        host.options.notification_url = format!("http://{}/", door.local_addr()?);
        watch.begin(Rules::new(&host.options.mapping, terms.nesting, terms.initial_sync));
        let host = Arc::new(host);
        let intake = serve_intake(door, host.clone())?;
        simulation.notify(Arc::new(OverHttp(transport)));
        Ok(Self { simulation, host, watch, services, intake })
    }

    /// Where the services are.
    pub(crate) fn base(&self) -> String {
        self.services.base()
    }

    /// The same product by other settings of the scope, as a deployment of another scope would leave it. It shares ledger and queues.
    pub(crate) fn seen_through(&self, lens: &Lens, scope: Scope) -> anyhow::Result<Http> {
        let (base, transport, clock) = (self.base(), ReqwestTransport::new()?, self.simulation.clock());
        let clients = || {
            let access = Access { lens: lens.clone(), ..Access::simulated(&base, pace(CEILING)) };
            access.connect(transport.clone(), clock)
        };
        let options = Options { mapping: self.host.options.mapping.clone().within(scope), ..self.host.options.clone() };
        Ok(Host::new(clients()?, clients()?, self.host.store.clone(), options, RandomIds, self.watch.clone()))
    }

    /// How many accounts are in use.
    pub(crate) fn accounts_in_use(&self) -> usize {
        self.simulation.world(|world| world.accounts.iter().filter(|account| account.is_active).count())
    }

    /// Where notifications come in.
    pub(crate) fn intake(&self) -> String {
        format!("http://{}/", self.intake.address())
    }

    /// Has the subscriptions made; how many there are.
    pub(crate) async fn subscribe(&self) -> anyhow::Result<usize> {
        for _ in 0..TRIES {
            let report = self.host.keep(None).await?;
            let failed = report.kept.iter().any(|kept| matches!(kept.outcome, Outcome::Failed(_)));
            if !failed {
                return Ok(self.simulation.subscriptions().len());
            }
            sleep(Duration::from_secs(1)).await;
        }
        bail!("Graph made no subscriptions")
    }

    /// Does `story` while all flows work, sweeps follow and Graph announces what changes.
    pub(crate) async fn at_work<R>(
        &self,
        sweep: Duration,
        story: impl Future<Output = anyhow::Result<R>>,
    ) -> anyhow::Result<R> {
        let work = Box::pin(self.host.work(Rhythm { sweep, ..Rhythm::default() }));
        tokio::select! {
            told = story => told,
            _ = join(work, self.simulation.deliver_forever()) => bail!("the flows stopped working"),
        }
    }

    /// Waits until nothing is to be done and nothing on its way, but no longer than so.
    pub(crate) async fn rest(&self, most: Duration) {
        let at_rest = async {
            loop {
                sleep(Duration::from_millis(200)).await;
                if self.simulation.next_due().is_none() && self.host.is_at_rest(SOON) {
                    break;
                }
            }
        };
        // Whether everything was done shows in what follows.
        let _ = tokio::time::timeout(most, at_rest).await;
    }

    /// Sweeps until that succeeds.
    pub(crate) async fn sweep(&self) -> anyhow::Result<()> {
        let mut failure = None;
        for _ in 0..TRIES {
            match self.host.sweep(&Silent).await {
                Ok(report) if report.status == "complete" => return Ok(()),
                Ok(_) => {}
                Err(why) => failure = Some(why),
            }
            self.host.clients.clock.pause(Duration::from_secs(1)).await;
        }
        match failure {
            Some(failure) => Err(failure.into()),
            None => bail!("the sweep does not come to an end"),
        }
    }

    /// Waits until nobody has anything to do, what no notification announced included.
    pub(crate) async fn settle(&self, most: Duration) -> anyhow::Result<()> {
        self.rest(most).await;
        self.sweep().await?;
        self.rest(most).await;
        Ok(())
    }

    /// Plans everybody: what is still to be written.
    pub(crate) async fn prove(&self) -> anyhow::Result<Proof> {
        let mut differing = Vec::new();
        let listener = |_: &sync_core::apply::Subject, plan: &sync_core::plan::UserPlan| {
            differing.push(plan.describe(Reveal::Ids).to_string());
        };
        let rehearsal = rehearse(self.host.run_services(), self.host.run_settings(), &Silent, listener);
        let report = Box::pin(rehearsal).await?;
        let held = self.host.store.ledger.all_held().await?.len();
        Ok(Proof { report, held, differing })
    }
}

impl Proof {
    /// Whether both sides agree.
    pub(crate) fn holds(&self) -> bool {
        let counts = &self.report.counts;
        let writes = [counts.created, counts.linked, counts.updated, counts.deactivated];
        let roles = counts.roles_added + counts.roles_removed;
        self.report.status == "complete"
            && self.held == 0
            && writes.iter().sum::<u64>() + roles == 0
            && self.differing.is_empty()
    }
}
