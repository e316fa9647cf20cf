//! What counts as sent already, for five minutes (AWS docs: Using the message deduplication ID in Amazon SQS; high throughput
//! for FIFO queues).

use super::super::QueueSettings;
use super::fifo::{Fifo, entry, same};
use super::{Ground, Told};

pub(super) async fn in_the_queue(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let first = queue.send("a", "same", "a:1").await?;
    same("the id of the second", queue.send("b", "same", "b:1").await?, first)?;
    queue.gives(10, ["a:1"]).await?;
    Ok(())
}

pub(super) async fn after_deletion(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let first = queue.send("a", "same", "a:1").await?;
    let [message] = queue.gives(10, ["a:1"]).await?;
    queue.deleting(&message).send().await?;
    same("the id of the second", queue.send("a", "same", "a:2").await?, first)?;
    queue.gives(10, []).await?;
    Ok(())
}

pub(super) async fn in_the_group(ground: &dyn Ground) -> Told {
    let settings = QueueSettings { deduplication_per_group: true, ..QueueSettings::default() };
    let queue = Fifo::with(ground, settings).await?;
    let first = queue.send("a", "same", "a:1").await?;
    same("another group's is another one", queue.send("b", "same", "b:1").await? != first, true)?;
    same("the id of the group's second", queue.send("a", "same", "a:2").await?, first)?;
    queue.gives(10, ["a:1", "b:1"]).await?;
    Ok(())
}

pub(super) async fn in_a_batch(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let entries = vec![entry("1", "a", "same", "a:1")?, entry("2", "a", "same", "a:2")?];
    let sent = queue.batch(entries).send().await?;
    let ids: Vec<_> = sent.successful().iter().map(|entry| (entry.id(), entry.message_id())).collect();
    let first = ids.first().map(|(_, id)| *id).unwrap_or_default();
    same("what was sent", &ids, &vec![("1", first), ("2", first)])?;
    queue.gives(10, ["a:1"]).await?;
    Ok(())
}
