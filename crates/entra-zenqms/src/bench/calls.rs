//! The calls of a first and of a second run, in process: N people, half as many accounts of which half are linked, 20
//! mapped groups.

use serde::Serialize;
use simulator::{BASE, Behaviour, CompanyPlan, Simulation};
use sync_core::look::Unobserved;
use uuid::Uuid;

use crate::connection::connect;
use crate::floor::{Calls, Needed};
use crate::tables::{self, thousands};

const GROUPS: usize = 20;

#[derive(Debug, Serialize)]
pub(super) struct Row {
    people: usize,
    accounts: usize,
    first: Calls,
    first_floor: Calls,
    second: Calls,
    second_floor: Calls,
}

pub(super) async fn count(people: usize) -> anyhow::Result<Row> {
    let accounts = people / 2;
    let plan = CompanyPlan { groups: GROUPS, ..CompanyPlan::plain(people, accounts, 0.5) };
    let simulation = Simulation::new(plan.build(), Behaviour::default());
    let mapping = simulation.world(|world| world.suggested_mapping(GROUPS));
    let json = serde_json::to_string(&mapping)?;
    let host = connect(BASE, simulation.transport(), simulation.clock(), 1e6, &json, Unobserved).await?;
    let mapped: Vec<Uuid> = mapping.into_keys().collect();

    let mut runs = Vec::new();
    for first in [true, false] {
        let mut floor = simulation.world(|world| Calls::reading(world, &mapped, true));
        floor.batches = if first { Calls::beginning(&mapped, true) } else { 0 };
        simulation.reset_tally();
        let needed = Needed::default();
        host.full(&needed).await?;
        floor.profiles = needed.profiles();
        floor.roles = needed.roles();
        runs.push((Calls::made(&simulation.tally(), floor.accounts), floor));
    }
    let [(first, first_floor), (second, second_floor)] = runs.as_slice() else { anyhow::bail!("two runs were made") };
    Ok(Row { people, accounts, first: *first, first_floor: *first_floor, second: *second, second_floor: *second_floor })
}

impl Row {
    pub(super) fn is_at_floor(&self) -> bool {
        self.first == self.first_floor && self.second == self.second_floor
    }

    pub(super) fn print(&self) {
        tables::heading(&format!(
            "{} people, {} accounts, half of them linked, {GROUPS} mapped groups",
            thousands(self.people as u64),
            thousands(self.accounts as u64)
        ));
        tables::line("first run");
        tables::calls(&self.first, &self.first_floor);
        tables::line("second run");
        tables::calls(&self.second, &self.second_floor);
    }
}
