use std::sync::{Arc, Mutex, PoisonError};

use initial_sync::{Event, Observer, Stage};
use jiff::{SignedDuration, Timestamp};
use lambda_host::{Metrics, Unit, Watching};
use sync_core::failure::{Cause, Failure};
use sync_core::io::SystemClock;
use sync_core::ports::Clock;
use sync_core::run::{Mode, RunReport, WAITS_FOR_PLAN};

/// How often a run tells where it stands.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Tells the log and the metrics how a run goes.
pub(crate) struct Progress {
    metrics: Arc<Metrics>,
    watching: Watching,
    mode: Mode,
    so_far: Mutex<SoFar>,
}

struct SoFar {
    people: u64,
    told: Timestamp,
}

impl Progress {
    pub(crate) fn new(metrics: Arc<Metrics>, mode: Mode) -> Self {
        let so_far = Mutex::new(SoFar { people: 0, told: SystemClock.now() });
        Self { watching: Watching(metrics.clone()), metrics, mode, so_far }
    }

    fn advanced(&self, people: u64) {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        so_far.people += people;
        let now = SystemClock.now();
        if now.duration_since(so_far.told) >= EVERY {
            so_far.told = now;
            self.tell(so_far.people);
            self.metrics.flush(now);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no directory has 2^52 people")]
    fn tell(&self, people: u64) {
        tracing::info!(mode = %self.mode, people, "under way");
        self.metrics.measure("RunProgress", Unit::Count, people as f64);
    }

    /// Tells how it ended.
    pub(crate) fn ended(&self, report: &Result<RunReport, Failure>) {
        match report {
            Ok(report) => {
                let RunReport { run_id, status, counts, .. } = report;
                tracing::info!(run = %run_id, status, held = report.held, ?counts, skipped = ?report.skipped_by_reason, "a run");
                if self.mode == Mode::Full {
                    self.tell(counts.seen);
                }
                match *status {
                    "complete" => self.metrics.count("RunsCompleted", 1),
                    "halted" => {
                        let because = report.halted_because.as_deref().unwrap_or_default();
                        tracing::error!(run = %run_id, because, "a run was halted; it needs you");
                        self.metrics.count("RunsHalted", 1);
                    }
                    _ => {}
                }
            }
            // It waits for another to end, and nothing has failed.
            Err(failure) if matches!(failure.cause, Cause::Busy) => {
                tracing::info!(mode = %self.mode, %failure, "a run waits");
            }
            Err(failure) => {
                tracing::error!(mode = %self.mode, %failure, "a run failed and is tried again");
                self.metrics.count("RunsFailed", 1);
            }
        }
    }
}

impl Observer for Progress {
    fn on(&self, event: &Event<'_>) {
        match event {
            Event::Began { run, resumed } => tracing::info!(%run, resumed, "a run begins"),
            Event::Settled(settled) if self.mode != Mode::Plan => self.watching.count(settled),
            Event::Advanced { stage: Stage::Users, by } => self.advanced(*by),
            Event::GroupUnread { group, why } => {
                tracing::warn!(%group, why, "a group's members could not be read whole; nobody loses a role for it");
            }
            Event::ListingRestarted => {
                tracing::warn!("the directory's listing starts again: a page's token had expired");
            }
            Event::Waits => tracing::info!("nothing is swept: {WAITS_FOR_PLAN}"),
            Event::LeftOff => tracing::info!("the first approved run is complete; from now on everything is followed"),
            _ => {}
        }
    }
}
