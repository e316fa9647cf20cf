use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;

use super::{STACK, Stage};
use crate::company::{ANNA, REVIEWER};
use crate::say;
use crate::stack::outputs;

const SOON: Duration = Duration::from_mins(2);
/// A run and a cleanup may work for so long at a time.
const BUDGET_SECONDS: &str = "20";
/// So many accounts may a run take out of use without asking: fewer than the leavers whom the first one comes upon.
pub(crate) const DEACTIVATIONS: usize = 5;

/// The parameters of the stack that lives.
pub(crate) fn parameters(stage: &Stage) -> std::collections::BTreeMap<&'static str, String> {
    let mut parameters = stage.company.parameters(&stage.secret);
    parameters.insert("TimeBudgetSeconds", BUDGET_SECONDS.to_owned());
    parameters.insert("DeactivationsPerRun", DEACTIVATIONS.to_string());
    // What is not said stays as it was.
    parameters.insert("FirstSyncNeedsApproval", "false".to_owned());
    parameters
}

/// Nothing is written, whatever changes and whatever the operator wants, until he wants no plan any more.
pub(crate) async fn waiting(stage: &Stage) -> anyhow::Result<()> {
    let mut parameters = parameters(stage);
    parameters.insert("FirstSyncNeedsApproval", "true".to_owned());
    let (deployed, said) = stage.sam.deploy(STACK, &parameters).await?;
    ensure!(deployed, "{said}");
    let title = |title: &str| {
        stage.company.simulation.change(|entra| entra.update_person(ANNA, |anna| anna.job_title = Some(title.into())));
    };
    title("Waiting");
    let dropped = async || Ok(!logged(stage, "work is dropped").await?.is_empty());
    stage.wait(SOON, "what is announced is dropped", dropped).await?;
    let refused = stage.operator.ask(STACK, &["sync"]).await;
    ensure!(refused.is_err(), "a full run was asked for: {refused:?}");
    let (code, status) = stage.operator.ask(STACK, &["status"]).await?;
    let waits = status["waiting_since"].is_string() && status["waits_for_operator"][0]["what"] == "first_plan";
    ensure!(code == 2 && waits, "{code}: {status}");
    ensure!(stage.company.writes() == 0, "something was written before any plan was approved");
    title("Analyst");
    Ok(())
}

/// The same stack, which waits no more.
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
    Ok(logged(stage, "a run begins").await?.iter().filter(|line| line.contains("full-")).count())
}

/// The lines of all functions' logs that say so.
async fn logged(stage: &Stage, words: &str) -> anyhow::Result<Vec<String>> {
    let groups = stage.emulator.call("logs", "Logs_20140328.DescribeLogGroups", &json!({})).await?;
    let mut lines = Vec::new();
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let found = json!({"logGroupName": group["logGroupName"], "filterPattern": format!("\"{words}\"")});
        let found = stage.emulator.call("logs", "Logs_20140328.FilterLogEvents", &found).await?;
        let events = found["events"].as_array().into_iter().flatten();
        lines.extend(events.filter_map(|event| event["message"].as_str().map(str::to_owned)));
    }
    Ok(lines)
}
