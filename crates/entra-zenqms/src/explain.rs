//! `explain`: why somebody has what he has, and what the next look at him would do. Writes nothing.

mod document;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use serde::Serialize;
use sync_core::look::{Explanation, Services, Terms, explain};
use sync_core::plan::{Policy, Reveal};

use crate::cli::ExplainOptions;
use crate::exit;
use crate::person::{self, Person};
use crate::source::{Place, Source};
use crate::tables;

use document::Document;

/// The explanation as one JSON document, with where it is from.
#[derive(Serialize)]
struct Placed<'a> {
    #[serde(flatten)]
    place: &'a Place,
    #[serde(flatten)]
    document: Document<'a>,
}

pub(crate) async fn run(options: ExplainOptions) -> anyhow::Result<ExitCode> {
    let ExplainOptions { person, ids, source: options } = options;
    let source = Source::find(&options).await?;
    let (explanation, reveal) = (look(&source, &person).await?, if ids { Reveal::Ids } else { Reveal::Values });
    let document = Document::of(&explanation, reveal);
    let code = exit_code(&document);
    if options.json {
        tables::json(&Placed { place: &source.place(), document })?;
    } else {
        source.introduce();
        tables::line("");
        tables::line(&page(&explanation, reveal));
    }
    Ok(code)
}

async fn look(source: &Source, person: &Person) -> anyhow::Result<Explanation> {
    let flow = source.flow().await?;
    let mapping = flow.mapping().await.map_err(|failure| source.explained(failure))?;
    let user = person::find(person, &flow.graph, &flow.zenqms).await?;
    let services = Services {
        directory: &flow.graph,
        accounts: &flow.zenqms,
        ledger: &flow.ledger,
        users: &flow.users,
        clock: &flow.clock,
        ids: &flow.ids,
    };
    let terms = Terms {
        mapping: &mapping,
        nesting: flow.nesting,
        policy: Policy::change(flow.initial_sync),
        limits: &flow.limits,
        lens: flow.graph.lens(),
    };
    // Boxed: it is large, and would stand on the stack of whoever polls it.
    let explanation = Box::pin(explain(&services, terms, user)).await?;
    Ok(Explanation { recorded: source.is_recorded(), ..explanation })
}

fn exit_code(document: &Document<'_>) -> ExitCode {
    exit::looked(document.waits)
}

/// The sentences, as they stand on the screen.
fn page(explanation: &Explanation, reveal: Reveal) -> String {
    let sentences = explanation.sentences(reveal);
    let lines = sentences.iter().flat_map(|sentence| sentence.lines());
    lines.map(hanging).collect::<Vec<_>>().join("\n")
}

/// A line with line breaks in it, which go on a little further in than it begins.
fn hanging(line: &str) -> String {
    // What comes from a service is text here, whatever it might do to a terminal.
    let line = tables::plain(line);
    let indentation = " ".repeat(line.len() - line.trim_start().len());
    let wrapped = tables::wrapped(&line, &format!("{indentation}  "));
    format!("{indentation}{}", wrapped.trim_start())
}
