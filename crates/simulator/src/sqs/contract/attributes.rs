//! What SQS tells of messages and queues (AWS docs: SendMessage, ReceiveMessage, GetQueueAttributes).

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::types::{MessageSystemAttributeName as Name, QueueAttributeName};

use super::super::QueueSettings;
use super::fifo::{Fifo, pass, refused, same, told};
use super::{Broken, Ground, Told};

async fn all(queue: &Fifo) -> Result<HashMap<QueueAttributeName, String>, Broken> {
    let request = queue.client.get_queue_attributes().queue_url(&queue.url);
    Ok(request.attribute_names(QueueAttributeName::All).send().await?.attributes.unwrap_or_default())
}

fn number<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, Broken> {
    text.parse().map_err(|_| Broken(format!("{what} is no number: {text:?}")))
}

pub(super) async fn of_a_sent(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let mut last = 0;
    for deduplication in ["1", "2", "3"] {
        let sent = queue.sending("a", deduplication, "x").send().await?;
        same("the digest", sent.md5_of_message_body(), Some("9dd4e461268c8034f5c8564e155c67a6"))?;
        let sequence: u128 = number("the sequence number", sent.sequence_number().unwrap_or_default())?;
        same("the sequence number grows", sequence > last, true)?;
        last = sequence;
    }
    Ok(())
}

pub(super) async fn of_a_message(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let id = queue.send("a", "once", "body").await?;
    let [first] = queue.gives(1, ["body"]).await?;
    same("the id", first.message_id(), Some(id.as_str()))?;
    same("the digest", first.md5_of_body(), Some("841a2d689ad86bd1611447453c22c6fc"))?;
    same("the group", told(&first, &Name::MessageGroupId), "a".to_owned())?;
    same("the deduplication id", told(&first, &Name::MessageDeduplicationId), "once".to_owned())?;
    let moment = |message, name: &Name| number::<u64>(name.as_str(), &told(message, name));
    let (sent, received) =
        (moment(&first, &Name::SentTimestamp)?, moment(&first, &Name::ApproximateFirstReceiveTimestamp)?);
    same("it was received after it was sent", received >= sent, true)?;
    queue.hiding(&first, 0).send().await?;
    pass(1).await;

    let [second] = queue.gives(1, ["body"]).await?;
    same("how often it was received", told(&second, &Name::ApproximateReceiveCount), "2".to_owned())?;
    same("when it was sent", moment(&second, &Name::SentTimestamp)?, sent)?;
    same("when it was received first", moment(&second, &Name::ApproximateFirstReceiveTimestamp)?, received)?;
    queue.hiding(&second, 0).send().await?;

    let one = queue.client.receive_message().queue_url(&queue.url);
    let third = one.message_system_attribute_names(Name::MessageGroupId).send().await?;
    let attributes = third.messages().first().and_then(|message| message.attributes().cloned());
    same("what was asked for", attributes, Some(HashMap::from([(Name::MessageGroupId, "a".to_owned())])))
}

pub(super) async fn of_a_queue(ground: &dyn Ground) -> Told {
    let settings = QueueSettings {
        visibility: Duration::from_secs(45),
        retention: Duration::from_hours(24),
        deduplication_per_group: true,
        ..QueueSettings::default()
    };
    let queue = Fifo::with(ground, settings).await?;
    queue.send_all(&["a:1", "a:2", "b:1"]).await?;
    queue.gives(1, ["a:1"]).await?;
    let due = [
        (QueueAttributeName::ApproximateNumberOfMessages, "2"),
        (QueueAttributeName::ApproximateNumberOfMessagesNotVisible, "1"),
        (QueueAttributeName::ApproximateNumberOfMessagesDelayed, "0"),
        (QueueAttributeName::VisibilityTimeout, "45"),
        (QueueAttributeName::MessageRetentionPeriod, "86400"),
        (QueueAttributeName::MaximumMessageSize, "1048576"),
        (QueueAttributeName::DelaySeconds, "0"),
        (QueueAttributeName::ReceiveMessageWaitTimeSeconds, "0"),
        (QueueAttributeName::FifoQueue, "true"),
        (QueueAttributeName::ContentBasedDeduplication, "false"),
        (QueueAttributeName::DeduplicationScope, "messageGroup"),
        (QueueAttributeName::FifoThroughputLimit, "perMessageGroupId"),
    ];
    let found = all(&queue).await?;
    for (name, value) in due {
        same(name.as_str(), found.get(&name).map(String::as_str), Some(value))?;
    }
    let only = QueueAttributeName::VisibilityTimeout;
    let request = queue.client.get_queue_attributes().queue_url(&queue.url).attribute_names(only.clone());
    let found = request.send().await?.attributes;
    same("one attribute alone", found, Some(HashMap::from([(only, "45".to_owned())])))
}

pub(super) async fn of_dead_letters(ground: &dyn Ground) -> Told {
    let dead = Fifo::new(ground).await?;
    let settings = QueueSettings { dead_letters: Some((dead.name(), 3)), ..QueueSettings::default() };
    let queue = Fifo::with(ground, settings).await?;
    let (of_the_dead, of_the_queue) = (all(&dead).await?, all(&queue).await?);
    same("a queue without", of_the_dead.get(&QueueAttributeName::RedrivePolicy), None)?;
    let policy = of_the_queue.get(&QueueAttributeName::RedrivePolicy).map(String::as_str).unwrap_or_default();
    let policy: serde_json::Value =
        serde_json::from_str(policy).map_err(|_| Broken(format!("the redrive policy is no JSON: {policy:?}")))?;
    let target = policy.get("deadLetterTargetArn").and_then(serde_json::Value::as_str);
    let dead = of_the_dead.get(&QueueAttributeName::QueueArn).map(String::as_str).unwrap_or_default();
    same("where they go", target, Some(dead))?;
    same("after how many receives", policy.get("maxReceiveCount"), Some(&3.into()))
}

pub(super) async fn unknown(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let request = queue.client.get_queue_attributes().queue_url(&queue.url).attribute_names("Nonsense".into());
    refused("an attribute that does not exist", request.send().await, "InvalidAttributeName")
}
