//! `demo`: a real initial sync and changes in real time, over HTTP, on this machine.

mod disaster;
mod evidence;
mod misreading;
mod narrowed;
mod planned;
mod real_time;

use std::time::Duration;

use anyhow::bail;
use initial_sync::rehearse;
use serde_json::{Value, json};
use sync_core::plan::Reveal;
use sync_core::ports::Nesting;
use sync_core::run::RunReport;
use tokio::time::Instant;
use uuid::Uuid;

use crate::cli::{DemoOptions, FaultLevel, Switch};
use crate::company;
use crate::floor::{Calls, Needed};
use crate::installation::{Installation, Terms};
use crate::progress::Bars;
use crate::tables::{self, thousands};
use real_time::Stretch;

/// How long everybody is waited for when much is taken away.
const PATIENCE: Duration = Duration::from_secs(40);
/// So often what is kept back is approved, and both sides are compared.
const ROUNDS: u32 = 5;

pub(crate) async fn run(options: DemoOptions) -> anyhow::Result<()> {
    let demo = Demo::new(options).await?;
    if !demo.options.json {
        demo.introduce();
    }
    let json = demo.options.json;
    Box::pin(demo.play(|document| if json { tables::json(document) } else { Ok(()) })).await
}

struct Demo {
    installation: Installation,
    options: DemoOptions,
}

/// A run, what it called, and what it had to call.
struct Outcome {
    report: RunReport,
    made: Calls,
    floor: Calls,
    seconds: f64,
}

impl Demo {
    async fn new(options: DemoOptions) -> anyhow::Result<Self> {
        let terms = Terms {
            mapping: options.mapping.as_deref(),
            groups: options.company.groups,
            nesting: if options.direct_members { Nesting::Direct } else { Nesting::Transitive },
            initial_sync: options.initial_sync == Switch::On,
        };
        let installation = Installation::new(company::simulate(&options.company), terms).await?;
        Ok(Self { installation, options })
    }

    /// `document` takes what came of it, also where that is not what it ought to be.
    async fn play(&self, document: impl FnOnce(&Value) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let (plan, shown, more) = self.plan().await?;
        if !self.options.json {
            tables::heading("1. The plan: what a sync would do, written nowhere");
            for plan in &shown {
                tables::line(plan);
            }
            if more > 0 {
                tables::line(&format!("... and {} more people (--show N shows more of them)", thousands(more)));
            }
            tables::line("");
            tables::counts(&plan.counts, true);
            tables::reasons(&plan);
        }
        if self.options.plan_only {
            return document(&json!({ "plan": plan }));
        }
        if !self.options.json {
            tables::heading("2. The initial sync");
        }
        let first = self.sync(true).await?;
        if !self.options.json {
            tables::counts(&first.report.counts, false);
            tables::reasons(&first.report);
            tables::calls(&first.made, &first.floor);
            tables::line(&format!(
                "{:.1} s; ZenQMS was found to bear about {:.0} requests a second.",
                first.seconds,
                self.installation.host.clients.gate.rate()
            ));
            tables::heading("3. The same again");
        }
        let second = self.sync(false).await?;
        if !self.options.json {
            tables::counts(&second.report.counts, false);
            tables::calls(&second.made, &second.floor);
        }
        let sound = self.check(&plan, &first, &second);
        if sound.is_ok() && self.options.changes > 0 {
            Box::pin(disaster::approve_what_the_sync_kept_back(&self.installation, !self.options.json)).await?;
        }
        let real_time = match &sound {
            Ok(()) if self.options.changes > 0 => Some(real_time::play(&self.installation, &self.stretch()).await?),
            _ => None,
        };
        let told = !self.options.json;
        let initial_sync = self.options.initial_sync == Switch::On;
        let verdict = real_time.as_ref().map(|real_time| real_time.verdict(initial_sync));
        if let Some(Ok(good)) = verdict.as_ref().filter(|_| told) {
            tables::good(good);
        }
        // With faults on order it would take long until everybody is done.
        let goes_on = matches!(verdict, Some(Ok(_))) && self.options.company.faults == FaultLevel::None;
        // Without the initial sync a run only links, and has no title to put right.
        let planned =
            if goes_on && initial_sync { Box::pin(planned::play(&self.installation, told)).await? } else { None };
        let planned_well = planned.as_ref().map(planned::Planned::verdict);
        if let Some(Ok(good)) = planned_well.as_ref().filter(|_| told) {
            tables::good(good);
        }
        let disaster = match planned_well {
            Some(Err(_)) => None,
            _ if goes_on => Some(Box::pin(disaster::play(&self.installation, told)).await?),
            _ => None,
        };
        let evidence = match &disaster {
            Some(_) => Some(Box::pin(evidence::play(&self.installation, told)).await?),
            None => None,
        };
        document(&json!({
            "plan": plan,
            "first": { "report": first.report, "calls": first.made, "floor": first.floor, "seconds": first.seconds },
            "second": { "report": second.report, "calls": second.made, "floor": second.floor, "seconds": second.seconds },
            "real_time": real_time,
            "planned": planned,
            "disaster": disaster,
            "evidence": evidence,
        }))?;
        sound?;
        verdict.transpose()?;
        planned.map(|planned| planned.verdict()).transpose()?;
        if let Some(good) = disaster.map(|disaster| disaster.verdict()).transpose()?.filter(|_| told) {
            tables::good(&good);
        }
        if let Some(good) = evidence.map(|evidence| evidence.verdict()).transpose()?.filter(|_| told) {
            tables::good(&good);
        }
        Ok(())
    }

