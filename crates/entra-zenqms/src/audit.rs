//! `audit`: what was written to ZenQMS, for whom, why and on whose word; and the proof that nothing of it was changed since.

mod change;
mod export;
mod file;
mod html;
mod show;
mod verdict;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use sync_core::evidence::{Verdict, verify};

use crate::cli::{AuditCommand, StackOptions};
use crate::exit;
use crate::stack::Stack;
use crate::tables::{self, Section};

pub(crate) use show::{sections, unfold};

pub(crate) async fn run(command: AuditCommand) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Show(options) => show::run(options).await,
        AuditCommand::Verify { stack } => verify_stack(&stack).await,
        AuditCommand::VerifyFile { file, json } => verify_file(&file, json),
        AuditCommand::Export(options) => export::run(options).await,
    }
}

async fn verify_stack(options: &StackOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(options).await?;
    let bar = counting("records verified");
    let verdict = verify(&stack.ledger, |records| bar.set_position(records)).await;
    bar.finish_and_clear();
    let verdict = verdict.map_err(|failure| stack.explained(failure))?;
    tell(&verdict, self::verdict(&verdict), options.json)
}

fn verify_file(path: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let bar = counting("records verified");
    let verdict = file::verify(path, |records| bar.set_position(records))?;
    bar.finish_and_clear();
    let whole = "Each chain in the file is whole as far as it goes.";
    let against = "A file alone does not tell whether people, or the ends of chains, are missing, or whether somebody has made all \
                   of it anew: compare its SHA-256 with what the export said.";
    let section = verdict::section(&verdict, whole, against);
    tell(&verdict, section, json)
}

fn tell(verdict: &Verdict, section: Section, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        tables::json(&verdict::Document::of(verdict))?;
    } else {
        tables::sections(&[section]);
    }
    Ok(exit::looked(!verdict.is_whole()))
}

/// What was found, on the screen.
pub(crate) fn verdict(verdict: &Verdict) -> Section {
    let whole = "Nothing was changed, removed or put in another order since it was written.";
    verdict::section(verdict, whole, "The end of each chain was compared with what the ledger has kept of it.")
}

/// A counter on a terminal; nothing where output is piped.
fn counting(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template(&format!("  {{spinner}} {{human_pos}} {what}")) {
        bar.set_style(style);
    }
    bar
}
