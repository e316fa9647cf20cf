use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Kills the process under test between any two of its steps.
///
/// A step is a write carried out: one of ZenQMS's, or one of DynamoDB's. Once step number `n` of an armed switch is
/// carried out nobody hears of it: its caller, and whoever calls later, waits for ever, and [`Self::tripped`] resolves, so
/// that the test can drop the run and start another over the same state.
#[derive(Clone, Debug)]
pub struct KillSwitch {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    count: Mutex<Count>,
    tripped: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Count {
    steps: u64,
    kill_after: Option<u64>,
}

impl Default for KillSwitch {
    fn default() -> Self {
        Self { inner: Arc::new(Inner { count: Mutex::default(), tripped: watch::Sender::new(false) }) }
    }
}

impl KillSwitch {
    /// Trips as soon as `after` more steps have been carried out; with 0, at the next call of whatever kind. The steps are
    /// numbered afresh.
    pub fn arm(&self, after: u64) {
        *self.inner.count.lock().unwrap_or_else(PoisonError::into_inner) = Count { steps: 0, kill_after: Some(after) };
        self.inner.tripped.send_replace(false);
    }

    /// Lets calls through again. Those that wait already wait for ever.
    pub fn disarm(&self) {
        self.inner.count.lock().unwrap_or_else(PoisonError::into_inner).kill_after = None;
        self.inner.tripped.send_replace(false);
    }

    /// How many steps have been carried out since the switch was made or last armed.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.inner.count.lock().unwrap_or_else(PoisonError::into_inner).steps
    }

    /// Whether it has tripped.
    #[must_use]
    pub fn has_tripped(&self) -> bool {
        *self.inner.tripped.borrow()
    }

    /// Waits until it trips.
    pub async fn tripped(&self) {
        // The sender lives in `self`, so this cannot fail.
        let _ = self.inner.tripped.subscribe().wait_for(|tripped| *tripped).await;
    }

    /// Counts a step.
    pub(crate) fn step(&self) {
        self.inner.count.lock().unwrap_or_else(PoisonError::into_inner).steps += 1;
    }

    /// What every call passes when it comes and when it goes; a dead process gets no further.
    pub(crate) async fn pass(&self) {
        let dead = {
            let count = self.inner.count.lock().unwrap_or_else(PoisonError::into_inner);
            count.kill_after.is_some_and(|after| count.steps >= after)
        };
        if dead {
            self.inner.tripped.send_replace(true);
            std::future::pending::<()>().await;
        }
    }
}
