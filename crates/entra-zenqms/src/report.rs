//! `report`: an access review. Who holds which mapped role through which group, and what no group gives. Writes nothing but its
//! files.

mod page;
mod review;
mod sheet;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use initial_sync::{Silent, survey};
use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::GroupId;
use sync_core::ports::{Clock, ExceptionList, Holds, RolesList};

use crate::cli::ReportOptions;
use crate::exit;
use crate::hashing::Hashing;
use crate::new_file::NewFile;
use crate::progress::Bars;
use crate::stack::Stack;
use crate::tables::{self, Section, thousands};

use review::{Finding, Line, OnRecord, review};

/// What was found, and where it stands.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reported {
    /// When both services were read.
    at: Timestamp,
    /// How many lines there are of each finding.
    found: BTreeMap<Finding, u64>,
    /// The groups whose members could not be read whole.
    groups_unread: Vec<GroupId>,
    /// The table.
    sheet: Written,
    /// The page.
    page: Written,
}

/// A file.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Written {
    file: String,
    sha256: String,
}

/// Who asks for it, of which stack.
struct Asker<'a> {
    stack: &'a str,
    by: &'a str,
}

pub(crate) async fn run(options: ReportOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let flow = stack.flow().await?;
    // Asked for here and not by the first call of a service: what AWS refuses, it refuses to the operator.
    flow.vault.expires().await.map_err(|failure| stack.explained(failure))?;
    let mapping = flow.ledger.mapping().await.map_err(|failure| stack.explained(failure))?;
    let at = flow.clock.now();
    let names = flow.zenqms.roles().await?.into_iter().map(|role| (role.id, role.name)).collect();
    let bars = Bars::new(&Silent, None);
    let survey = Box::pin(survey(&flow.graph, &flow.zenqms, &mapping, flow.nesting, &bars)).await;
    bars.finish();
    let survey = survey?;
    // Read last: whoever was put on record meanwhile is on it.
    let on_record = OnRecord {
        exceptions: stack.ledger.exceptions().await.map_err(|failure| stack.explained(failure))?,
        held: stack.ledger.all_held().await.map_err(|failure| stack.explained(failure))?,
        protected: &flow.limits.protected,
    };
    let lines = review(&survey, &mapping, &names, on_record);
    let unread: Vec<GroupId> = survey.memberships.unread_groups().iter().copied().collect();
    let asker = Asker { stack: &stack.whereabouts.stack, by: &stack.whereabouts.acting_as };
    let reported = write(&options.output, &asker, at, &lines, unread)?;
    if options.stack.json {
        tables::json(&reported)?;
    } else {
        stack.introduce();
        tables::line("");
        tables::sections(&[section(&reported)]);
    }
    Ok(exit::looked(reported.is_wrong()))
}

/// Writes both files.
fn write(
    output: &Path,
    asker: &Asker<'_>,
    at: Timestamp,
    lines: &[Line],
    groups_unread: Vec<GroupId>,
) -> anyhow::Result<Reported> {
    let (sheet_path, page_path) = (output.with_added_extension("csv"), output.with_added_extension("html"));
    let (sheet_file, file) = NewFile::begin(&sheet_path)?;
    let mut sheet = Hashing::new(BufWriter::new(file));
    sheet::write(lines, &mut sheet).with_context(|| sheet_path.display().to_string())?;
    let sheet = Written { file: name(&sheet_path), sha256: sheet.finish()? };
    let title = page::Title {
        stack: asker.stack,
        by: asker.by,
        at,
        unread: &groups_unread,
        sheet: (&sheet.file, &sheet.sha256),
    };
    let (page_file, file) = NewFile::begin(&page_path)?;
    let mut page = Hashing::new(BufWriter::new(file));
    page::write(&title, lines, &mut page).with_context(|| page_path.display().to_string())?;
    let page = Written { file: name(&page_path), sha256: page.finish()? };
    sheet_file.finish()?;
    page_file.finish()?;
    let mut found: BTreeMap<Finding, u64> = Finding::ALL.map(|finding| (finding, 0)).into();
    for line in lines {
        *found.entry(line.finding).or_default() += 1;
    }
    Ok(Reported { at, found, groups_unread, sheet, page })
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

impl Reported {
    fn is_wrong(&self) -> bool {
        self.found.iter().any(|(finding, &number)| finding.is_wrong() && number > 0)
    }
}

/// What was found, on the screen.
fn section(reported: &Reported) -> Section {
    let rows = reported.found.iter().map(|(finding, &number)| vec![finding.heading().to_owned(), thousands(number)]);
    let mut notes: Vec<String> = [&reported.sheet, &reported.page]
        .into_iter()
        .flat_map(|written| [format!("{}, SHA-256", written.file), written.sha256.clone()])
        .collect();
    notes.extend(
        reported
            .groups_unread
            .iter()
            .map(|group| format!("The members of group {group} could not be read whole: who is in it is not told.")),
    );
    Section { heading: "Access review".to_owned(), header: vec!["what", "how many"], rows: rows.collect(), notes }
}

/// Whether an account is in use, in words.
const fn in_use(in_use: Option<bool>) -> &'static str {
    match in_use {
        Some(true) => "in use",
        Some(false) => "not in use",
        None => "unknown",
    }
}
