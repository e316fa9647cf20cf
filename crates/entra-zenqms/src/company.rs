//! The company that is simulated, by the options of the command line.

use std::time::Duration;

use simulator::{
    Behaviour, CompanyPlan, Fault, FaultKind, GraphBehaviour, GraphThrottle, Latency, Limit, RetryAfter, Route,
    Simulation, ZenqmsBehaviour,
};

use crate::cli::{CompanyOptions, FaultLevel, Likeness};

/// Begins the simulation that the options describe.
pub(crate) fn simulate(options: &CompanyOptions) -> Simulation {
    let accounts = options.accounts.unwrap_or(options.people / 2);
    let plan = match options.likeness {
        Likeness::Lifelike => CompanyPlan { people: options.people, accounts, ..CompanyPlan::default() },
        Likeness::Plain => CompanyPlan::plain(options.people, accounts, 0.5),
        Likeness::Settled => CompanyPlan::settled(options.people),
    };
    let world = CompanyPlan { seed: options.seed, groups: options.groups, ..plan }.build();
    let simulation = Simulation::new(world, behaviour(options.rate));
    order_faults(&simulation, options.faults);
    simulation
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
