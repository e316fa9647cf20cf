use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};

use super::{STACK, Stage};
use crate::company::{ANNA, BORIS};
use crate::say;

const SOON: Duration = Duration::from_mins(4);

/// Somebody has changed two titles in ZenQMS by hand. It is planned to put them right, one of them is put right by hand as well, and
/// what is left is done.
pub(crate) async fn applied(stage: &Stage) -> anyhow::Result<()> {
    let (code, nothing) = stage.operator.ask(STACK, &["plan"]).await?;
    ensure!(code == 0 && nothing["people"].as_array().is_some_and(Vec::is_empty), "{code}: {nothing}");
    let account = |person| stage.company.account_of(person).context("no account");
    let (anna, boris) = (account(ANNA)?, account(BORIS)?);
    let title = |account: &simulator::Account, title: &str| {
        stage.company.simulation.change(|editor| editor.update_account(account.id, |one| one.title = title.into()));
    };
    title(&anna, "By hand");
    title(&boris, "By hand");

    let (code, plan) = stage.operator.ask(STACK, &["plan"]).await?;
    let people = plan["people"].as_array().context("nobody")?;
    ensure!(code == 2 && people.len() == 2 && people[0]["fields"][0]["from"] == "By hand", "{code}: {plan}");
    let plan = plan["plan"].as_str().context("no plan")?.to_owned();
    let unapproved = stage.operator.ask(STACK, &["apply", &plan]).await;
    ensure!(unapproved.is_err(), "what nobody has approved was taken: {unapproved:?}");
    let (code, approved) = stage.operator.ask(STACK, &["approve", &plan, "--because", "as planned"]).await?;
    ensure!(code == 0 && approved["people"] == 2, "{code}: {approved}");

    title(&boris, boris.title.as_ref());
    let (code, differs) = stage.operator.ask(STACK, &["apply", &plan]).await?;
    ensure!(code == 2 && differs["gone"][0] == BORIS.to_string(), "{code}: {differs}");
    let (code, asked) = stage.operator.ask(STACK, &["apply", &plan, "--what-matches"]).await?;
    ensure!(code == 0 && asked["people"] == 1, "{code}: {asked}");
    let is_right = async || Ok(stage.company.account_of(ANNA).is_some_and(|is| is.title == anna.title));
    stage.wait(SOON, "what was approved is done", is_right).await?;
    let done = async || {
        let (_, status) = stage.operator.ask(STACK, &["status"]).await?;
        Ok(status["applied"]["state"] == "complete" && status["applied"]["counts"]["updated"] == 1)
    };
    stage.wait(SOON, "the run under the approved plan is complete", done).await?;
    // Who asked for the run, and who approved the plan, is on record.
    let (code, shown) = stage.operator.ask(STACK, &["audit", "show", &ANNA.to_string()]).await?;
    let last = shown["changes"].as_array().and_then(|changes| changes.last()).context("nothing is on record")?;
    let is_told = |key: &str| last[key].as_str().is_some_and(|by| by.starts_with("arn:"));
    ensure!(code == 0 && last["what"] == "title" && is_told("asked_by") && is_told("approved_by"), "{code}: {last}");
    Ok(())
}

/// Who has what, and who is not in line.
pub(crate) async fn reviewed(stage: &Stage) -> anyhow::Result<()> {
    let (code, listed) = stage.operator.ask(STACK, &["exceptions"]).await?;
    let exceptions = listed["exceptions"].as_array().context("no list")?;
    ensure!(code == 0 && !exceptions.is_empty() && exceptions[0]["since"].is_string(), "{code}: {listed}");
    let output = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deployment/review");
    let name = output.to_str().context("the path")?;
    let (code, review) = stage.operator.ask(STACK, &["report", "--output", name]).await?;
    // One account bears the id of somebody whom nobody knows: that is not to be.
    let wrong = review["found"]["in_use"] == 1 && review["found"]["role_without_group"] == 0;
    ensure!(code == 2 && wrong && review["found"]["exception"] == exceptions.len(), "{code}: {review}");
    ensure!(review["found"]["holds"].as_u64() > Some(0), "{review}");
    let (page, sheet) =
        (std::fs::read_to_string(format!("{name}.html"))?, std::fs::read_to_string(format!("{name}.csv"))?);
    let digest = review["sheet"]["sha256"].as_str().context("no digest")?;
    ensure!(page.contains(digest) && sheet.contains(&ANNA.to_string()), "{review}");
    let (code, told) = stage.operator.ask(STACK, &["explain", &ANNA.to_string()]).await?;
    let says = told["sentences"].as_array().is_some_and(|sentences| sentences.len() > 2);
    let holds = told["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role["held"] == true));
    ensure!(code == 0 && says && holds, "{code}: {told}");
    say(&format!("   {} exceptions, {} roles held through groups", exceptions.len(), review["found"]["holds"]));
    Ok(())
}
