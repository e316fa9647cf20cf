//! The demo's fourth part: a busy stretch in the directory, and how ZenQMS follows.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::bail;
use serde::Serialize;
use simulator::Churn;
use tokio::time::sleep;

use crate::company::unreliable;
use crate::installation::{Installation, Proof};
use crate::tables::{self, thousands};
use crate::watch::{Change, End, Kind};

/// How often the directory is swept: often, so that one need not wait to see what a sweep is for.
const SWEEP: Duration = Duration::from_secs(8);
/// How long is waited until nothing is to be done any more.
const PATIENCE: Duration = Duration::from_secs(20);
/// So often both sides are compared where faults are on order, which delay what is to be written.
const COMPARISONS: u32 = 4;

/// How the stretch is to be.
pub(super) struct Stretch {
    pub(super) changes: u32,
    pub(super) seed: u64,
    /// Whether anything goes wrong on purpose.
    pub(super) faults: bool,
    /// Whether each change is told when it is done.
    pub(super) told: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct RealTime {
    changes: usize,
    /// Changes that were written in ZenQMS.
    written: usize,
    /// Changes that were not, for a reason.
    skipped: usize,
    /// Changes that needed no write.
    nothing_to_write: usize,
    /// Changes of which it is not known what became of them.
    unmatched: usize,
    /// Writes that one person's change let happen for another.
    consequences: usize,
    /// By what the changes that were written were found.
    found_by: BTreeMap<&'static str, usize>,
    /// From the change to the write.
    delay_seconds: Option<Delays>,
    subscriptions: usize,
    notifications: Notifications,
    looks: u64,
    writes: usize,
    /// Whether a plan for everybody finds nothing to write.
    agreed: bool,
    people: u64,
    differing: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Delays {
    p50: f64,
    p95: f64,
    max: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Notifications {
    made: u64,
    lost: u64,
    doubled: u64,
    delivered: u64,
}

/// What has been told so far.
#[derive(Default)]
struct Tape {
    revision: u64,
    ended: Vec<Change>,
}

impl Tape {
    fn wind(&mut self, installation: &Installation, told: bool) {
        for change in installation.watch.since(self.revision) {
            self.revision = self.revision.max(change.revision);
            if change.end.is_some() {
                if told {
                    tables::change(&change);
                }
                self.ended.push(change);
            }
        }
    }
}

/// Plays the fourth part.
pub(super) async fn play(installation: &Installation, stretch: &Stretch) -> anyhow::Result<RealTime> {
    let subscriptions = installation.subscribe().await?;
    if stretch.told {
        tables::heading("4. Real time");
        tables::line(&format!(
            "Graph has {subscriptions} subscriptions to {}, each made with its handshake.\n\
             {} changes follow. Of each there are several notifications: some come twice, some late, some never.\n",
            installation.intake(),
            thousands(stretch.changes.into()),
        ));
    }
    Box::pin(installation.at_work(SWEEP, follow(installation, stretch, subscriptions))).await
}

async fn follow(installation: &Installation, stretch: &Stretch, subscriptions: usize) -> anyhow::Result<RealTime> {
    // The runs before may have left people to be looked at one by one.
    installation.rest(PATIENCE).await;
    let mut tape = Tape { revision: installation.watch.revision(), ended: Vec::new() };
    let looks = installation.watch.looks();
    installation.simulation.reset_tally();
    let mut news = installation.watch.news();
    let proof = tokio::select! {
        proof = stretch.happen(installation) => proof?,
        () = async {
            while news.changed().await.is_ok() {
                tape.wind(installation, stretch.told);
            }
        } => bail!("nobody watches any more"),
    };
    installation.watch.conclude();
    tape.wind(installation, stretch.told);
    let tally = installation.simulation.notification_tally();
    let notifications =
        Notifications { made: tally.made, lost: tally.lost, doubled: tally.doubled, delivered: tally.delivered };
    let figures = RealTime {
        subscriptions,
        notifications,
        looks: installation.watch.looks() - looks,
        writes: installation.simulation.writes().len(),
        agreed: proof.holds(),
        people: proof.report.counts.seen,
        differing: proof.differing,
        ..RealTime::of(&tape.ended, usize::try_from(stretch.changes)?)
    };
    if stretch.told {
        figures.print();
    }
    Ok(figures)
}

impl Stretch {
    /// Lets the changes happen, waits until all is done, and compares.
    async fn happen(&self, installation: &Installation) -> anyhow::Result<Proof> {
        let simulation = &installation.simulation;
        unreliable(simulation);
        let mut churn = Churn::new(self.seed);
        let mut dice = fastrand::Rng::with_seed(self.seed);
        for _ in 0..self.changes {
            simulation.change(|editor| {
                let happening = churn.step(editor);
                installation.watch.note(&happening, editor);
            });
            sleep(Duration::from_millis(dice.u64(200..600))).await;
        }
        let comparisons = if self.faults { COMPARISONS } else { 1 };
        for n in 1.. {
            installation.settle(PATIENCE).await?;
            let proof = installation.prove().await?;
            if proof.holds() || n >= comparisons {
                return Ok(proof);
            }
        }
        bail!("nothing was compared")
    }
}

impl RealTime {
    /// What became of the changes; the rest is to be filled in.
    fn of(ended: &[Change], changes: usize) -> Self {
        let made: Vec<(&Change, &End)> = ended
            .iter()
            .filter(|change| !change.is_unasked())
            .filter_map(|change| Some((change, change.end.as_ref()?)))
            .collect();
        let count = |kind| made.iter().filter(|(_, end)| end.kind == kind).count();
        let written = made.iter().map(|(_, end)| *end).filter(|end| end.kind == Kind::Written);
        let mut found_by = BTreeMap::new();
        for how in written.clone().filter_map(|end| end.how) {
            *found_by.entry(how).or_default() += 1;
        }
        Self {
            changes,
            written: count(Kind::Written),
            skipped: count(Kind::Skipped),
            nothing_to_write: count(Kind::Nothing),
            unmatched: changes.saturating_sub(made.len()),
            consequences: ended.len() - made.len(),
            found_by,
            delay_seconds: Delays::of(written.map(|end| end.seconds).collect()),
            subscriptions: 0,
            notifications: Notifications { made: 0, lost: 0, doubled: 0, delivered: 0 },
            looks: 0,
            writes: 0,
            agreed: false,
            people: 0,
            differing: Vec::new(),
        }
    }

    fn print(&self) {
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let count = |name: &str, number: usize| row(name, thousands(number as u64));
        let mut rows = vec![
            count("changes made", self.changes),
            count("written in ZenQMS", self.written),
            count("not written, for a reason", self.skipped),
            count("nothing to write", self.nothing_to_write),
            row("notifications made", thousands(self.notifications.made)),
            row("lost", thousands(self.notifications.lost)),
            row("doubled", thousands(self.notifications.doubled)),
            row("looks", thousands(self.looks)),
            count("writes", self.writes),
            count("found by a sweep", self.found_by.get("sweep").copied().unwrap_or_default()),
        ];
        if self.consequences > 0 {
            rows.push(count("written because of somebody else's change", self.consequences));
        }
        if let Some(Delays { p50, p95, max }) = self.delay_seconds {
            for (name, seconds) in [("half of them", p50), ("95 of 100", p95), ("all", max)] {
                rows.push(row(&format!("delay to the write: {name}, at most"), format!("{seconds:.1} s")));
            }
        }
        tables::line("");
        tables::table(&["real time", ""], &rows);
    }

    /// The good news. With the initial sync OFF a plan for everybody looks for missing links only.
    ///
    /// # Errors
    /// What still differs.
    pub(super) fn verdict(&self, initial_sync: bool) -> anyhow::Result<String> {
        if !self.agreed {
            bail!("after the last sweep {} people still differ:\n{}", self.differing.len(), self.differing.join("\n"));
        }
        let people = thousands(self.people);
        let what = if initial_sync { "nothing to write" } else { "no link missing (initial sync OFF)" };
        Ok(format!("After the last sweep both sides agree: a plan for all {people} people finds {what}."))
    }
}

impl Delays {
    fn of(mut seconds: Vec<f64>) -> Option<Self> {
        seconds.sort_by(f64::total_cmp);
        let at = |share: usize| seconds.get((seconds.len() * share).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { p50: at(50)?, p95: at(95)?, max: at(100)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_those_of_the_nearest_rank() {
        let delays = Delays::of((1..=20).rev().map(f64::from).collect());
        assert_eq!(delays, Some(Delays { p50: 10.0, p95: 19.0, max: 20.0 }));
        assert_eq!(Delays::of(vec![3.0]), Some(Delays { p50: 3.0, p95: 3.0, max: 3.0 }));
        assert_eq!(Delays::of(Vec::new()), None);
    }

    #[test]
    fn what_differs_is_said_and_agreement_is_good_news() {
        let mut figures = RealTime::of(&[], 3);
        assert_eq!((figures.unmatched, figures.written), (3, 0));
        figures.differing.push("directory user 1".to_owned());
        let error = figures.verdict(true).unwrap_err().to_string();
        assert_eq!(error, "after the last sweep 1 people still differ:\ndirectory user 1");
        let agreed = RealTime { agreed: true, people: 2_000, ..figures };
        assert!(agreed.verdict(true).unwrap().ends_with("all 2,000 people finds nothing to write."));
        assert!(agreed.verdict(false).unwrap().ends_with("no link missing (initial sync OFF)."));
    }

    #[test]
    fn the_json_has_the_figures_that_scripts_read() {
        let json = serde_json::to_value(RealTime::of(&[], 0)).unwrap();
        for key in ["changes", "delay_seconds", "found_by", "unmatched", "agreed", "notifications"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
