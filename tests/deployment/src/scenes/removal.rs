use anyhow::ensure;
use serde_json::{Value, json};

use super::{STACK, Stage, evidence};
use crate::company::BY_HAND;
use crate::say;

pub(crate) async fn cleared(stage: &Stage) -> anyhow::Result<()> {
    let before = stage.company.accounts_unlinked();
    let theirs = &stage.company.linked_before;
    ensure!(theirs.iter().any(|(account, _)| *account == BY_HAND), "nobody was linked by hand");
    let ours = stage.company.linked().len() - theirs.len();
    ensure!(ours > 0, "nobody was linked by us");
    let (deleted, said) = stage.sam.delete(STACK).await?;
    ensure!(deleted, "{said}");
    let left = stage.company.linked();
    ensure!(left == *theirs, "{} are linked still, and {} were before the deployment", left.len(), theirs.len());
    ensure!(stage.company.accounts_unlinked() == before, "the removal changed more than whom accounts are linked to");
    ensure!(stage.company.simulation.subscriptions().is_empty(), "a subscription is left");
    say(&format!("   {ours} links cleared, {} that somebody else had made are left", theirs.len()));
    nothing_left(stage).await
}

/// What the stack made is gone, but for the evidence.
async fn nothing_left(stage: &Stage) -> anyhow::Result<()> {
    let tables = stage.emulator.call("dynamodb", "DynamoDB_20120810.ListTables", &json!({})).await?;
    let tables: Vec<_> = tables["TableNames"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    evidence::outlives(stage, &tables).await?;
    let queues = stage.emulator.call("sqs", "AmazonSQS.ListQueues", &json!({})).await?;
    ensure!(queues["QueueUrls"].as_array().is_none_or(Vec::is_empty), "a queue is left: {queues}");
    let alarms = stage.emulator.query("monitoring", "Action=DescribeAlarms&Version=2010-08-01").await?;
    ensure!(!alarms.contains("<AlarmName>"), "an alarm is left: {alarms}");
    Ok(())
}
