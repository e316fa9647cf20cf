//! In what order messages are handed out (AWS docs: FIFO queue delivery logic in Amazon SQS).

use super::fifo::{Fifo, bodies};
use super::{Ground, Told, fifo::same};

pub(super) async fn kept_in_a_batch(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1", "b:1", "a:2", "b:2", "a:3"]).await?;
    let received = queue.receive(10).await?;
    let of = |group: &str| bodies(&received).into_iter().filter(|body| body.starts_with(group)).collect::<Vec<_>>();
    same("one group", of("a"), vec!["a:1", "a:2", "a:3"])?;
    same("the other group", of("b"), vec!["b:1", "b:2"])
}

pub(super) async fn one_group_first(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1", "b:1", "a:2", "b:2", "a:3"]).await?;
    queue.gives(4, ["a:1", "a:2", "a:3", "b:1"]).await?;
    Ok(())
}

pub(super) async fn one_in_flight(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1", "a:2", "b:1"]).await?;
    let [first] = queue.gives(1, ["a:1"]).await?;
    queue.gives(10, ["b:1"]).await?;
    queue.gives(10, []).await?;
    queue.deleting(&first).send().await?;
    queue.gives(10, ["a:2"]).await?;
    Ok(())
}

pub(super) async fn later_in_flight(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1", "a:2"]).await?;
    let [first, second] = queue.gives(10, ["a:1", "a:2"]).await?;
    queue.hiding(&first, 0).send().await?;
    queue.gives(10, []).await?;
    queue.deleting(&second).send().await?;
    queue.gives(10, ["a:1"]).await?;
    Ok(())
}
