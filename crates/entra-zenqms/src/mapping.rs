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
use sync_core::domain::Role;

use crate::cli::{MappingCheckOptions, MappingCommand};
use crate::exit;
use crate::stack::{Stack, Whereabouts};
use crate::tables;

use check::check;
use findings::{Asked, Findings, Looked};

pub(crate) use change::{DIFFERS, READ_ANEW, changes};

/// What was found as one JSON document, with where it is from.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    whereabouts: &'a Whereabouts,
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
    let MappingCheckOptions { file, stack: options } = options;
    let file = file.as_deref().map(read).transpose()?;
    let stack = Stack::find(&options).await?;
    let start = stack.start().await?;
    let flow = stack.flow_of(&start).await?;
    let kept = stack.ledger.mapping().await.map_err(|failure| stack.explained(failure))?;
    let (looked, text) = if let Some(text) = file {
        (Looked::File, text)
    } else {
        let text = start.mapping_source().read(&stack.deployment.mapping).await;
        (Looked::Deployed, text.map_err(|failure| stack.explained(failure))?)
    };
    let asked = Asked { looked, text: &text, kept: &kept };
    // Boxed: it is large, and would stand on the stack of whoever polls it.
    let findings = Box::pin(check((&flow.graph, &flow.zenqms), flow.nesting, &asked)).await?;
    if options.json {
        let fits = findings.problems.is_empty();
        tables::json(&Document { whereabouts: &stack.whereabouts, fits, findings: &findings })?;
    } else {
        stack.introduce();
        tables::line("");
        tables::sections(&page::sections(&findings));
        tables::line("");
        let say = if findings.waits() { tables::bad } else { tables::good };
        say(page::conclusion(&findings));
    }
    Ok(exit::looked(findings.waits()))
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
