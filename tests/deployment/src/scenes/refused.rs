use anyhow::ensure;
use serde_json::json;
use simulator::{Fault, FaultKind, Registration, Route, ZenqmsBehaviour};
use uuid::Uuid;

use super::Stage;
use crate::company::mapping;
use crate::say;
use crate::stack::events;

/// Each mistake, and what the administrator has to read.
pub(crate) async fn all(stage: &Stage) -> anyhow::Result<()> {
    let good = || stage.company.parameters(&stage.secret);
    let app = Registration::default();

    let wrong = json!({"entra_client_secret": "wrong", "zenqms_api_token": ZenqmsBehaviour::TOKEN});
    let secret = stage.emulator.secret("wrong-entra", &wrong).await?;
    refuse(stage, "wrong-secret", stage.company.parameters(&secret), "Entra ID refuses the client secret").await?;

    let wrong = json!({"entra_client_secret": Registration::SECRET, "zenqms_api_token": "wrong"});
    let secret = stage.emulator.secret("wrong-zenqms", &wrong).await?;
    refuse(stage, "wrong-token", stage.company.parameters(&secret), "ZenQMS refuses the token").await?;

    let secret = stage.emulator.secret("no-json", &json!("just a text")).await?;
    refuse(stage, "no-json", stage.company.parameters(&secret), "the secret is not a JSON object").await?;

    let mut parameters = good();
    let nobody = Uuid::from_u128(0xdead);
    parameters.insert("GroupRoleMapping", json!({nobody.to_string(): "Deployment Author"}).to_string());
    refuse(stage, "unknown-group", parameters, &format!("group {nobody} of the mapping does not exist")).await?;

    let mut parameters = good();
    parameters.insert("GroupRoleMapping", mapping(&["deployment author"]));
    refuse(stage, "unknown-role", parameters, "role `deployment author`").await?;

    let mut parameters = good();
    parameters.insert("GroupRoleMapping", json!({"QA": "Deployment Author"}).to_string());
    refuse(stage, "no-mapping", parameters, "is not a group").await?;

    let mut parameters = good();
    parameters.insert("MissingFields", json!({"mail": {"text": "all@example.com"}}).to_string());
    refuse(stage, "shared-address", parameters, "a text cannot stand in for mail").await?;

    stage.company.simulation.behave(|behaviour| behaviour.entra.permissions.remove("Group.Read.All"));
    stage.company.simulation.revoke_tokens();
    refuse(stage, "no-consent", good(), "needs the application permission").await?;
    stage.company.simulation.behave(|behaviour| behaviour.entra.permissions = app.permissions);
    stage.company.simulation.revoke_tokens();

    ensure!(stage.company.writes() == 0, "a refused deployment has written to ZenQMS");
    ensure!(stage.company.simulation.subscriptions().is_empty(), "a refused deployment has left a subscription");
    Ok(())
}

/// Fails when everything but the subscriptions is there: the rollback has to go through the removal.
pub(crate) async fn half_way(stage: &Stage) -> anyhow::Result<()> {
    let simulation = &stage.company.simulation;
    simulation.faults().add(Fault::on(Route::SubscriptionCreate).always().kind(FaultKind::Status(403)));
    refuse(stage, "half-way", stage.company.parameters(&stage.secret), "needs the application permission").await?;
    simulation.faults().clear();
    ensure!(stage.company.writes() == 0, "a deployment that failed has written to ZenQMS");
    Ok(())
}

async fn refuse(
    stage: &Stage,
    stack: &str,
    parameters: std::collections::BTreeMap<&str, String>,
    sentence: &str,
) -> anyhow::Result<()> {
    let (deployed, said) = stage.sam.deploy(stack, &parameters).await?;
    ensure!(!deployed, "{stack} was deployed: {said}");
    let noted = events(&stage.emulator, stack).await?.replace("&apos;", "'").replace("&#x27;", "'");
    ensure!(noted.contains(sentence), "{stack}: CloudFormation does not say `{sentence}`: {noted}\n{said}");
    ensure!(noted.contains("ROLLBACK_COMPLETE"), "{stack} was not rolled back: {noted}");
    say(&format!("   {stack}: \"{sentence} ...\""));
    let (deleted, said) = stage.sam.delete(stack).await?;
    ensure!(deleted, "{stack} cannot be deleted: {said}");
    Ok(())
}
