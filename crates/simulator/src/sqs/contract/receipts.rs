//! What receipt handles are good for (AWS docs: DeleteMessage, ChangeMessageVisibility; AWS re:Post: How do I resolve receipt
//! handle errors in Amazon SQS).

use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message};

use super::fifo::{Fifo, pass, refused, same};
use super::{Ground, Told};

const EXPIRED: &str = "InvalidParameterValue";
const INVALID: &str = "ReceiptHandleIsInvalid";

pub(super) async fn replaced(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1"]).await?;
    let [old] = queue.gives(1, ["a:1"]).await?;
    queue.hiding(&old, 0).send().await?;
    let [new] = queue.gives(1, ["a:1"]).await?;
    // With which code they are refused is another story.
    same("hiding by the older one works", queue.hiding(&old, 0).send().await.is_ok(), false)?;
    same("deleting by the older one works", queue.deleting(&old).send().await.is_ok(), false)?;
    queue.gives(1, []).await?;
    queue.hiding(&new, 0).send().await?;
    queue.gives(1, ["a:1"]).await?;
    Ok(())
}

pub(super) async fn expired(ground: &dyn Ground) -> Told {
    let queue = Fifo::hiding_for(ground, 2).await?;
    queue.send_all(&["a:1"]).await?;
    let [old] = queue.gives(1, ["a:1"]).await?;
    pass(2).await;
    refused("deleting after the time-out", queue.deleting(&old).send().await, EXPIRED)?;
    // The documentation has two codes for it, `MessageNotInflight` and this one.
    same("hiding after the time-out works", queue.hiding(&old, 5).send().await.is_ok(), false)?;
    let [new] = queue.gives(1, ["a:1"]).await?;
    refused("deleting after a newer receive", queue.deleting(&old).send().await, EXPIRED)?;
    refused("hiding after a newer receive", queue.hiding(&old, 5).send().await, EXPIRED)?;
    queue.deleting(&new).send().await?;
    same("hiding what was deleted works", queue.hiding(&new, 5).send().await.is_ok(), false)
}

pub(super) async fn used_twice(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1"]).await?;
    let [message] = queue.gives(1, ["a:1"]).await?;
    queue.deleting(&message).send().await?;
    queue.deleting(&message).send().await?;
    Ok(())
}

pub(super) async fn nonsense(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1", "b:1"]).await?;
    let [first, second] = queue.gives(10, ["a:1", "b:1"]).await?;
    let nonsense = Message::builder().receipt_handle("nonsense").build();
    refused("deleting", queue.deleting(&nonsense).send().await, INVALID)?;
    refused("hiding", queue.hiding(&nonsense, 5).send().await, INVALID)?;

    let entries = [("nonsense", &nonsense), ("first", &first)].map(|(id, message)| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).visibility_timeout(0);
        entry.set_receipt_handle(message.receipt_handle.clone()).build()
    });
    let entries = entries.into_iter().collect::<Result<_, _>>()?;
    let request = queue.client.change_message_visibility_batch().queue_url(&queue.url);
    let hidden = request.set_entries(Some(entries)).send().await?;
    let failed: Vec<_> = hidden.failed().iter().map(|failed| (failed.id(), failed.code())).collect();
    same("hiding in a batch fails", failed, vec![("nonsense", INVALID)])?;
    let [first] = queue.gives(10, ["a:1"]).await?;

    let entries = [("nonsense", &nonsense), ("first", &first), ("second", &second)].map(|(id, message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(id);
        entry.set_receipt_handle(message.receipt_handle.clone()).build()
    });
    let entries = entries.into_iter().collect::<Result<_, _>>()?;
    let request = queue.client.delete_message_batch().queue_url(&queue.url);
    let deleted = request.set_entries(Some(entries)).send().await?;
    let failed: Vec<_> = deleted.failed().iter().map(|failed| (failed.id(), failed.code())).collect();
    same("deleting in a batch fails", failed, vec![("nonsense", INVALID)])?;
    same("deleting in a batch works", deleted.successful().len(), 2)
}