    /// Whether the runs did what they should.
    fn check(&self, plan: &RunReport, first: &Outcome, second: &Outcome) -> anyhow::Result<()> {
        let incomplete = |outcome: &Outcome| outcome.report.status != "complete";
        if incomplete(first) || incomplete(second) {
            bail!("a run did not complete");
        }
        // With faults on order, a write that failed in the first run may be made up for in the second.
        if self.options.company.faults == FaultLevel::None {
            if plan.counts != first.report.counts {
                bail!("the sync did something else than the plan said");
            }
            if second.made.profiles + second.made.roles > 0 {
                bail!("the second run wrote something");
            }
        }
        if !self.options.json {
            let writes = second.made.profiles + second.made.roles;
            tables::good(&format!("The sync did what the plan said; the second run wrote {writes} times."));
        }
        Ok(())
    }

    fn stretch(&self) -> Stretch {
        Stretch {
            changes: self.options.changes,
            seed: self.options.company.seed,
            faults: self.options.company.faults != FaultLevel::None,
            told: !self.options.json,
        }
    }

    fn introduce(&self) {
        let base = self.installation.base();
        let (people, groups, accounts) =
            self.installation.simulation.world(|world| (world.people.len(), world.groups.len(), world.accounts.len()));
        tables::heading("A directory of people becomes ZenQMS accounts and roles");
        tables::line(&format!(
            "
  Microsoft Graph  --- {people} people, {groups} groups --->  initial sync  --->  ZenQMS, {accounts} accounts
  (simulated)                                      |                (simulated)
                                                ledger
                                        (DynamoDB, in this process)

  Both services are simulated at {base}, and reached over HTTP."
        ));
    }

    /// The report, the first plans in words, and how many more there are.
    async fn plan(&self) -> anyhow::Result<(RunReport, Vec<String>, u64)> {
        let mut shown = Vec::new();
        let mut more = 0;
        let needed = Needed::default();
        let bars = Bars::new(&needed, Some(self.living()));
        let report =
            rehearse(self.installation.host.run_services(), self.installation.host.run_settings(), &bars, |_, plan| {
                if shown.len() < self.options.show {
                    shown.push(plan.describe(Reveal::Values).to_string());
                } else {
                    more += 1;
                }
            });
        let report = Box::pin(report).await?;
        bars.finish();
        Ok((report, shown, more))
    }

    async fn sync(&self, first: bool) -> anyhow::Result<Outcome> {
        let mapped: Vec<Uuid> = self
            .installation
            .host
            .options
            .mapping
            .groups()
            .filter_map(|group| group.to_string().parse().ok())
            .collect();
        let transitive = !self.options.direct_members;
        let mut floor = self.installation.simulation.world(|world| {
            let mapped = if self.options.initial_sync == Switch::On { mapped.as_slice() } else { &[] };
            Calls::reading(world, mapped, transitive)
        });
        floor.batches = if first { Calls::beginning(&mapped, transitive) } else { 0 };
        self.installation.simulation.reset_tally();
        let needed = Needed::default();
        let bars = Bars::new(&needed, Some(self.living()));
        let began = Instant::now();
        let report = self.installation.host.full(&bars).await?;
        let seconds = began.elapsed().as_secs_f64();
        bars.finish();
        floor.profiles = needed.profiles();
        floor.roles = needed.roles();
        let made = Calls::made(&self.installation.simulation.tally(), floor.accounts);
        Ok(Outcome { report, made, floor, seconds })
    }

    fn living(&self) -> u64 {
        self.installation
            .simulation
            .world(|world| world.people.iter().filter(|person| person.deleted.is_none()).count() as u64)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::schemas::hold;

    /// Plays the demo with these options, silently.
    async fn held(options: &[&str]) {
        let line =
            [&["entra-zenqms", "demo", "--json", "--people", "60", "--groups", "4", "--rate", "0"], options].concat();
        let Command::Demo(options) = Cli::parse_from(line).command else { panic!("it is no demo") };
        let demo = Demo::new(options).await.unwrap();
        let holds = |document: &Value| {
            hold("demo", document);
            Ok(())
        };
        Box::pin(demo.play(holds)).await.unwrap();
    }

    #[tokio::test]
    async fn each_document_is_what_its_schema_says() {
        held(&["--plan-only"]).await;
        held(&["--changes", "0"]).await;
        held(&["--changes", "3"]).await;
    }
}
