use std::time::Duration;

use futures::future::join4;
use initial_sync::Silent;
use simulator::{EventSource, Record};
use sync_core::io::http::Transport;
use sync_core::look::Observer;
use sync_core::ports::{Clock, FreshIds};
use sync_core::work::KeeperWork;

use crate::host::Host;

/// When what is done that nothing asks for.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// How often the directory is swept.
    pub sweep: Duration,
    /// How often the subscriptions are looked after.
    pub keep: Duration,
}

impl Default for Rhythm {
    /// As the template has it.
    fn default() -> Self {
        Self { sweep: Duration::from_mins(15), keep: Duration::from_hours(1) }
    }
}

/// Batches of each flow that are handled side by side. ZenQMS's pace is the limit, not this.
const CONCURRENCY: usize = 4;
/// SQS FIFO hands out no more at once (AWS docs: Lambda event source mappings for SQS).
const BATCH: u8 = 10;

impl<T, C, I, O> Host<T, C, I, O>
where
    T: Transport,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    /// Handles what comes onto the queues, sweeps and keeps the subscriptions, for ever.
    pub async fn work(&self, rhythm: Rhythm) {
        let source = |url: &str| EventSource { queue_url: url.to_owned(), batch_size: BATCH, concurrency: CONCURRENCY };
        let urls = &self.store.urls;
        let (users, groups, keeper) = (source(&urls.users), source(&urls.groups), source(&urls.keeper));
        let users = users.run(&self.store.sqs, async |batch| Ok(self.users(batch).await));
        let groups = groups.run(&self.store.sqs, async |batch| Ok(self.groups(batch).await));
        let keeper = keeper.run(&self.store.sqs, async |batch| Ok(self.news(batch).await));
        join4(users, groups, keeper, self.schedule(rhythm)).await;
    }

    /// What the keeper does when something happened to a subscription.
    pub async fn news(&self, batch: Vec<Record>) -> Vec<String> {
        let mut failed = Vec::new();
        for record in batch {
            let Ok(work) = KeeperWork::read(&record.body) else {
                failed.push(record.message_id);
                continue;
            };
            match self.keep(Some(work)).await {
                Ok(report) => {
                    if report.failed() {
                        failed.push(record.message_id);
                    }
                    if report.sweep {
                        self.sweep_now().await;
                    }
                }
                Err(failure) => {
                    tracing::warn!(%failure, "the subscriptions could not be looked after");
                    failed.push(record.message_id);
                }
            }
        }
        failed
    }

    async fn schedule(&self, rhythm: Rhythm) {
        let sweeps = async {
            loop {
                self.clients.clock.pause(rhythm.sweep).await;
                self.sweep_now().await;
            }
        };
        let keeps = async {
            loop {
                self.clients.clock.pause(rhythm.keep).await;
                match self.keep(None).await {
                    Ok(report) if report.sweep => self.sweep_now().await,
                    Ok(_) => {}
                    Err(failure) => tracing::warn!(%failure, "the subscriptions could not be looked after"),
                }
            }
        };
        futures::join!(sweeps, keeps);
    }

    async fn sweep_now(&self) {
        if let Err(failure) = self.sweep(&Silent).await {
            tracing::warn!(%failure, "a sweep failed; the next one begins at the same place");
        }
    }
}
