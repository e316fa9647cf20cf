//! `status`: how a deployed stack is doing, and what of it waits for the operator.

mod page;
mod reading;
mod value;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use serde::Serialize;
use sync_core::io::SystemClock;
use sync_core::ports::Clock;

use crate::cli::StatusOptions;
use crate::exit;
use crate::stack::{Stack, Whereabouts};
use crate::tables;

pub(crate) use reading::read;
pub(crate) use value::{Status, Waits};

/// The status as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    whereabouts: &'a Whereabouts,
    #[serde(flatten)]
    status: &'a Status,
}

pub(crate) async fn run(options: StatusOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let read = read(&stack.ledger, &stack.queues, SystemClock.now()).await;
    let status = read.map_err(|failure| stack.explained(failure))?;
    if options.stack.json {
        tables::json(&Document { whereabouts: &stack.whereabouts, status: &status })?;
    } else {
        stack.introduce();
        tables::line("");
        tables::sections(&page::sections(&status));
        tables::line("");
        for waits in &status.waits_for_operator {
            tables::bad(&waits.to_string());
        }
        if status.waits_for_operator.is_empty() {
            tables::good("Nothing waits for you.");
        }
    }
    Ok(exit_code(&status))
}

fn exit_code(status: &Status) -> ExitCode {
    exit::looked(!status.waits_for_operator.is_empty())
}
