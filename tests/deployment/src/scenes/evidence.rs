use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::json;

use super::{STACK, Stage};
use crate::company::ANNA;
use crate::say;

pub(crate) async fn told(stage: &Stage) -> anyhow::Result<()> {
    let (code, verdict) = stage.operator.ask(STACK, &["audit", "verify"]).await?;
    let records = verdict["records"].as_u64().unwrap_or_default();
    let whole = verdict["whole"] == true && verdict["unfinished"] == 0;
    ensure!(code == 0 && whole && records > 1_000, "{code}: {verdict}");
    say(&format!("   {records} records are whole"));

    let (code, anna) = stage.operator.ask(STACK, &["audit", "show", &ANNA.to_string()]).await?;
    let changes = anna["changes"].as_array().context("no changes")?;
    let role = changes.iter().find(|change| change["to"] == "given").context("no role on record")?;
    ensure!(
        code == 0 && role["result"] == "done" && role["groups"].as_array().is_some_and(|all| !all.is_empty()),
        "{anna}"
    );

    let file = |format: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deployment").join(format!("evidence.{format}"))
    };
    for format in ["jsonl", "csv", "html"] {
        let file = file(format);
        let arguments = ["audit", "export", "--format", format, "--output", file.to_str().context("the path")?];
        let (code, exported) = stage.operator.ask(STACK, &arguments).await?;
        ensure!(code == 0 && exported["records"] == records, "{format}: {code}: {exported}");
    }
    let lines = file("jsonl");
    let (code, verdict) = stage.operator.call(&["audit", "verify-file", lines.to_str().context("the path")?]).await?;
    ensure!(code == 0 && verdict["records"] == records, "{code}: {verdict}");
    let table = std::fs::read_to_string(file("csv"))?;
    ensure!(table.contains("they left last year"), "the approval is not on record");
    Ok(())
}

/// The one table that is left says what the cleanup did.
pub(crate) async fn outlives(stage: &Stage, tables: &[&str]) -> anyhow::Result<()> {
    let [table] = tables else { anyhow::bail!("not one table is left: {tables:?}") };
    let query = json!({
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": ANNA.to_string()}},
        "ScanIndexForward": false,
        "Limit": 2,
    });
    let found = stage.emulator.call("dynamodb", "DynamoDB_20120810.Query", &query).await?;
    let text = |n: usize| found["Items"][n]["record"]["S"].as_str().unwrap_or_default();
    let (outcome, intent) = (text(0), text(1));
    ensure!(intent.contains(r#""run":"cleanup""#) && outcome.contains(r#""answer":"done""#), "{found}");
    Ok(())
}
