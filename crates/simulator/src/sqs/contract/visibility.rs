//! For how long a message that was received is hidden (AWS docs: Amazon SQS visibility timeout, ChangeMessageVisibility).

use aws_sdk_sqs::types::MessageSystemAttributeName;

use super::fifo::{Fifo, pass, refused, same, told};
use super::{Ground, Told};

pub(super) async fn comes_back(ground: &dyn Ground) -> Told {
    let queue = Fifo::hiding_for(ground, 6).await?;
    queue.send_all(&["a:1", "a:2"]).await?;
    queue.gives(1, ["a:1"]).await?;
    pass(3).await;
    queue.gives(10, []).await?;
    pass(3).await;
    let again = queue.gives(10, ["a:1", "a:2"]).await?;
    let counts = again.each_ref().map(|message| told(message, &MessageSystemAttributeName::ApproximateReceiveCount));
    same("how often they were received", counts, ["2", "1"].map(str::to_owned))
}

pub(super) async fn of_a_receive(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1"]).await?;
    queue.receiving(1).visibility_timeout(2).send().await?;
    queue.gives(1, []).await?;
    pass(2).await;
    queue.gives(1, ["a:1"]).await?;
    Ok(())
}

pub(super) async fn changed(ground: &dyn Ground) -> Told {
    let queue = Fifo::hiding_for(ground, 3).await?;
    queue.send_all(&["a:1", "b:1"]).await?;
    let [first, second] = queue.gives(10, ["a:1", "b:1"]).await?;
    queue.hiding(&first, 0).send().await?;
    for seconds in [2, 8] {
        queue.hiding(&second, seconds).send().await?;
    }
    let [again] = queue.gives(10, ["a:1"]).await?;
    queue.deleting(&again).send().await?;
    pass(4).await;
    queue.gives(10, []).await?;
    pass(4).await;
    queue.gives(10, ["b:1"]).await?;
    Ok(())
}

pub(super) async fn longest(ground: &dyn Ground) -> Told {
    let queue = Fifo::new(ground).await?;
    queue.send_all(&["a:1"]).await?;
    let asked = queue.receiving(1).visibility_timeout(43_201).send().await;
    refused("a receive that hides for longer", asked, "InvalidParameterValue")?;
    let [message] = queue.gives(1, ["a:1"]).await?;
    refused("hiding for longer", queue.hiding(&message, 43_201).send().await, "InvalidParameterValue")
}
