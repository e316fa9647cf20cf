//! What the services know between two calls.

mod limiter;
mod tokens;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

use crate::behaviour::{Behaviour, Latency};
use crate::change::{ChangeLog, View, WorldEditor};
use crate::faults::Age;
use crate::kill_switch::KillSwitch;
use crate::notify::Outbox;
use crate::route::{Route, Service};
use crate::subscription::Subscriptions;
use crate::tally::{Tally, WriteRecord};
use crate::world::{AccountNumber, World};

use limiter::Limiter;
use tokens::Tokens;

/// All that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) log: ChangeLog,
    pub(crate) behaviour: Behaviour,
    pub(crate) tally: Tally,
    pub(crate) writes: Vec<WriteRecord>,
    pub(crate) dice: fastrand::Rng,
    pub(crate) tokens: Tokens,
    pub(crate) graph_limiter: Limiter,
    pub(crate) zenqms_limiter: Limiter,
    /// How often all tokens of delta queries were made worthless.
    pub(crate) delta_resets: u64,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) outbox: Outbox,
}

/// One call on its way through.
pub(crate) struct Call<'a> {
    pub(crate) route: Route,
    pub(crate) request: &'a Request<Bytes>,
    /// The time, by the simulation's clock.
    pub(crate) now: Timestamp,
    /// How long the simulation has been running.
    pub(crate) running: Duration,
    /// How far back a read looks.
    pub(crate) age: Option<Age>,
    pub(crate) kill: &'a KillSwitch,
}

impl State {
    pub(crate) fn new(world: World, behaviour: Behaviour) -> Self {
        Self {
            world,
            log: ChangeLog::new(behaviour.remembered_changes),
            dice: fastrand::Rng::with_seed(behaviour.seed),
            tally: Tally::default(),
            writes: Vec::new(),
            tokens: Tokens::default(),
            graph_limiter: Limiter::default(),
            zenqms_limiter: Limiter::default(),
            delta_resets: 0,
            subscriptions: Subscriptions::default(),
            outbox: Outbox::new(behaviour.seed),
            behaviour,
        }
    }

    /// Draws how long a service takes for a call.
    pub(crate) fn latency(&mut self, service: Service) -> Duration {
        let latency = match service {
            Service::Login => self.behaviour.entra.latency,
            Service::Graph => self.behaviour.graph.latency,
            Service::Zenqms => self.behaviour.zenqms.latency,
            Service::Nobody => Latency::None,
        };
        latency.draw(&mut self.dice)
    }

    /// The world as a read sees it.
    pub(crate) fn view(&self, call: &Call<'_>) -> View<'_> {
        self.log.view(&self.world, call.age, call.now)
    }

    /// A write was carried out.
    pub(crate) fn wrote(&mut self, call: &Call<'_>, account: AccountNumber) {
        call.kill.step();
        self.writes.push(WriteRecord { at: call.now, route: call.route, account, body: call.request.body().clone() });
    }

    /// The world, open for the API's own changes.
    pub(crate) fn editor(&mut self, call: &Call<'_>) -> WorldEditor<'_> {
        WorldEditor::new(&mut self.world, &mut self.log, call.now)
    }
}
