use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;

use super::{STACK, Stage};
use crate::company::{ANNA, REVIEWER};
use crate::say;
use crate::stack::outputs;

/// A run and a cleanup may work for so long at a time.
const BUDGET_SECONDS: &str = "20";
/// So many accounts may a run take out of use without asking: fewer than the leavers whom the first one comes upon.
pub(crate) const DEACTIVATIONS: usize = 5;

/// The parameters of the stack that lives.
pub(crate) fn parameters(stage: &Stage) -> std::collections::BTreeMap<&'static str, String> {
    let mut parameters = stage.company.parameters(&stage.secret);
    parameters.insert("TimeBudgetSeconds", BUDGET_SECONDS.to_owned());
    parameters.insert("DeactivationsPerRun", DEACTIVATIONS.to_string());
    parameters
}

pub(crate) async fn deployed(stage: &Stage) -> anyhow::Result<()> {
    let (deployed, said) = stage.sam.deploy(STACK, &parameters(stage)).await?;
    ensure!(deployed, "{said}");
    let outputs = outputs(&stage.emulator, STACK).await?;
    let url = outputs.get("NotificationUrl").context("no NotificationUrl")?;
    ensure!(stage.company.simulation.subscriptions().len() == 2, "there are not two subscriptions");
    ensure!(stage.company.subscription_urls()? == [url.clone()], "a subscription leads elsewhere than to {url}");
    Ok(())
}

pub(crate) async fn synced(stage: &Stage) -> anyhow::Result<()> {
    let outputs = outputs(&stage.emulator, STACK).await?;
    let table = outputs.get("LedgerTableName").context("no LedgerTableName")?;
    let complete = async || {
        let latest = stage.latest_run(table, "full").await?;
        Ok(latest.is_some_and(|(_, state, _)| state == "complete"))
    };
    stage.wait(Duration::from_mins(8), "the initial sync is complete", complete).await?;
    let attempts = attempts(stage).await?;
    ensure!(attempts > 1, "it was done in {attempts} invocation");
    say(&format!("   {} accounts linked, in {attempts} invocations", stage.company.linked().len()));
    stage.company.ensure_nobody_twice()?;
    let anna = stage.company.account_of(ANNA).context("Anna has no account")?;
    ensure!(anna.roles.contains(&REVIEWER), "Anna lacks the role of her group");
    let function = outputs.get("InitialSyncFunctionName").context("no InitialSyncFunctionName")?;
    let rest = stage.still_to_write(function).await?;
    ensure!(rest == 0, "{rest} writes are still to be done");
    Ok(())
}

/// How often the full run was begun or gone on with, by the function's log.
async fn attempts(stage: &Stage) -> anyhow::Result<usize> {
    let groups = stage.emulator.call("logs", "Logs_20140328.DescribeLogGroups", &json!({})).await?;
    let mut attempts = 0;
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let found = json!({"logGroupName": group["logGroupName"], "filterPattern": "\"a run begins\""});
        let found = stage.emulator.call("logs", "Logs_20140328.FilterLogEvents", &found).await?;
        let lines = found["events"].as_array().into_iter().flatten();
        attempts += lines.filter(|line| line["message"].as_str().is_some_and(|text| text.contains("full-"))).count();
    }
    Ok(attempts)
}
