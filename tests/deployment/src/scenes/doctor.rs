use anyhow::{Context, ensure};
use serde_json::Value;

use super::{STACK, Stage};
use crate::company::ANNA;
use crate::say;

/// What is not well here: of ministack 1.5.33 functions have addresses that no resolver knows, and a table has neither the key nor
/// the backups that the template wants.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("address for notifications", "It does not answer from this machine"),
    ("encryption", "It is encrypted by a key that is AWS's own"),
    ("recovery by time", "It is switched off"),
    // The message that an earlier scene could not have read.
    ("dead letters", "1 message about people given up"),
];

/// All that the stack needs is there, and somebody who is named is looked at, from the queue to the ledger.
pub(crate) async fn well(stage: &Stage) -> anyhow::Result<()> {
    let (code, told) = stage.operator.ask(STACK, &["doctor", "--canary", &ANNA.to_string()]).await?;
    let checks: Vec<&Value> = told["parts"].as_array().into_iter().flatten().flat_map(checks).collect();
    let is_excepted = |check: &Value| {
        let says = check["sentence"].as_str().unwrap_or_default();
        EXCEPTIONS.iter().any(|(name, sentence)| check["name"] == *name && says.starts_with(sentence))
    };
    let wrong: Vec<_> = checks.iter().filter(|check| check["verdict"] != "ok" && !is_excepted(check)).collect();
    // Some of the exceptions are bad.
    ensure!(wrong.is_empty() && code == 2, "{code}: {wrong:?}");
    let canary = checks.iter().find(|check| check["name"] == "canary").context("no canary")?;
    say(&format!("   {} checks; {}", checks.len(), canary["sentence"].as_str().unwrap_or_default()));
    Ok(())
}

fn checks(part: &Value) -> impl Iterator<Item = &Value> {
    part["checks"].as_array().into_iter().flatten()
}
