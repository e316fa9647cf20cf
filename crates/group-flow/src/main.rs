//! The group flow on Lambda: a batch of the group queue at a time.

use std::process::ExitCode;

use group_flow::{Services, Settings};
use lambda_host::{Flow, messages, run, variable};
use sync_core::failure::Failure;
use sync_core::io::sqs::SqsQueue;
use sync_core::work::{Delivered, MessageId};

fn main() -> ExitCode {
    run(
        |start| Ok((Flow::new(start)?, start.queue(variable::GROUP_QUEUE_URL)?)),
        async |(flow, groups), invocation| {
            messages(&invocation.event, groups, |batch| handle(flow, groups, batch)).await
        },
    )
}

async fn handle(flow: &Flow, groups: &SqsQueue, batch: Vec<Delivered>) -> Result<Vec<MessageId>, Failure> {
    let mapping = flow.mapping().await?;
    let Flow { graph, zenqms, ledger, users, clock, ids, .. } = flow;
    let services = Services { directory: graph, accounts: zenqms, ledger, users, groups, clock, ids };
    let settings = Settings {
        mapping: &mapping,
        nesting: flow.nesting,
        initial_sync: flow.initial_sync,
        limits: &flow.limits,
        lens: graph.lens(),
        observer: &flow.observer,
    };
    Ok(Box::pin(group_flow::handle(batch, services, &settings)).await)
}
