//! `report`: an access review. Who holds which mapped role through which group, and what no group gives. Writes nothing but its
//! files.

mod files;
mod finding;
mod page;
mod review;
mod sheet;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::process::ExitCode;

use initial_sync::{Silent, Survey, survey};
use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::GroupId;
use sync_core::ports::{Clock, ExceptionList, Holds, ParkedPeople, RolesList};

use crate::cli::ReportOptions;
use crate::exit;
use crate::progress::Bars;
use crate::source::{Place, Source};
use crate::tables::{self, Section, counted, thousands};

use files::Files;
use finding::Finding;
use review::{OnRecord, review};

/// What was found, and where it stands.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Reported {
    /// The file with the settings, where there is no stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<String>,
    /// When both services were read.
    at: Timestamp,
    #[serde(flatten)]
    totals: Totals,
    /// How many lines there are of each finding. What nothing is known of is not among them.
    found: BTreeMap<Finding, u64>,
    /// The table.
    sheet: Written,
    /// The page.
    page: Written,
}

/// A file, and what is in it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Written {
    file: String,
    sha256: String,
}

/// Who asks for it, of what, and when.
struct Asker<'a> {
    of: &'a Place,
    at: Timestamp,
}

/// Said where there is no stack that could have a record.
const NO_RECORD: &str = "Without a stack nothing is on record: who is not in line with Entra ID, from whom something is kept back and who is \
                         parked is found by runs, and not told here.";

impl Asker<'_> {
    /// What is looked for: exceptions only where they would be on record.
    fn findings(&self) -> impl Iterator<Item = Finding> {
        let is_recorded = self.of.settings().is_none();
        Finding::ALL.into_iter().filter(move |finding| is_recorded || *finding != Finding::Exception)
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Totals {
    /// Accounts.
    accounts: u64,
    /// Of these, accounts that are in use, or of which ZenQMS does not say.
    in_use: u64,
    /// Entries of ZenQMS's list that could not be read: they are not in the review.
    unreadable: u64,
    /// The groups whose members could not be read whole.
    groups_unread: Vec<GroupId>,
}

pub(crate) async fn run(options: ReportOptions) -> anyhow::Result<ExitCode> {
    let source = Source::find(&options.source).await?;
    // That they cannot be written is known before everything is read.
    let files = Files::begin(&options.output)?;
    let reported = Box::pin(write(&source, files)).await?;
    if options.source.json {
        tables::json(&reported)?;
    } else {
        source.introduce();
        tables::line("");
        tables::sections(&[section(&reported)]);
    }
    Ok(exit::looked(reported.is_wrong()))
}

async fn write(source: &Source, files: Files) -> anyhow::Result<Reported> {
    let flow = source.flow().await?;
    let mapping = flow.mapping().await.map_err(|failure| source.explained(failure))?;
    let at = flow.clock.now();
    let roles = flow.zenqms.roles().await?.into_iter().map(|role| (role.id.clone(), role)).collect();
    let bars = Bars::new(&Silent, None);
    let survey = Box::pin(survey(&flow.graph, &flow.zenqms, &mapping, flow.nesting, &bars)).await;
    bars.finish();
    let survey = survey?;
    // Read last: whoever was put on record meanwhile is on it.
    let on_record = OnRecord {
        exceptions: flow.ledger.exceptions().await.map_err(|failure| source.explained(failure))?,
        held: flow.ledger.all_held().await.map_err(|failure| source.explained(failure))?,
        parked: flow.ledger.parked_people().await.map_err(|failure| source.explained(failure))?,
        protected: &flow.limits.protected,
        is_recorded: source.is_recorded(),
    };
    let lines = review(&survey, &mapping, &roles, on_record);
    let place = source.place();
    let asker = Asker { of: &place, at };
    files.write(&asker, Totals::of(&survey), &lines)
}

impl Totals {
    fn of(survey: &Survey) -> Self {
        let is_empty = |group: &GroupId| survey.memberships.is_empty(*group);
        let unread = survey.memberships.unread_groups().iter().filter(|group| !is_empty(group));
        Self {
            accounts: survey.accounts.len() as u64,
            in_use: survey.accounts.iter().filter(|account| account.is_active != Some(false)).count() as u64,
            unreadable: survey.unreadable,
            groups_unread: unread.copied().collect(),
        }
    }

    /// In sentences.
    fn sentences(&self) -> Vec<String> {
        let Self { accounts, in_use, unreadable, groups_unread } = self;
        let accounts = counted(*accounts, "account was", "accounts were");
        let mut sentences = vec![format!("{accounts} read, {} of them in use.", thousands(*in_use))];
        if *unreadable > 0 {
            let entries = counted(*unreadable, "entry", "entries");
            sentences.push(format!("{entries} of ZenQMS's list could not be read, and not told here."));
        }
        sentences.extend(groups_unread.iter().map(|group| {
            format!("The members of group {group} could not be read whole: who is in it is not told here.")
        }));
        sentences
    }
}

impl Reported {
    fn is_wrong(&self) -> bool {
        self.found.iter().any(|(finding, &number)| finding.is_wrong() && number > 0)
    }
}

/// What was found, on the screen.
fn section(reported: &Reported) -> Section {
    let rows = reported.found.iter().map(|(finding, &number)| vec![finding.heading().to_owned(), thousands(number)]);
    let mut notes = reported.totals.sentences();
    notes.extend(reported.settings.is_some().then(|| NO_RECORD.to_owned()));
    for written in [&reported.sheet, &reported.page] {
        notes.extend([format!("{}, SHA-256", written.file), written.sha256.clone()]);
    }
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
