use std::process::ExitCode;

use serde::Serialize;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::{Chain, Flaw, Stored};
use sync_core::ports::EvidenceRead;
use sync_core::work::Why;

use crate::cli::AuditShowOptions;
use crate::exit;
use crate::stack::Stack;
use crate::tables::{self, Section};

use super::change::{Change, PARKED, Unfold};

/// What is on record of a person, as one JSON document. No `Debug`: it holds personal data.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    user: DirectoryUserId,
    changes: &'a [Change],
    unreadable: u64,
    flaw: Option<String>,
}

pub(crate) async fn run(options: AuditShowOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let user = stack.person(&options.person).await?;
    let records = stack.ledger.chain(user).await.map_err(|failure| stack.explained(failure))?;
    let unfolded = unfold(user, &records);
    let Unfolded { changes, unreadable, flaw } = &unfolded;
    if options.stack.json {
        tables::json(&Document::of(user, &unfolded))?;
    } else {
        stack.introduce();
        tables::line("");
        tables::sections(&sections(changes));
        if *unreadable > 0 {
            let records = tables::counted(*unreadable, "record was", "records were");
            tables::bad(&format!(
                "{records} written by a later version of this software, and are not shown: use that one."
            ));
        }
        if let Some(flaw) = flaw {
            tables::bad(&format!("From here on it is not what was written: {flaw}."));
        }
    }
    Ok(exit::looked(flaw.is_some()))
}

impl<'a> Document<'a> {
    pub(super) fn of(user: DirectoryUserId, unfolded: &'a Unfolded) -> Self {
        let Unfolded { changes, unreadable, flaw } = unfolded;
        Self { user, changes, unreadable: *unreadable, flaw: flaw.as_ref().map(Flaw::to_string) }
    }
}

/// What is on record of a person.
pub(crate) struct Unfolded {
    /// The changes, as far as his chain is whole.
    pub(crate) changes: Vec<Change>,
    /// Records of a later version.
    pub(crate) unreadable: u64,
    /// Where it is not whole.
    pub(crate) flaw: Option<Flaw>,
}

/// Follows a person's chain.
pub(crate) fn unfold(user: DirectoryUserId, records: &[Stored]) -> Unfolded {
    let (mut chain, mut unfold) = (Chain::begin(user), Unfold::default());
    let (mut changes, mut unreadable) = (Vec::new(), 0);
    for record in records {
        match chain.follow(record) {
            Ok(Some(record)) => changes.extend(unfold.take(record)),
            Ok(None) => unreadable += 1,
            Err(flaw) => return Unfolded { changes, unreadable, flaw: Some(flaw) },
        }
    }
    changes.extend(unfold.end());
    Unfolded { changes, unreadable, flaw: None }
}

/// What is said of a value that stands in for what Entra ID lacks.
const SUBSTITUTE: &str = "substitute";

/// What was written, a part for each time.
pub(crate) fn sections(changes: &[Change]) -> Vec<Section> {
    if changes.is_empty() {
        let heading = "Nothing was ever written for this person.".to_owned();
        return vec![Section { heading, ..Section::default() }];
    }
    changes.chunk_by(|one, other| one.record == other.record).filter_map(section).collect()
}

fn section(changes: &[Change]) -> Option<Section> {
    let first = changes.first()?;
    let is_dropped = first.what == PARKED;
    let account = match &first.account {
        Some(id) => format!("account {id}"),
        None if is_dropped => "no write".to_owned(),
        None => "a new account".to_owned(),
    };
    let heading = format!("{} UTC, {account}", first.at.strftime("%Y-%m-%d %H:%M:%S"));
    let cell = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), |text| tables::plain(text));
    // In a column of its own, where no value can pretend to be it.
    let marked = changes.iter().any(|change| change.substitute);
    let row = |change: &Change| {
        let mark = marked.then(|| if change.substitute { SUBSTITUTE.to_owned() } else { String::new() });
        let cells = [change.what.clone(), cell(change.from.as_ref()), cell(change.to.as_ref())];
        cells.into_iter().chain(mark).collect()
    };
    let approved = changes.iter().find(|change| change.approved_by.is_some());
    let all = changes.iter().all(|change| change.approved_by.is_some());
    // Names and reasons are whatever somebody has typed.
    let said = if is_dropped { taken_off(first) } else { because(first, approved, all) };
    let mut notes = vec![tables::plain(&said)];
    for change in changes.iter().filter(|change| !change.groups.is_empty()) {
        let groups: Vec<_> = change.groups.iter().map(ToString::to_string).collect();
        notes.push(format!("{} through group {}.", change.what, groups.join(", ")));
    }
    if marked {
        notes.push(format!(
            "{SUBSTITUTE}: Entra ID lacked it, and the setting MissingFields said what to write instead."
        ));
    }
    notes.extend(changes.chunk_by(|one, other| one.result == other.result).filter_map(|same| {
        let what: Vec<_> = same.iter().map(|change| change.what.as_str()).collect();
        let result = &same.first()?.result;
        (result != "done").then(|| format!("! {}: {result}.", what.join(", ")))
    }));
    let header = ["what", "was", "became"].into_iter().chain(marked.then_some("")).collect();
    Some(Section { heading, header, rows: changes.iter().map(row).collect(), notes })
}

/// Who has taken him off the list of the parked, in a sentence.
fn taken_off(change: &Change) -> String {
    let by = change.asked_by.as_deref().unwrap_or(&change.by);
    format!("Taken off without a look, as {by} wanted. Version {}.", change.version)
}

/// Why it was written, in a sentence.
fn because(change: &Change, approved: Option<&Change>, all: bool) -> String {
    let asked_by = change.asked_by.as_deref();
    let why = match (change.why, asked_by) {
        (Some(Why::Operator), Some(by)) => &format!("{by} wanted him looked at"),
        (Some(Why::Operator), None) => "the operator wanted him looked at",
        (Some(Why::Notification), _) => "Entra ID had announced a change",
        (Some(Why::Sweep), _) => "a sweep had found a change",
        (Some(Why::SecondLook), _) => "he was looked at once more after a change",
        (Some(Why::Neighbour), _) => "somebody else had changed for whom he waited",
        (None, _) => "everybody was looked at",
    };
    let asked = match (change.why, asked_by) {
        (Some(Why::Operator), _) | (_, None) => String::new(),
        (Some(_), Some(by)) => format!(", and {by} had wanted him looked at"),
        (None, Some(by)) => format!(", as {by} had asked"),
    };
    let deleted = if change.deleted { "; Entra ID has deleted him" } else { "" };
    let outside = change.outside.map(|outside| format!("; he was outside the scope: {outside}")).unwrap_or_default();
    let approved = approved.map_or_else(String::new, |approved| {
        let (by, because) = (approved.approved_by.as_deref(), approved.approved_because.as_deref());
        let what = if all { "all of it" } else { &approved.what };
        format!("; {what} approved by {}: {}", by.unwrap_or_default(), because.unwrap_or_default())
    });
    let settings = change.settings.as_ref().map(|name| format!(", settings {name}")).unwrap_or_default();
    format!("By {}, since {why}{asked}{deleted}{outside}{approved}. Version {}{settings}.", change.by, change.version)
}
