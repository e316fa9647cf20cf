//! Both services, their state, and the way of a call through them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use sync_core::ports::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::answer::service_error;
use crate::behaviour::Behaviour;
use crate::change::WorldEditor;
use crate::faults::{FaultKind, Faults, mangle};
use crate::kill_switch::KillSwitch;
use crate::reply::Reply;
use crate::route::{Route, Service};
use crate::state::{Call, State};
use crate::subscription::Subscription;
use crate::tally::{Origin, Tally, WriteRecord};
use crate::world::World;
use crate::{graph, login, zenqms};

/// A simulated tenant of Entra ID and of ZenQMS. Clones share their state.
#[derive(Clone, Debug)]
pub struct Simulation {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    faults: Faults,
    kill: KillSwitch,
    clock: SimulatedClock,
    /// Something is due, perhaps earlier than was thought.
    wake: Notify,
}

/// The simulation's clock: it begins where [`Behaviour::starts_at`] says, and follows tokio's clock from there.
#[derive(Clone, Copy, Debug)]
pub struct SimulatedClock {
    starts_at: Timestamp,
    began: Instant,
}

impl SimulatedClock {
    fn running(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let running = SignedDuration::try_from(self.running()).unwrap_or(SignedDuration::MAX);
        self.starts_at.checked_add(running).unwrap_or(Timestamp::MAX)
    }

    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Simulation {
    /// A simulation of this company. Begins its clock now.
    #[must_use]
    pub fn new(world: World, behaviour: Behaviour) -> Self {
        let clock = SimulatedClock { starts_at: behaviour.starts_at, began: Instant::now() };
        let state = State::new(world, behaviour);
        let inner = Inner {
            state: Mutex::new(state),
            faults: Faults::default(),
            kill: KillSwitch::default(),
            clock,
            wake: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The simulation's clock, for clients that have to agree with it.
    #[must_use]
    pub fn clock(&self) -> SimulatedClock {
        self.inner.clock
    }

    /// The faults to order.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// The switch that stops everything between two steps.
    #[must_use]
    pub fn kill_switch(&self) -> &KillSwitch {
        &self.inner.kill
    }

    /// Looks at the world.
    pub fn world<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&self.state().world)
    }

    /// Changes the world, as administrators of either side do.
    pub fn change<R>(&self, change: impl FnOnce(&mut WorldEditor<'_>) -> R) -> R {
        let now = self.inner.clock.now();
        let mut state = self.state();
        let State { world, log, .. } = &mut *state;
        let result = change(&mut WorldEditor::new(world, log, now));
        state.announce(now);
        drop(state);
        self.wake().notify_one();
        result
    }

    /// Changes how the services behave.
    pub fn behave<R>(&self, change: impl FnOnce(&mut Behaviour) -> R) -> R {
        let mut state = self.state();
        let result = change(&mut state.behaviour);
        let kept = state.behaviour.remembered_changes;
        state.log.keep(kept);
        result
    }

    /// What was called so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.state().tally.clone()
    }

    /// Begins to count anew, calls and writes.
    pub fn reset_tally(&self) {
        let mut state = self.state();
        state.tally = Tally::default();
        state.writes.clear();
    }

    /// The writes that ZenQMS carried out, in their order.
    #[must_use]
    pub fn writes(&self) -> Vec<WriteRecord> {
        self.state().writes.clone()
    }

    /// Makes every token that was issued so far worthless.
    pub fn revoke_tokens(&self) {
        self.state().tokens.revoke_all();
    }

    /// Makes every token of a delta query that was issued so far answer 410, as after a reset of the service.
    pub fn reset_delta(&self) {
        self.state().delta_resets += 1;
    }

    /// The subscriptions that the app has at present.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<Subscription> {
        let now = self.inner.clock.now();
        self.state().subscriptions.live(now).cloned().collect()
    }

    /// Makes a subscription vanish without a word; `false` if there is no such subscription.
    #[must_use]
    pub fn drop_subscription(&self, id: Uuid) -> bool {
        let now = self.inner.clock.now();
        self.state().subscriptions.remove(id, now)
    }

    /// One call, from its coming to its answer.
    pub async fn handle(&self, request: Request<Bytes>) -> Reply {
        let inner = &*self.inner;
        inner.kill.pass().await;
        let route = Route::of(request.method(), request.uri().path());
        let fault = inner.faults.due(route, &request);
        let latency = {
            let mut state = self.state();
            state.tally.came(route, Origin::Call);
            state.latency(route.service())
        };
        match &fault {
            Some(FaultKind::Refused) => return Reply::Refused,
            Some(FaultKind::CutBefore) => return Reply::Cut,
            Some(FaultKind::Slow(time)) => tokio::time::sleep(*time).await,
            _ => {}
        }
        // A rate limit stands at the door: what it refuses or lets through depends on when a call came, not on how long
        // it then takes.
        let refusal = refusal(&mut self.state(), route, inner.clock.now(), inner.clock.running());
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let call = Call {
            route,
            request: &request,
            now: inner.clock.now(),
            running: inner.clock.running(),
            age: match fault {
                Some(FaultKind::Stale(age)) => Some(age),
                _ => None,
            },
            kill: &inner.kill,
        };
        let answer = match fault.as_ref().and_then(|fault| fault.instead_of(route)).or(refusal) {
            Some(answer) => answer,
            None if route == Route::SubscriptionCreate => self.subscribe(&call).await,
            None => answer(&mut self.state(), &call, &inner.faults),
        };
        inner.kill.pass().await;
        match &fault {
            Some(FaultKind::CutAfter) => return Reply::Cut,
            Some(FaultKind::NoAnswer) => std::future::pending::<()>().await,
            _ => {}
        }
        let answer = match &fault {
            Some(fault) => mangle(fault, answer),
            None => answer,
        };
        self.state().tally.answered(route, Origin::Call, answer.status());
        Reply::Answer(answer)
    }

    /// Creates a subscription. Its subscriber is called in the middle, and may himself call the simulation.
    async fn subscribe(&self, call: &Call<'_>) -> Response<Bytes> {
        let begun = graph::begin_subscription(&mut self.state(), call);
        let way = self.state().outbox.way.clone();
        let wish = match begun {
            Ok(wish) => wish.validated(way.0.as_deref()).await,
            refused => refused,
        };
        let call = Call { now: self.inner.clock.now(), running: self.inner.clock.running(), ..*call };
        graph::end_subscription(&mut self.state(), &call, wish)
    }

    pub(crate) fn wake(&self) -> &Notify {
        &self.inner.wake
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The 429 of a service that lets no more calls in at present. Graph's quota is of resource units, which it counts by
/// what is read.
fn refusal(state: &mut State, route: Route, now: Timestamp, running: Duration) -> Option<Response<Bytes>> {
    match route.service() {
        Service::Zenqms => zenqms::refusal(state, now, running),
        Service::Login | Service::Graph | Service::Nobody => None,
    }
}

/// Answers a call; `faults` are for the items of a batch.
fn answer(state: &mut State, call: &Call<'_>, faults: &Faults) -> Response<Bytes> {
    match call.route.service() {
        Service::Login => login::answer(state, call),
        Service::Graph => graph::answer(state, call, faults),
        Service::Zenqms => zenqms::answer(state, call),
        Service::Nobody => service_error(Service::Nobody, 404),
    }
}
