use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use simulator::{Member, Person};

use super::first::parameters;
use super::{STACK, Stage};
use crate::company::{ANNA, AUTHOR, BORIS, CORA, NEWCOMER, QUALITY, REVIEWER, mapping};
use crate::stack::outputs;

const SOON: Duration = Duration::from_mins(2);
/// A role run begins two and a half minutes after the mapping was changed.
const ROLE_RUN: Duration = Duration::from_mins(8);

pub(crate) async fn followed(stage: &Stage) -> anyhow::Result<()> {
    let company = &stage.company;
    company.simulation.change(|entra| {
        entra.update_person(ANNA, |anna| anna.job_title = Some("Head of Analysis".into()));
        entra.update_person(BORIS, |boris| boris.account_enabled = Some(false));
        entra.add_person(Person::new(NEWCOMER, "Nora", "Neu", "nora.neu@acme.example", "Trainee"));
        entra.add_member(QUALITY, Member::Person(NEWCOMER));
    });
    let done = async || {
        let title = company.account_of(ANNA).is_some_and(|anna| &*anna.title == "Head of Analysis");
        let left = company.account_of(BORIS).is_some_and(|boris| !boris.is_active);
        let joined = company.account_of(NEWCOMER).is_some_and(|nora| nora.roles.contains(&REVIEWER));
        Ok(title && left && joined)
    };
    stage.wait(SOON, "a new title, a leaver and a newcomer with her role", done).await?;
    company.simulation.change(|entra| entra.remove_member(QUALITY, Member::Person(NEWCOMER)));
    let gone = async || Ok(company.account_of(NEWCOMER).is_some_and(|nora| !nora.roles.contains(&REVIEWER)));
    stage.wait(SOON, "the role goes with the membership", gone).await?;
    company.ensure_nobody_twice()
}

pub(crate) async fn poisoned(stage: &Stage) -> anyhow::Result<()> {
    let outputs = outputs(&stage.emulator, STACK).await?;
    let (queue, dead) = (url(&outputs, "UserQueueUrl")?, url(&outputs, "UserDeadLetterQueueUrl")?);
    let poison = json!({
        "QueueUrl": queue, "MessageBody": "no work at all", "MessageGroupId": "poison", "MessageDeduplicationId": "poison",
    });
    stage.emulator.call("sqs", "AmazonSQS.SendMessage", &poison).await?;
    let buried = async || Ok(depth(stage, dead).await? == 1);
    stage.wait(SOON, "the message is among the dead letters", buried).await?;
    stage.company.simulation.change(|entra| entra.update_person(ANNA, |anna| anna.job_title = Some("Analyst".into())));
    let followed = async || Ok(stage.company.account_of(ANNA).is_some_and(|anna| &*anna.title == "Analyst"));
    stage.wait(SOON, "what comes after it is done", followed).await
}

pub(crate) async fn remapped(stage: &Stage) -> anyhow::Result<()> {
    checked(stage).await?;
    let mut wrong = parameters(stage);
    wrong.insert("GroupRoleMapping", mapping(&["Deployment Reviewer", "Nobody's Role"]));
    let (deployed, said) = stage.sam.deploy(STACK, &wrong).await?;
    ensure!(!deployed, "a mapping with an unknown role was taken: {said}");

    let mut parameters = parameters(stage);
    parameters.insert("GroupRoleMapping", remapping());
    let (deployed, said) = stage.sam.deploy(STACK, &parameters).await?;
    ensure!(deployed, "{said}");
    let company = &stage.company;
    let followed = async || {
        let roles = company.account_of(CORA).map(|cora| cora.roles).unwrap_or_default();
        Ok(roles.contains(&AUTHOR) && roles.contains(&REVIEWER))
    };
    stage.wait(ROLE_RUN, "Cora has the role that her group gives now", followed).await
}

/// The operator learns before the deployment what it would say, and takes the mapping that is there with him.
async fn checked(stage: &Stage) -> anyhow::Result<()> {
    let (code, fits) = stage.operator.ask(STACK, &["mapping", "check"]).await?;
    ensure!(code == 0 && fits["fits"] == true && fits["roles"][0]["name"] == "Deployment Reviewer", "{code}: {fits}");
    let file = std::env::temp_dir().join(format!("entra-zenqms-mapping-{}.json", std::process::id()));
    let name = file.to_str().context("the path")?.to_owned();
    let look = async |text: String| {
        std::fs::write(&file, text)?;
        stage.operator.ask(STACK, &["mapping", "check", &name]).await
    };
    let (_, kept) = stage.operator.ask(STACK, &["mapping", "export"]).await?;
    let (code, same) = look(kept.to_string()).await?;
    ensure!(code == 0 && same["fits"] == true, "what was exported is another mapping: {code}: {same}");
    let (code, refused) = look(mapping(&["Nobody's Role"])).await?;
    ensure!(code == 2 && refused["fits"] == false, "{code}: {refused}");
    let (code, another) = look(remapping()).await?;
    let gives = &another["changes"][0]["gives"];
    ensure!(code == 0 && another["fits"] == true && gives[0]["name"] == "Deployment Author", "{code}: {another}");
    Ok(std::fs::remove_file(file)?)
}

fn remapping() -> String {
    mapping(&["Deployment Reviewer", "Deployment Author"])
}

pub(crate) async fn unmoved(stage: &Stage) -> anyhow::Result<()> {
    let outputs = outputs(&stage.emulator, STACK).await?;
    let table = url(&outputs, "LedgerTableName")?;
    let complete =
        async || Ok(stage.latest_run(table, "sweep").await?.is_some_and(|(_, state, _)| state == "complete"));
    stage.wait(ROLE_RUN, "the role run is complete", complete).await?;
    let before = stage.latest_run(table, "sweep").await?;
    let mut parameters = parameters(stage);
    parameters.insert("GroupRoleMapping", remapping());
    parameters.insert("LogLevel", "debug".to_owned());
    let (deployed, said) = stage.sam.deploy(STACK, &parameters).await?;
    ensure!(deployed, "{said}");
    let runs = json!({"QueueUrl": url(&outputs, "RunQueueUrl")?, "AttributeNames": ["All"]});
    let runs = stage.emulator.call("sqs", "AmazonSQS.GetQueueAttributes", &runs).await?;
    ensure!(waiting(&runs) == 0, "a run was asked for: {runs}");
    ensure!(stage.latest_run(table, "sweep").await? == before, "a run was begun");
    Ok(())
}

fn url<'a>(outputs: &'a BTreeMap<String, String>, name: &str) -> anyhow::Result<&'a str> {
    outputs.get(name).map(String::as_str).with_context(|| format!("no output {name}"))
}

async fn depth(stage: &Stage, queue: &str) -> anyhow::Result<u64> {
    let body = json!({"QueueUrl": queue, "AttributeNames": ["All"]});
    Ok(waiting(&stage.emulator.call("sqs", "AmazonSQS.GetQueueAttributes", &body).await?))
}

fn waiting(attributes: &serde_json::Value) -> u64 {
    let of =
        |name: &str| attributes["Attributes"][name].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    of("ApproximateNumberOfMessages") + of("ApproximateNumberOfMessagesNotVisible")
}
