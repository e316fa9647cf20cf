//! The user flow on Lambda: a batch of the user queue at a time.

use std::process::ExitCode;

use lambda_host::{Flow, messages, run};
use sync_core::failure::Failure;
use sync_core::look::Services;
use sync_core::work::{Delivered, MessageId};
use user_flow::Settings;

fn main() -> ExitCode {
    run(Flow::new, async |flow: &Flow, invocation| {
        messages(&invocation.event, &flow.users, |batch| handle(flow, batch)).await
    })
}

async fn handle(flow: &Flow, batch: Vec<Delivered>) -> Result<Vec<MessageId>, Failure> {
    let mapping = flow.mapping().await?;
    let Flow { graph, zenqms, ledger, users, clock, ids, .. } = flow;
    let services = Services { directory: graph, accounts: zenqms, ledger, users, clock, ids };
    let settings = Settings {
        mapping: &mapping,
        nesting: flow.nesting,
        initial_sync: flow.initial_sync,
        limits: &flow.limits,
        lens: graph.lens(),
        observer: &flow.observer,
    };
    Ok(Box::pin(user_flow::handle(batch, services, &settings)).await)
}
