//! `mapping`: whether the group-to-role mapping still fits both services, what another one would change, and the one by which
//! the flows work as a file. Writes nothing but that file.

mod change;
mod check;
mod export;
mod findings;
mod notes;
mod page;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use sync_core::domain::{MinimumHolders, Role};

use crate::cli::{MappingCheckOptions, MappingCommand};
use crate::direct::Direct;
use crate::exit;
use crate::source::{Place, Source};
use crate::stack::Stack;
use crate::tables;

use check::check;
use findings::{Asked, Findings, Looked};

pub(crate) use change::{DIFFERS, READ_ANEW, changes};

/// What was found as one JSON document, with where it is from.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    place: &'a Place,
    /// Whether nothing is wrong, be it deployed or not.
    fits: bool,
    #[serde(flatten)]
    findings: &'a Findings,
}

pub(crate) async fn run(command: MappingCommand) -> anyhow::Result<ExitCode> {
    match command {
        MappingCommand::Check(options) => look(options).await,
        MappingCommand::Export(options) => export::run(options).await,
    }
}

async fn look(options: MappingCheckOptions) -> anyhow::Result<ExitCode> {
    let MappingCheckOptions { file, source: options } = options;
    let file = file.as_deref().map(read).transpose()?;
    let source = Source::find(&options).await?;
    let findings = match &source {
        Source::Stack(stack) => found(stack, file).await?,
        Source::Direct(direct) => found_directly(direct, file).await?,
    };
    if options.json {
        let fits = findings.problems.is_empty();
        tables::json(&Document { place: &source.place(), fits, findings: &findings })?;
    } else {
        source.introduce();
        tables::line("");
        tables::sections(&page::sections(&findings));
        tables::line("");
        let say = if findings.waits() { tables::bad } else { tables::good };
        say(page::conclusion(&findings));
    }
    Ok(exit::looked(findings.waits()))
}

async fn found(stack: &Stack, file: Option<String>) -> anyhow::Result<Findings> {
    let start = stack.start().await?;
    let flow = stack.flow_of(&start).await?;
    let kept = stack.ledger.mapping().await.map_err(|failure| stack.explained(failure))?;
    let (looked, text) = if let Some(text) = file {
        (Looked::File, text)
    } else {
        let source = start.mapping_source().map_err(|error| stack.unset(&error))?;
        let text = source.read(&stack.deployment.mapping).await;
        (Looked::Deployed, text.map_err(|failure| stack.explained(failure))?)
    };
    let asked = Asked { looked, text: &text, kept: &kept, minimum: &MinimumHolders::of(&kept) };
    // Boxed: it is large, and would stand on the stack of whoever polls it.
    Ok(Box::pin(check((&flow.graph, &flow.zenqms), flow.nesting, &asked)).await?)
}

/// The same where nothing is deployed that it could be compared with.
async fn found_directly(direct: &Direct, file: Option<String>) -> anyhow::Result<Findings> {
    let flow = direct.services().await?;
    let text = file.as_ref().unwrap_or(&direct.mapping);
    let kept = direct.nothing(flow.graph.lens());
    let asked = Asked { looked: Looked::Undeployed, text, kept: &kept, minimum: direct.minimum() };
    Ok(Box::pin(check((&flow.graph, &flow.zenqms), flow.nesting, &asked)).await?)
}

/// The text of a file, or of standard input.
fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return std::io::read_to_string(std::io::stdin()).context("reading the mapping from standard input");
    }
    std::fs::read_to_string(file).with_context(|| format!("reading the mapping from {}", file.display()))
}

/// A role on the screen. What comes from a service is text there, whatever it might do to a terminal.
fn named(role: &Role) -> String {
    tables::plain(&format!("{} ({})", role.name, role.id))
}
