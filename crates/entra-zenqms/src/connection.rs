//! The whole product on this machine, joined to a simulation over HTTP or in process.

use anyhow::Context;
use initial_sync::Budget;
use local_host::{Access, Host, Options, Store};
use simulator::{EmbeddedSqs, KillSwitch, Registration};
use sync_core::domain::MappingSpec;
use sync_core::guard::Limits;
use sync_core::io::RandomIds;
use sync_core::io::http::Transport;
use sync_core::mapping::resolve;
use sync_core::pace::PaceLimits;
use sync_core::ports::{Clock, Nesting};

/// Everything that a run works with.
pub(crate) type Connection<T, C, O = sync_core::look::Unobserved> = Host<T, C, RandomIds, O>;

/// How fast ZenQMS is asked where so many requests a second are the most.
pub(crate) fn pace(ceiling: f64) -> PaceLimits {
    PaceLimits { start: PaceLimits::default().start.max(ceiling / 10.0), ceiling }
}

/// Connects to the simulation at `base`, resolves the mapping and keeps it in the ledger, as a deployment does.
pub(crate) async fn connect<T: Transport + Clone, C: Clock + Clone, O: sync_core::look::Observer>(
    base: &str,
    transport: T,
    clock: C,
    ceiling: f64,
    mapping: &str,
    observer: O,
) -> anyhow::Result<Connection<T, C, O>> {
    let pace = pace(ceiling);
    let clients = Access::simulated(base, pace).connect(transport.clone(), clock.clone())?;
    let flows = Access { brief: true, ..Access::simulated(base, pace) }.connect(transport, clock)?;
    let kill = KillSwitch::default();
    let store = Store::new(&kill, EmbeddedSqs::new(kill.clone()))?;
    store.create().await?;
    let mapping = resolve(&MappingSpec::parse(mapping)?, &clients.graph, &clients.zenqms).await?;
    store.ledger.keep_mapping(&mapping).await?;
    let options = Options {
        mapping: store.ledger.mapping().await.context("reading the mapping back")?,
        nesting: Nesting::Transitive,
        initial_sync: true,
        limits: Limits::default(),
        notification_url: String::new(),
        tenant: Registration::default().tenant,
        budget: Budget::UNLIMITED,
    };
    Ok(Host::new(clients, flows, store, options, RandomIds, observer))
}
