use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::company::Company;
use crate::emulator::Emulator;
use crate::operator::Operator;
use crate::stack::Sam;

mod changes;
mod doctor;
mod evidence;
mod first;
mod guarded;
mod proposed;
mod queues;
mod refused;
mod removal;

/// The stack that lives through all of it.
pub(crate) const STACK: &str = "zenqms";

/// Where the scenes play.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) company: Company,
    pub(crate) sam: Sam,
    pub(crate) operator: Operator,
    pub(crate) secret: String,
}

type Scene = for<'a> fn(&'a Stage) -> LocalBoxFuture<'a, anyhow::Result<()>>;

/// All scenes, in their order.
pub(crate) const ALL: &[(&str, Scene)] = &[
    ("the queues keep what ours keep in the tests", |stage| Box::pin(queues::kept(stage))),
    ("all functions are built as users build them", |stage| Box::pin(stage.sam.build())),
    ("what cannot work is refused with a sentence, and rolls back", |stage| Box::pin(refused::all(stage))),
    ("a deployment that fails half-way is taken back by the removal", |stage| Box::pin(refused::half_way(stage))),
    ("a first deployment that is to wait writes nothing", |stage| Box::pin(first::waiting(stage))),
    ("the first deployment checks, subscribes and starts the sync", |stage| Box::pin(first::deployed(stage))),
    ("the initial sync hands itself over until it is complete", |stage| Box::pin(first::synced(stage))),
    ("what the guard keeps back follows once it is approved", |stage| Box::pin(guarded::approved(stage))),
    ("changes follow within a minute", |stage| Box::pin(changes::followed(stage))),
    ("a message that cannot be read ends among the dead letters, alone", |stage| Box::pin(changes::poisoned(stage))),
    ("another mapping is checked and followed by a role run", |stage| Box::pin(changes::remapped(stage))),
    ("any other update starts nothing", |stage| Box::pin(changes::unmoved(stage))),
    ("a plan is approved and done, as far as it is still right", |stage| Box::pin(proposed::applied(stage))),
    ("who has what, and who is not in line, is told", |stage| Box::pin(proposed::reviewed(stage))),
    ("all that is needed is found well, and a canary comes back", |stage| Box::pin(doctor::well(stage))),
    ("what was written is on record, whole, and can be taken away", |stage| Box::pin(evidence::told(stage))),
    ("the removal clears what we set, and nothing else", |stage| Box::pin(removal::cleared(stage))),
];

impl Stage {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let (tools, scratch) = (project.join(".tools"), project.join("target/deployment"));
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch)?;
        }
        std::fs::create_dir_all(&scratch)?;
        let emulator = Emulator::start(&tools, &scratch).await?;
        let company = Company::new(&emulator).await?;
        let graph = company.simulation.clone();
        tokio::spawn(async move { graph.deliver_forever().await });
        let sam = Sam::new(&tools, &project, &scratch, &emulator);
        let secret = emulator.secret("entra-zenqms", &Company::secret()).await?;
        let operator = Operator::new(&emulator)?;
        Ok(Self { emulator, company, sam, operator, secret })
    }

    /// Asks until the answer is yes, for so long at most.
    pub(crate) async fn wait(
        &self,
        most: Duration,
        what: &str,
        mut asked: impl AsyncFnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let end = Instant::now() + most;
        while Instant::now() < end {
            if asked().await? {
                return Ok(());
            }
            sleep(Duration::from_millis(500)).await;
        }
        bail!("after {} s still not: {what} (the emulator's log: {})", most.as_secs(), self.emulator.log.display())
    }

    /// An item of the ledger.
    pub(crate) async fn item(&self, table: &str, pk: &str, sk: &str) -> anyhow::Result<Option<Value>> {
        let body = json!({"TableName": table, "ConsistentRead": true, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}});
        let answer = self.emulator.call("dynamodb", "DynamoDB_20120810.GetItem", &body).await?;
        Ok(answer.get("Item").cloned())
    }

    /// The latest run of a mode: its name, its state, its counts.
    pub(crate) async fn latest_run(&self, table: &str, mode: &str) -> anyhow::Result<Option<(String, String, Value)>> {
        let Some(latest) = self.item(table, "runs", &format!("latest#{mode}")).await? else { return Ok(None) };
        let id = latest["run_id"]["S"].as_str().context("a run without a name")?.to_owned();
        let run = self.item(table, "runs", &format!("run#{id}")).await?.context("a run without a record")?;
        let state = run["state"]["S"].as_str().unwrap_or_default().to_owned();
        Ok(Some((id, state, run["tally"]["M"].clone())))
    }

    /// What a plan for everybody would write.
    pub(crate) async fn still_to_write(&self, function: &str) -> anyhow::Result<u64> {
        let report = self.emulator.invoke(function, &json!({"mode": "plan"})).await?;
        anyhow::ensure!(report["status"] == "complete", "the plan: {report}");
        let counts = ["created", "linked", "updated", "deactivated", "roles_added", "roles_removed"];
        Ok(counts.iter().filter_map(|count| report["counts"][count].as_u64()).sum())
    }
}
