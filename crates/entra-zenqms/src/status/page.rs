use jiff::Timestamp;
use sync_core::run::Counts;

use super::value::{Excepted, Removal, Run, Status, Subscription};
use crate::tables::{Section, thousands};
use crate::when::{self, ago, at_and_in};

/// The status as a page.
pub(super) fn sections(status: &Status) -> Vec<Section> {
    let mut sections = vec![runs(status), subscriptions(status), queues(status), exceptions(status)];
    if let Some(since) = status.waiting_since {
        sections.push(waiting(since, status));
    }
    if let Some(removal) = &status.removal {
        sections.push(removed(removal, status.at));
    }
    sections
}

fn runs(status: &Status) -> Section {
    // Most stacks never have a run under an approved plan.
    let mut all = vec![("full run", &status.full)];
    all.extend(status.applied.is_some().then_some(("approved plan", &status.applied)));
    all.push(("comparison by a sweep", &status.comparison));
    let last_sweep = match (status.last_sweep, status.in_step_until) {
        (Some(at), None) if status.waiting_since.is_some() => {
            format!("Changes since {} are looked at after the first run.", when::at(at))
        }
        (Some(at), Some(_)) => {
            format!("Entra ID was last swept for changes {}. Nobody waits to be looked at.", ago(at, status.at))
        }
        (Some(at), None) => {
            format!("Entra ID was last swept for changes {}. Some are still to be looked at.", ago(at, status.at))
        }
        (None, _) => "Entra ID was never swept for changes yet.".to_owned(),
    };
    let heading = "Runs".to_owned();
    if all.iter().all(|(_, run)| run.is_none()) {
        let notes = vec!["No run has begun yet.".to_owned(), last_sweep];
        return Section { heading, notes, ..Section::default() };
    }
    let row = |name: &str, of: &dyn Fn(&Run) -> String| {
        let cells = all.iter().map(|(_, run)| run.as_ref().map_or_else(|| "-".to_owned(), of));
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let count = |name: &str, of: fn(&Counts) -> u64| row(name, &|run| thousands(of(&run.counts)));
    let rows = vec![
        row("state", &|run| run.state.as_str().to_owned()),
        row("began", &|run| ago(run.began, status.at)),
        row("last saved", &|run| ago(run.saved, status.at)),
        count("people", |counts| counts.seen),
        count("created", |counts| counts.created),
        count("linked", |counts| counts.linked),
        count("updated", |counts| counts.updated),
        count("deactivated", |counts| counts.deactivated),
        count("unchanged", |counts| counts.unchanged),
        count("skipped", |counts| counts.skipped),
        count("failed", |counts| counts.failed),
        count("roles given", |counts| counts.roles_added),
        count("roles taken", |counts| counts.roles_removed),
    ];
    let header = std::iter::once("the latest").chain(all.iter().map(|(name, _)| *name)).collect();
    Section { heading, header, rows, notes: vec![last_sweep] }
}

fn subscriptions(status: &Status) -> Section {
    let row = |subscription: &Subscription| {
        let state = match (subscription.is_live, subscription.id) {
            (true, _) => "live",
            (false, Some(_)) => "ended",
            (false, None) => "being made",
        };
        vec![subscription.watched.to_string(), state.to_owned(), at_and_in(subscription.expires, status.at)]
    };
    let rows: Vec<_> = status.subscriptions.iter().map(row).collect();
    let none = rows.is_empty().then(|| "There is none: changes are found by the sweeps alone.".to_owned());
    Section {
        heading: "Subscriptions".to_owned(),
        header: vec!["to", "state", "ends"],
        rows,
        notes: none.into_iter().collect(),
    }
}

fn exceptions(status: &Status) -> Section {
    let heading = "Exceptions".to_owned();
    if status.exceptions.is_empty() {
        let notes = vec!["Nobody is on the list.".to_owned()];
        return Section { heading, notes, ..Section::default() };
    }
    let row = |(code, excepted): (&String, &Excepted)| {
        vec![code.clone(), thousands(excepted.people), ago(excepted.since, status.at)]
    };
    Section {
        heading,
        header: vec!["not in line because", "people", "the first of them"],
        rows: status.exceptions.iter().map(row).collect(),
        notes: vec!["Who they are: `entra-zenqms exceptions`.".to_owned()],
    }
}

fn queues(status: &Status) -> Section {
    let rows = status.queues.iter().map(|(name, messages)| {
        let counts = [messages.waiting, messages.hidden, messages.delayed].map(thousands);
        [vec![name.as_str().to_owned()], counts.to_vec()].concat()
    });
    Section {
        heading: "Messages".to_owned(),
        header: vec!["on the queue", "waiting", "in work or not due", "delayed"],
        rows: rows.collect(),
        notes: vec![match status.parked {
            0 => "Nobody is parked.".to_owned(),
            people => format!("Parked: {}.", thousands(people as u64)),
        }],
    }
}

fn waiting(since: Timestamp, status: &Status) -> Section {
    let begun = format!("Nothing is written since {}, before a plan was approved.", at_and_in(since, status.at));
    let then = if status.waits_for_plan() {
        "The way on: `entra-zenqms plan`, then `approve` and `apply`."
    } else {
        "One is being carried out; once it is done, everything is followed."
    };
    Section { heading: "First run".to_owned(), notes: vec![begun, then.to_owned()], ..Section::default() }
}

fn removed(removal: &Removal, now: Timestamp) -> Section {
    let begun = format!("The integration is being removed, since {}.", at_and_in(removal.since, now));
    let cleanup = match &removal.cleanup {
        None => "The cleanup has not begun yet.".to_owned(),
        Some(cleanup) => format!(
            "The cleanup is {}: {} links cleared; {} accounts looked at in this pass, of which {} in doubt and {} refused.",
            cleanup.state.name(),
            thousands(cleanup.cleared),
            thousands(cleanup.looked_at),
            thousands(cleanup.in_doubt),
            thousands(cleanup.failed)
        ),
    };
    Section { heading: "Removal".to_owned(), notes: vec![begun, cleanup], ..Section::default() }
}
