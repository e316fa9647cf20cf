//! What a function is seen to call.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use local_host::Store;
use simulator::{EventSource, QueueSettings, Record, Right};
use sync_core::io::sqs::SqsQueue;
use sync_core::ports::Receipt;
use sync_core::work::{Delivered, MessageId};
use tokio::time::timeout;

use super::policy::Call;
use crate::laboratory::MINUTE;
use crate::live::Live;

/// Counts the calls of one function. Nobody else may be at work meanwhile.
pub(super) struct Watch {
    store: Store,
    /// The addresses of the queues, by what the template calls them.
    urls: BTreeMap<&'static str, String>,
    pub(super) calls: BTreeSet<Call>,
}

impl Watch {
    pub(super) fn new(store: &Store) -> Self {
        // Of these two only the shells on Lambda know.
        let queue = |name: &str| store.sqs.queue(name, QueueSettings::default());
        let urls = BTreeMap::from([
            ("UserQueue", store.urls.users.clone()),
            ("GroupQueue", store.urls.groups.clone()),
            ("KeeperQueue", store.urls.keeper.clone()),
            ("RunQueue", queue("runs.fifo")),
            ("CleanupQueue", queue("cleanup.fifo")),
        ]);
        Self { store: store.clone(), urls, calls: BTreeSet::new() }
    }

    /// Does a piece of the function's work.
    pub(super) async fn during<R>(&mut self, work: impl Future<Output = R>) -> R {
        let before = self.counted();
        let done = Box::pin(work).await;
        let more = self.counted().into_iter().filter(|(call, count)| before.get(call) != Some(count));
        self.calls.extend(more.map(|(call, _)| call));
        done
    }

    fn counted(&self) -> BTreeMap<Call, u64> {
        let rights = self.store.dynamo.rights().into_iter().map(|(Right { action, table, leading_keys }, count)| {
            let resource = if table == "evidence" { "Evidence" } else { "Ledger" }.to_owned();
            (Call { action: format!("dynamodb:{action}"), resource, leading_keys }, count)
        });
        let mut counted: BTreeMap<_, _> = rights.collect();
        for (&resource, url) in &self.urls {
            // What Lambda does is no call of the function's.
            let is_handlers = |operation: &str| !operation.starts_with("Receive") && !operation.starts_with("Delete");
            for (operation, count) in self.store.sqs.calls_of(url).into_iter().filter(|(name, _)| is_handlers(name)) {
                // A call of several messages needs the right of a call of one (AWS docs: SQS API permissions).
                let action = format!("sqs:{}", operation.trim_end_matches("Batch"));
                let call = Call { action, resource: resource.to_owned(), leading_keys: BTreeSet::new() };
                *counted.entry(call).or_default() += count;
            }
        }
        counted
    }

    pub(super) fn queue(&self, name: &str) -> SqsQueue {
        SqsQueue::new(self.store.sqs.client(), &self.urls[name])
    }

    /// Hands out what is on a queue until nothing is left; what is hidden is waited for.
    pub(super) async fn drain<F>(&mut self, queue: &str, handle: impl Fn(Vec<Record>) -> F)
    where
        F: Future<Output = Vec<String>>,
    {
        let source = EventSource { queue_url: self.urls[queue].clone(), batch_size: 10, concurrency: 1 };
        let sqs = self.store.sqs.clone();
        let drained = source.drain(&sqs, |batch| {
            let handled = Box::pin(handle(batch));
            async { Ok(handled.await) }
        });
        self.during(timeout(Duration::from_hours(24), drained)).await.unwrap();
    }
}

/// Graph tells the intake what has changed; nobody takes it up yet.
pub(super) async fn deliver(live: &Live) {
    let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
}

/// As the shells on Lambda read it.
pub(super) fn delivered(batch: Vec<Record>) -> Vec<Delivered> {
    let message = |record: Record| Delivered {
        receives: record.receive_count,
        id: MessageId(record.message_id),
        receipt: Receipt(record.receipt_handle),
        body: record.body,
    };
    batch.into_iter().map(message).collect()
}
