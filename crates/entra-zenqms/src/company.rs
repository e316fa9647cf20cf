//! The company that is simulated, by the options of the command line.

use std::time::Duration;

use simulator::{
    Behaviour, CompanyPlan, Fault, FaultKind, GraphBehaviour, GraphThrottle, Latency, Limit, NotificationBehaviour,
    RetryAfter, Route, Simulation, World, ZenqmsBehaviour,
};

use crate::cli::{CompanyOptions, FaultLevel, Likeness};

/// Begins the simulation that the options describe.
pub(crate) fn simulate(options: &CompanyOptions) -> Simulation {
    populate(options, world(options))
}

/// Begins a simulation of this world, with the limits and faults that the options describe.
pub(crate) fn populate(options: &CompanyOptions, world: World) -> Simulation {
    let simulation = Simulation::new(world, behaviour(options.rate));
    order_faults(&simulation, options.faults);
    simulation
}

/// The world that the options describe.
pub(crate) fn world(options: &CompanyOptions) -> World {
    let accounts = options.accounts.unwrap_or(options.people / 2);
    let plan = match options.likeness {
        Likeness::Lifelike => CompanyPlan { people: options.people, accounts, ..CompanyPlan::default() },
        Likeness::Plain => CompanyPlan::plain(options.people, accounts, 0.5),
        Likeness::Settled => CompanyPlan::settled(options.people),
    };
    CompanyPlan { seed: options.seed, groups: options.groups, ..plan }.build()
}

/// Notifications as Graph never promised them better: several of a change, some of them twice, late, out of order, or
/// not at all.
pub(crate) fn unreliable(simulation: &Simulation) {
    let notifications = NotificationBehaviour {
        delay: Latency::Between(Duration::from_millis(300), Duration::from_millis(3_500)),
        lost: 0.25,
        doubled: 0.2,
        late: 0.1,
        late_by: Duration::from_secs(4),
        per_change: (1, 3),
        ..NotificationBehaviour::default()
    };
    simulation.behave(|behaviour| behaviour.graph.notifications = notifications);
}

/// Delays as over a good line, Graph's quota, and the rate limit that is asked for.
fn behaviour(rate: u32) -> Behaviour {
    let millis = |from, to| Latency::Between(Duration::from_millis(from), Duration::from_millis(to));
    let limit = match rate {
        0 => Limit::None,
        rate => Limit::TokenBucket { per_second: f64::from(rate), burst: f64::from(rate) },
    };
    Behaviour {
        graph: GraphBehaviour {
            latency: if rate == 0 { Latency::None } else { millis(40, 120) },
            throttle: GraphThrottle::BySize,
            ..GraphBehaviour::default()
        },
        zenqms: ZenqmsBehaviour {
            latency: if rate == 0 { Latency::None } else { millis(10, 40) },
            limit,
            retry_after: RetryAfter::Seconds,
            ..ZenqmsBehaviour::default()
        },
        ..Behaviour::default()
    }
}

fn order_faults(simulation: &Simulation, level: FaultLevel) {
    let share = match level {
        FaultLevel::None => return,
        FaultLevel::Few => 0.01,
        FaultLevel::Many => 0.1,
    };
    let kinds = [
        (Route::AnyWrite, FaultKind::CutAfter),
        (Route::AnyWrite, FaultKind::Status(503)),
        (Route::Any, FaultKind::CutBefore),
        (Route::AnyGraph, FaultKind::Status(504)),
        (Route::AnyZenqms, FaultKind::Html),
    ];
    for (seed, (route, kind)) in (1..).zip(kinds) {
        simulation.faults().add(Fault::on(route).share(share / 5.0, seed).kind(kind));
    }
}
