use serde::Serialize;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::Verdict;

use crate::tables::{Section, counted, thousands};

/// What was found, as JSON.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    whole: bool,
    people: u64,
    records: u64,
    unfinished: u64,
    unreadable: u64,
    flawed: u64,
    flaws: Vec<Flaw>,
    strangers: &'a [String],
}

#[derive(Serialize)]
struct Flaw {
    user: DirectoryUserId,
    flaw: String,
}

impl<'a> Document<'a> {
    pub(crate) fn of(verdict: &'a Verdict) -> Self {
        let Verdict { people, records, unfinished, unreadable, flaws, flawed, strangers } = verdict;
        let flaws = flaws.iter().map(|(user, flaw)| Flaw { user: *user, flaw: flaw.to_string() });
        Self {
            whole: verdict.is_whole(),
            people: *people,
            records: *records,
            unfinished: *unfinished,
            unreadable: *unreadable,
            flawed: *flawed,
            flaws: flaws.collect(),
            strangers,
        }
    }
}

/// What was found, on the screen. `whole`: what is said where nothing is wrong.
pub(crate) fn section(verdict: &Verdict, whole: &str, against: &str) -> Section {
    let heading = if verdict.is_whole() {
        whole.to_owned()
    } else {
        let chains = counted(verdict.flawed, "person's evidence is", "people's evidence is");
        format!("Not whole: {chains} not what was written.")
    };
    let mut rows = vec![
        vec!["people".to_owned(), thousands(verdict.people)],
        vec!["records".to_owned(), thousands(verdict.records)],
        vec!["people whose last write is unfinished".to_owned(), thousands(verdict.unfinished)],
    ];
    if verdict.unreadable > 0 {
        rows.push(vec!["records of a later version, proven but not read".to_owned(), thousands(verdict.unreadable)]);
    }
    let flaws = verdict.flaws.iter().map(|(user, flaw)| format!("! {user}: {flaw}."));
    let strangers = verdict.strangers.iter().map(|name| format!("! item {name} of the table is no record."));
    let more = verdict.flawed.saturating_sub(verdict.flaws.len() as u64);
    let more = (more > 0).then(|| format!("... and {} more.", thousands(more)));
    let notes = [against.to_owned()].into_iter().chain(flaws).chain(more).chain(strangers);
    Section { heading, header: vec!["on record", "number"], rows, notes: notes.collect() }
}
