use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::Context;
use sync_core::evidence::{Stored, Verifier};
use sync_core::failure::Failure;
use sync_core::ports::{EvidenceRead, PageLink};

use crate::cli::{AuditExportOptions, ExportFormat};
use crate::exit;
use crate::hashing::Hashing;
use crate::new_file::NewFile;
use crate::spreadsheet::{self, harmless};
use crate::stack::Stack;
use crate::tables;

use super::change::{Change, Unfold};
use super::{counting, file, html};

/// What was exported.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Exported {
    pub(crate) people: u64,
    pub(crate) records: u64,
    /// Chains that seem not to be whole, and items that are no records: they are not in the export.
    pub(crate) flawed: u64,
    /// Of what was written.
    pub(crate) sha256: String,
}

/// Why something could not be exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotExported {
    #[error(transparent)]
    Unread(#[from] Failure),
    #[error("what was read cannot be written")]
    Unwritten(#[from] io::Error),
    #[error("what was read cannot be written as CSV")]
    NoCsv(#[from] csv::Error),
}

pub(crate) async fn run(options: AuditExportOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let (new_file, file) = NewFile::begin(&options.output)?;
    let bar = counting("records exported");
    let title = html::Title { stack: &stack.whereabouts.stack, by: &stack.whereabouts.acting_as };
    let exported =
        export(&stack.ledger, options.format, &title, BufWriter::new(file), |records| bar.set_position(records));
    let exported = match exported.await {
        Ok(exported) => exported,
        Err(NotExported::Unread(failure)) => return Err(stack.explained(failure)),
        Err(error) => return Err(error).with_context(|| options.output.display().to_string()),
    };
    bar.finish_and_clear();
    new_file.finish()?;
    let Exported { people, records, flawed, sha256 } = &exported;
    if options.stack.json {
        tables::json(&exported)?;
    } else {
        let (records, people) =
            (tables::counted(*records, "record", "records"), tables::counted(*people, "person", "people"));
        tables::good(&format!("{records} of {people} are in {}.", options.output.display()));
        tables::line(&format!("SHA-256 {sha256}"));
        if *flawed > 0 {
            tables::bad("Not all of it is what was written: `entra-zenqms audit verify` names what is not.");
        }
    }
    Ok(exit::looked(*flawed > 0))
}

/// Writes all that is on record, a page after the other.
pub(crate) async fn export(
    evidence: &impl EvidenceRead,
    format: ExportFormat,
    title: &html::Title<'_>,
    out: impl Write,
    mut progress: impl FnMut(u64),
) -> Result<Exported, NotExported> {
    let mut hashing = Hashing::new(out);
    let (mut verifier, mut records) = (Verifier::default(), 0);
    let mut strangers = 0;
    {
        let mut writer = Writer::begin(format, title, &mut hashing)?;
        let mut from: Option<PageLink> = None;
        loop {
            let page = evidence.records(from.as_ref()).await?;
            for record in &page.records {
                if let Some(fault) = verifier.follow(record) {
                    verifier.blame(fault);
                }
                writer.record(record)?;
                records += 1;
            }
            strangers += page.strangers.len() as u64;
            progress(records);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        writer.end()?;
    }
    if let Some(fault) = verifier.end() {
        verifier.blame(fault);
    }
    let sha256 = hashing.finish()?;
    let verdict = verifier.verdict();
    Ok(Exported { people: verdict.people, records, flawed: verdict.flawed + strangers, sha256 })
}

/// Writes records in one of the formats.
enum Writer<W: Write> {
    Lines(W),
    Csv(Box<csv::Writer<W>>, Unfold),
    Page(html::Page<W>, Unfold),
}

const HEADER: [&str; 20] = [
    "at",
    "directory user",
    "record",
    "account",
    "what",
    "from",
    "to",
    "groups",
    "result",
    "by",
    "why",
    "deleted in Entra ID",
    "approved by",
    "approved because",
    "version",
    "settings",
    "readable",
    "substitute",
    "outside the scope",
    "asked by",
];

impl<W: Write> Writer<W> {
    fn begin(format: ExportFormat, title: &html::Title<'_>, out: W) -> Result<Self, NotExported> {
        Ok(match format {
            ExportFormat::Jsonl => Self::Lines(out),
            ExportFormat::Csv => {
                let mut writer = spreadsheet::writer(out)?;
                writer.write_record(HEADER)?;
                Self::Csv(Box::new(writer), Unfold::default())
            }
            ExportFormat::Html => Self::Page(html::Page::begin(title, out)?, Unfold::default()),
        })
    }

    fn record(&mut self, stored: &Stored) -> Result<(), NotExported> {
        match self {
            Self::Lines(out) => writeln!(out, "{}", file::line(stored))?,
            Self::Csv(writer, unfold) => match stored.record() {
                Some(record) => rows(writer, &unfold.take(record))?,
                None => writer.write_record(unreadable(stored))?,
            },
            Self::Page(page, unfold) => match stored.record() {
                Some(record) => page.changes(&unfold.take(record))?,
                None => page.unreadable(stored)?,
            },
        }
        Ok(())
    }

    fn end(self) -> Result<(), NotExported> {
        match self {
            Self::Lines(_) => {}
            Self::Csv(mut writer, mut unfold) => {
                rows(&mut writer, &unfold.end())?;
                writer.flush()?;
            }
            Self::Page(mut page, mut unfold) => {
                page.changes(&unfold.end())?;
                page.end()?;
            }
        }
        Ok(())
    }
}

fn rows(writer: &mut csv::Writer<impl Write>, changes: &[Change]) -> Result<(), csv::Error> {
    changes.iter().try_for_each(|change| writer.write_record(row(change)))
}

fn row(change: &Change) -> [String; 20] {
    let text = |text: Option<&String>| text.map(|text| harmless(text)).unwrap_or_default();
    let groups: Vec<_> = change.groups.iter().map(ToString::to_string).collect();
    [
        change.at.to_string(),
        change.user.to_string(),
        change.record.to_string(),
        change.account.as_ref().map(|id| harmless(&id.to_string())).unwrap_or_default(),
        harmless(&change.what),
        text(change.from.as_ref()),
        text(change.to.as_ref()),
        groups.join(" "),
        change.result.clone(),
        change.by.clone(),
        change.why.map(|why| why.name().to_owned()).unwrap_or_default(),
        change.deleted.to_string(),
        text(change.approved_by.as_ref()),
        text(change.approved_because.as_ref()),
        change.version.clone(),
        text(change.settings.as_ref()),
        "yes".to_owned(),
        change.substitute.to_string(),
        change.outside.map(|outside| outside.name().to_owned()).unwrap_or_default(),
        text(change.asked_by.as_ref()),
    ]
}

fn unreadable(stored: &Stored) -> [String; 20] {
    std::array::from_fn(|column| match column {
        1 => stored.user.to_string(),
        2 => stored.number.to_string(),
        16 => "no".to_owned(),
        _ => String::new(),
    })
}
