//! What SQS takes, and how it names what it does not take (AWS docs: SendMessage, SendMessageBatch, Amazon SQS message quotas).

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::fifo::{Fifo, entry, refused, same};
use super::{Broken, Ground, Told};

const MEBIBYTE: usize = 1024 * 1024;

fn named(id: &str) -> Result<SendMessageBatchRequestEntry, Broken> {
    entry(id, "a", id, id)
}

fn so_many(count: u32) -> Result<Vec<SendMessageBatchRequestEntry>, Broken> {
    (0..count).map(|place| named(&place.to_string())).collect()
}

pub(super) async fn entries(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let wrong = [
        ("none", vec![], "EmptyBatchRequest"),
        ("eleven", so_many(11)?, "TooManyEntriesInBatchRequest"),
        ("two of one name", vec![named("x")?, named("x")?], "BatchEntryIdsNotDistinct"),
        ("a name with a blank", vec![named("x y")?], "InvalidBatchEntryId"),
        ("a name of 81 letters", vec![named(&"x".repeat(81))?], "InvalidBatchEntryId"),
    ];
    for (what, entries, code) in wrong {
        refused(what, queue.batch(entries).send().await, &format!("AWS.SimpleQueueService.{code}"))?;
    }
    queue.gives(10, []).await?;
    let answer = queue.receiving(11).send().await;
    refused("a receive of eleven", answer, "InvalidParameterValue")?;
    let sent = queue.batch(so_many(10)?).send().await?;
    same("of ten are sent", sent.successful().len(), 10)?;
    same("of ten are received", queue.receive(10).await?.len(), 10)
}

pub(super) async fn bytes(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let (half, more) = ("x".repeat(MEBIBYTE / 2), "x".repeat(MEBIBYTE + 1));
    let halves = || Ok::<_, Broken>(vec![entry("1", "a", "1", &half)?, entry("2", "a", "2", &half)?]);
    let mut entries = halves()?;
    entries.push(entry("3", "a", "3", "x")?);
    refused("a batch of more", queue.batch(entries).send().await, "AWS.SimpleQueueService.BatchRequestTooLong")?;
    refused("a message of more", queue.sending("a", "4", &more).send().await, "InvalidParameterValue")?;
    queue.gives(10, []).await?;
    let sent = queue.batch(halves()?).send().await?;
    same("of two halves are sent", sent.successful().len(), 2)
}

pub(super) async fn one_wrong_entry(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let delayed = SendMessageBatchRequestEntry::builder().id("delayed").message_body("x").delay_seconds(5);
    let delayed = delayed.message_group_id("a").message_deduplication_id("delayed").build()?;
    let entries = vec![named("1")?, delayed, entry("odd", "a", "odd", "\u{1}")?, named("2")?];
    let sent = queue.batch(entries).send().await?;
    let failed: Vec<_> =
        sent.failed().iter().map(|failed| (failed.id(), failed.code(), failed.sender_fault())).collect();
    let due = vec![("delayed", "InvalidParameterValue", true), ("odd", "InvalidMessageContents", true)];
    same("what is refused", failed, due)?;
    queue.gives(10, ["1", "2"]).await?;
    Ok(())
}

pub(super) async fn parameters(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let complete = || queue.sending("a", "1", "x");
    let elsewhere = queue.url.replace(&queue.name(), "none.fifo");
    let wrong = [
        ("no group", complete().set_message_group_id(None), "MissingParameter"),
        ("no deduplication id", complete().set_message_deduplication_id(None), "InvalidParameterValue"),
        ("no text", complete().message_body(""), "MissingParameter"),
        ("a character that is none", complete().message_body("\u{1}"), "InvalidMessageContents"),
        ("a delay", complete().delay_seconds(1), "InvalidParameterValue"),
        ("no queue", complete().queue_url(elsewhere), "AWS.SimpleQueueService.NonExistentQueue"),
    ];
    for (what, request, code) in wrong {
        refused(what, request.send().await, code)?;
    }
    queue.gives(10, []).await?;
    Ok(())
}

pub(super) async fn parameters_in_a_batch(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let bare = || SendMessageBatchRequestEntry::builder().id("bare").message_body("x");
    let batch = |bare| Ok::<_, Broken>(queue.batch(vec![named("1")?, bare]));
    let groupless = batch(bare().message_deduplication_id("1").build()?)?;
    refused("no group", groupless.send().await, "MissingParameter")?;
    let nameless = batch(bare().message_group_id("a").build()?)?;
    refused("no deduplication id", nameless.send().await, "InvalidParameterValue")?;
    queue.gives(10, []).await?;
    Ok(())
}

pub(super) async fn identifiers(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    let (longest, longer) = ("x".repeat(128), "x".repeat(129));
    for wrong in ["with blank", longer.as_str()] {
        refused("a group", queue.sending(wrong, "1", "x").send().await, "InvalidParameterValue")?;
        refused("a deduplication id", queue.sending("a", wrong, "x").send().await, "InvalidParameterValue")?;
    }
    queue.send(&longest, &longest, "x").await?;
    queue.send("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "2", "y").await?;
    queue.gives(10, ["x", "y"]).await?;
    Ok(())
}
