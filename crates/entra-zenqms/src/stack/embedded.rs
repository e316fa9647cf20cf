use local_host::Store;
use simulator::{EmbeddedSqs, KillSwitch, QueueSettings};
use sync_core::io::sqs::SqsQueue;

use super::Queues;

/// A stack in this very process, as far as the operator sees it.
pub(crate) struct Embedded {
    pub(crate) store: Store,
    pub(crate) queues: Queues<SqsQueue>,
    /// The address of the queue of runs.
    pub(crate) runs: String,
}

impl Embedded {
    pub(crate) async fn new() -> Self {
        let kill = KillSwitch::default();
        Self::of(&kill, EmbeddedSqs::new(kill.clone())).await
    }

    pub(crate) async fn of(kill: &KillSwitch, sqs: EmbeddedSqs) -> Self {
        let store = Store::new(kill, sqs).unwrap();
        store.create().await.unwrap();
        let queue = |url: &str| SqsQueue::new(store.sqs.client(), url);
        let runs = store.sqs.queue("runs.fifo", QueueSettings::default());
        let cleanup = store.sqs.queue("cleanup.fifo", QueueSettings::default());
        let queues = Queues {
            users: store.users.clone(),
            groups: store.groups.clone(),
            keeper: store.keeper.clone(),
            runs: queue(&runs),
            cleanup: queue(&cleanup),
            user_dead_letters: queue(&store.urls.user_dead_letters),
            group_dead_letters: queue(&store.urls.group_dead_letters),
            control_dead_letters: queue(&store.urls.control_dead_letters),
        };
        Self { store, queues, runs }
    }

    /// The texts of the messages on a queue.
    pub(crate) fn bodies(&self, url: &str) -> Vec<String> {
        self.store.sqs.messages(url).into_iter().map(|message| message.body).collect()
    }
}
