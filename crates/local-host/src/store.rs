use std::time::Duration;

use simulator::{EmbeddedDynamo, EmbeddedSqs, EngineError, KillSwitch, QueueSettings};
use sync_core::failure::Failure;
use sync_core::io::dynamo::Ledger;
use sync_core::io::sqs::SqsQueue;

/// How long a message that was handed out is hidden: no handler works for longer.
const VISIBILITY: Duration = Duration::from_mins(6);
/// How often a message is handed out before it is put among the dead letters. Work that fails for reasons that pass comes
/// back as a message of its own; what is handed out so often kills its handler, or cannot be read.
const MOST_RECEIVES: u32 = 30;

/// The ledger and the queues.
#[derive(Clone, Debug)]
pub struct Store {
    /// DynamoDB.
    pub dynamo: EmbeddedDynamo,
    /// The ledger in it.
    pub ledger: Ledger,
    /// SQS.
    pub sqs: EmbeddedSqs,
    /// The queue of the user flow.
    pub users: SqsQueue,
    /// The queue of the group flow.
    pub groups: SqsQueue,
    /// The queue of the subscription keeper.
    pub keeper: SqsQueue,
    /// The addresses of these three, and of their dead letters.
    pub urls: Urls,
}

/// The addresses of the queues.
#[derive(Clone, Debug)]
pub struct Urls {
    /// The user flow's.
    pub users: String,
    /// The group flow's.
    pub groups: String,
    /// The keeper's.
    pub keeper: String,
    /// The user flow's dead letters.
    pub user_dead_letters: String,
    /// The group flow's dead letters.
    pub group_dead_letters: String,
    /// The keeper's dead letters.
    pub control_dead_letters: String,
}

impl Store {
    /// An empty one, gone with the process. `kill` stops it between any two of its writes.
    ///
    /// # Errors
    /// When the engine cannot be started.
    pub fn new(kill: &KillSwitch, sqs: EmbeddedSqs) -> Result<Self, EngineError> {
        let dynamo = EmbeddedDynamo::memory(kill.clone())?;
        let dead = QueueSettings { visibility: VISIBILITY, ..QueueSettings::default() };
        let live = |dead_letters: &str| QueueSettings {
            visibility: VISIBILITY,
            dead_letters: Some((dead_letters.to_owned(), MOST_RECEIVES)),
            deduplication_per_group: true,
            ..QueueSettings::default()
        };
        let user_dead_letters = sqs.queue("user-dead-letters.fifo", dead.clone());
        let group_dead_letters = sqs.queue("group-dead-letters.fifo", dead.clone());
        let control_dead_letters = sqs.queue("control-dead-letters.fifo", dead);
        let urls = Urls {
            users: sqs.queue("users.fifo", live("user-dead-letters.fifo")),
            groups: sqs.queue("groups.fifo", live("group-dead-letters.fifo")),
            keeper: sqs.queue("subscriptions.fifo", live("control-dead-letters.fifo")),
            user_dead_letters,
            group_dead_letters,
            control_dead_letters,
        };
        let queue = |url: &str| SqsQueue::new(sqs.client(), url);
        Ok(Self {
            ledger: Ledger::new(dynamo.client(), "ledger").with_evidence("evidence"),
            dynamo,
            users: queue(&urls.users),
            groups: queue(&urls.groups),
            keeper: queue(&urls.keeper),
            urls,
            sqs,
        })
    }

    /// Makes the tables of the ledger and the evidence.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn create(&self) -> Result<(), Failure> {
        self.ledger.create_tables().await
    }
}
