//! What becomes of messages that nobody can do anything with (AWS docs: Using dead-letter queues in Amazon SQS).

use std::time::Duration;

use super::super::QueueSettings;
use super::fifo::{Fifo, pass, same, told};
use super::{Ground, Told};

use aws_sdk_sqs::types::MessageSystemAttributeName;

pub(super) async fn put_aside(ground: &dyn Ground) -> Told {
    let dead = Fifo::new(ground).await?;
    let settings = QueueSettings {
        visibility: Duration::from_secs(1),
        dead_letters: Some((dead.name(), 3)),
        ..QueueSettings::default()
    };
    let queue = Fifo::with(ground, settings).await?;
    let id = queue.send("a", "1", "a:1").await?;
    queue.send("a", "2", "a:2").await?;
    for _ in 0..3 {
        queue.gives(1, ["a:1"]).await?;
        dead.gives(1, []).await?;
        pass(1).await;
    }
    queue.gives(1, ["a:2"]).await?;
    let [moved] = dead.gives(10, ["a:1"]).await?;
    same("its id", moved.message_id(), Some(id.as_str()))?;
    same("its group", told(&moved, &MessageSystemAttributeName::MessageGroupId), "a".to_owned())
}
