use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::first::DEACTIVATIONS;
use super::{STACK, Stage};
use crate::say;

const SOON: Duration = Duration::from_mins(4);

/// The accounts that are kept in use.
fn kept_in_use(held: &Value) -> BTreeSet<String> {
    let people = held["people"].as_array().into_iter().flatten();
    people.filter(|one| one["deactivates"] == true).map(|one| id(&one["account"])).collect()
}

/// An id, whether it came as a number or as a text.
fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

pub(crate) async fn approved(stage: &Stage) -> anyhow::Result<()> {
    // The initial sync came upon more leavers than a run may take out of use without asking.
    let (code, held) = stage.operator.ask(STACK, &["held"]).await?;
    let kept = kept_in_use(&held);
    ensure!(code == 2 && kept.len() > DEACTIVATIONS, "{code}: {held}");
    say(&format!("   {} people are kept back", held["people"].as_array().map_or(0, Vec::len)));
    let in_use = || {
        stage.company.simulation.world(|world| {
            world.accounts.iter().filter(|one| one.is_active && kept.contains(&one.id.to_string())).count()
        })
    };
    ensure!(in_use() == kept.len(), "of {} accounts {} are in use", kept.len(), in_use());
    let (code, status) = stage.operator.ask(STACK, &["status"]).await?;
    ensure!(code == 2 && status["held"].as_u64() > Some(DEACTIVATIONS as u64), "{code}: {status}");

    let plan = held["plan"].as_str().context("no plan")?;
    let (code, approved) = stage.operator.ask(STACK, &["approve", plan, "--because", "they left last year"]).await?;
    ensure!(code == 0 && approved["changed"].as_array().is_some_and(Vec::is_empty), "{code}: {approved}");
    stage.wait(SOON, "what was approved is done", async || Ok(in_use() == 0)).await?;
    let done = async || Ok(stage.operator.ask(STACK, &["held"]).await?.0 == 0);
    stage.wait(SOON, "nothing is kept back any more", done).await?;
    Ok(())
}
