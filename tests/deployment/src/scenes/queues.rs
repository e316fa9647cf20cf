use std::cell::{Cell, RefCell};

use anyhow::{bail, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::{LocalBoxFuture, join_all};
use serde_json::json;
use simulator::QueueSettings;
use simulator::contract::{Broken, Ground, STORIES};

use super::Stage;
use crate::say;

/// A story that does not hold here, although AWS documents it.
struct Exception {
    story: &'static str,
    /// How the sentence begins in which it breaks: that it breaks elsewhere as well is no exception.
    breaks_at: &'static str,
    /// What AWS documents, and where.
    documented: &'static str,
    /// What the emulator does.
    found: &'static str,
}

/// As of ministack 1.5.33.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        story: "a batch holds as many of one group as it can",
        breaks_at: "a receive gives",
        documented: "as many messages as possible of one group are returned by a call (FIFO queue delivery logic)",
        found: "takes them in the order in which they were sent, across groups",
    },
    Exception {
        story: "nothing is hidden for more than twelve hours at once",
        breaks_at: "a receive that hides for longer: \"accepted\"",
        documented: "a visibility time-out is 43,200 seconds at most (ReceiveMessage, ChangeMessageVisibility)",
        found: "takes any number",
    },
    Exception {
        story: "a receipt that is out of date is refused as expired",
        breaks_at: "deleting after the time-out: \"accepted\"",
        documented: "from its time-out on a receipt is refused with InvalidParameterValue (re:Post: receipt handle errors)",
        found: "deletes by it until the message is received anew, then refuses it with ReceiptHandleIsInvalid",
    },
    Exception {
        story: "what was deleted can be deleted again",
        breaks_at: "a call is refused: ReceiptHandleIsInvalid",
        documented: "a deletion by an old receipt handle succeeds (DeleteMessage)",
        found: "refuses it with ReceiptHandleIsInvalid",
    },
    Exception {
        story: "a batch with a message without a group or an id is refused whole",
        breaks_at: "no group: \"accepted\"",
        documented: "without MessageGroupId or MessageDeduplicationId the action fails (SendMessageBatchRequestEntry)",
        found: "sends the other messages of the batch",
    },
    Exception {
        story: "groups and deduplication ids are spelled in 128 characters without blanks",
        breaks_at: "a group: \"accepted\"",
        documented: "both are 128 letters, digits and punctuation at most (SendMessage)",
        found: "takes any text",
    },
    Exception {
        story: "an attribute that does not exist is refused",
        breaks_at: "an attribute that does not exist: \"accepted\"",
        documented: "InvalidAttributeName, if the specified attribute does not exist (GetQueueAttributes)",
        found: "leaves it out of the answer",
    },
];

/// Every story of a FIFO queue holds here as well, but for the exceptions, which do not hold.
pub(crate) async fn kept(stage: &Stage) -> anyhow::Result<()> {
    let ground = Emulated { client: stage.emulator.sqs(), named: Cell::default(), made: RefCell::default() };
    let told = join_all(STORIES.iter().map(async |(name, story)| (*name, story(&ground).await))).await;
    ground.clear().await?;
    let mut wrong = Vec::new();
    for (name, answer) in &told {
        match (answer, EXCEPTIONS.iter().find(|exception| exception.story == *name)) {
            (Ok(()), None) => {}
            (Err(broken), None) => wrong.push(format!("{name}: {broken}")),
            (Ok(()), Some(_)) => wrong.push(format!("{name}: it holds now, and is no exception any more")),
            (Err(broken), Some(exception)) if !broken.0.starts_with(exception.breaks_at) => {
                wrong.push(format!("{name}: {broken}, which is another exception than `{}`", exception.breaks_at));
            }
            (Err(_), Some(Exception { documented, found, .. })) => {
                say(&format!("   left out: {name}. AWS: {documented}; the emulator {found}"));
            }
        }
    }
    let unknown = EXCEPTIONS.iter().filter(|exception| told.iter().all(|(name, _)| *name != exception.story));
    wrong.extend(unknown.map(|exception| format!("{}: there is no such story", exception.story)));
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    say(&format!("   {} stories hold, {} are left out", told.len() - EXCEPTIONS.len(), EXCEPTIONS.len()));
    Ok(())
}

/// The emulator's SQS, and which queues were made for the stories.
struct Emulated {
    client: Client,
    named: Cell<u32>,
    made: RefCell<Vec<String>>,
}

impl Ground for Emulated {
    fn client(&self) -> Client {
        self.client.clone()
    }

    fn queue(&self, settings: QueueSettings) -> LocalBoxFuture<'_, Result<String, Broken>> {
        self.named.update(|named| named + 1);
        let name = format!("contract-{}.fifo", self.named.get());
        Box::pin(self.make(name, settings))
    }
}

impl Emulated {
    async fn make(&self, name: String, settings: QueueSettings) -> Result<String, Broken> {
        let mut request = self
            .client
            .create_queue()
            .queue_name(&name)
            .attributes(QueueAttributeName::FifoQueue, "true")
            .attributes(QueueAttributeName::VisibilityTimeout, settings.visibility.as_secs().to_string())
            .attributes(QueueAttributeName::MessageRetentionPeriod, settings.retention.as_secs().to_string());
        if settings.deduplication_per_group {
            request = request
                .attributes(QueueAttributeName::DeduplicationScope, "messageGroup")
                .attributes(QueueAttributeName::FifoThroughputLimit, "perMessageGroupId");
        }
        if let Some((dead, limit)) = settings.dead_letters {
            let policy = json!({"deadLetterTargetArn": self.arn(&dead).await?, "maxReceiveCount": limit});
            request = request.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
        }
        let url = request.send().await?.queue_url.ok_or_else(|| Broken(format!("{name} was made and has no URL")))?;
        self.made.borrow_mut().push(url.clone());
        Ok(url)
    }

    async fn arn(&self, name: &str) -> Result<String, Broken> {
        let url = self.client.get_queue_url().queue_name(name).send().await?.queue_url;
        let request = self.client.get_queue_attributes().set_queue_url(url);
        let answer = request.attribute_names(QueueAttributeName::QueueArn).send().await?;
        let arn = answer.attributes().and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn)).cloned();
        arn.ok_or_else(|| Broken(format!("{name} has no ARN")))
    }

    /// Deletes what was made: what the stack leaves behind is looked for later.
    async fn clear(&self) -> anyhow::Result<()> {
        for url in self.made.take() {
            if let Err(error) = self.client.delete_queue().queue_url(&url).send().await {
                bail!("{url} cannot be deleted: {}", Broken::from(error));
            }
        }
        Ok(())
    }
}
