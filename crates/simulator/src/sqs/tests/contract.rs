use std::cell::Cell;

use futures::future::LocalBoxFuture;

use super::*;
use crate::contract::{Broken, Ground, STORIES};

struct Embedded {
    sqs: EmbeddedSqs,
    made: Cell<u32>,
}

impl Ground for Embedded {
    fn client(&self) -> Client {
        self.sqs.client()
    }

    fn queue(&self, settings: QueueSettings) -> LocalBoxFuture<'_, Result<String, Broken>> {
        self.made.update(|made| made + 1);
        Box::pin(async move { Ok(self.sqs.queue(&format!("contract-{}.fifo", self.made.get()), settings)) })
    }
}

#[tokio::test(start_paused = true)]
async fn the_embedded_queues_hold_every_story() {
    let mut broken = Vec::new();
    for (name, story) in STORIES {
        let ground = Embedded { sqs: EmbeddedSqs::new(KillSwitch::default()), made: Cell::default() };
        broken.extend(story(&ground).await.err().map(|error| format!("{name}: {error}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
