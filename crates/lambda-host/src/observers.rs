use std::sync::Arc;

use jiff::Timestamp;
use sync_core::apply::{Settled, Written};
use sync_core::look::{Next, Observer, Outcome};
use sync_core::work::{UserWork, Why};

use crate::metrics::{Metrics, Unit};

/// Counts what becomes of people.
#[derive(Clone, Debug)]
pub struct Watching(pub Arc<Metrics>);

impl Watching {
    /// Counts what was written for a person, and why something was not.
    pub fn count(&self, settled: &Settled) {
        let Self(metrics) = self;
        if let Some(written) = settled.written {
            metrics.count_kind("ChangesWritten", "Outcome", outcome(written), 1);
        }
        for (kind, count) in [("roles_added", settled.roles_added), ("roles_removed", settled.roles_removed)] {
            if count > 0 {
                metrics.count_kind("ChangesWritten", "Outcome", kind, count);
            }
        }
        if let Some(because) = settled.held_for().filter(|because| because.waits()) {
            tracing::warn!(user = %settled.user, code = because.code(), "kept back: {because}");
            metrics.measure("PeopleHeld", Unit::Count, 1.0);
        }
        if let Some(failure) = &settled.failure {
            self.failed(failure.cause.code());
        } else if let Some(reason) = settled.skipped_for() {
            metrics.count_kind("PeopleSkipped", "Reason", reason.code(), 1);
        }
    }
}

impl Watching {
    fn failed(&self, code: &'static str) {
        self.0.count("PeopleFailed", 1);
        self.0.count_kind("PeopleFailed", "Reason", code, 1);
    }
}

impl Observer for Watching {
    fn dropped(&self, messages: usize) {
        if messages > 0 {
            self.0.count("WorkDropped", messages as u64);
        }
    }

    fn looked(&self, work: &UserWork, outcome: &Outcome, next: &Next, at: Timestamp) {
        let Self(metrics) = self;
        if let Outcome::Failed(failure) = outcome {
            self.failed(failure.cause.code());
        }
        if matches!(next, Next::Later(later) if later.attempt > 0) {
            // What fails comes back as a new message, so that the age of the queue's messages does not tell.
            let waited = at.duration_since(work.since).as_secs_f64();
            metrics.measure("OldestWorkSeconds", Unit::None, waited.max(0.0));
        }
        if let Next::Park(parked) = next {
            metrics.count_kind("PeopleParked", "Reason", parked.code.clone(), 1);
            metrics.count("PeopleParked", 1);
            tracing::error!(user = %parked.user, because = parked.because, "a person is parked until somebody mends this");
        }
        let Some(settled) = outcome.settled() else { return };
        self.count(settled);
        if settled.written.is_none() && settled.roles_added + settled.roles_removed == 0 {
            return;
        }
        match work.why {
            // What a sweep finds to write, no notification had announced.
            Why::Sweep => metrics.count("MissedBySweep", 1),
            Why::Notification if work.attempt == 0 => {
                let delay = at.duration_since(work.since).as_secs_f64() * 1_000.0;
                metrics.measure("ChangeDelay", Unit::Milliseconds, delay.max(0.0));
            }
            Why::Notification | Why::SecondLook | Why::Neighbour | Why::Operator => {}
        }
    }
}

const fn outcome(written: Written) -> &'static str {
    match written {
        Written::Created => "created",
        Written::Linked => "linked",
        Written::Updated => "updated",
        Written::Deactivated => "deactivated",
    }
}
