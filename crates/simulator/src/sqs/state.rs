use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Builder;

use super::QueueSettings;
use super::queue::{Message, Queue};
use super::refusal::Refusal;

/// All queues.
#[derive(Debug)]
pub(super) struct State {
    /// By their URLs.
    queues: BTreeMap<String, Queue>,
    ids: fastrand::Rng,
}

/// What carrying something out needs besides the queue.
pub(super) struct Scene<'a> {
    pub(super) now: Instant,
    ids: &'a mut fastrand::Rng,
}

impl Scene<'_> {
    pub(super) fn message_id(&mut self) -> String {
        Builder::from_random_bytes(self.ids.u128(..).to_be_bytes()).into_uuid().to_string()
    }
}

impl Default for State {
    fn default() -> Self {
        Self { queues: BTreeMap::new(), ids: fastrand::Rng::with_seed(0) }
    }
}

impl State {
    /// Makes a queue; one that is there already keeps its messages and takes the settings.
    pub(super) fn add(&mut self, name: &str, settings: QueueSettings) -> String {
        let url = url_of(name);
        match self.queues.get_mut(&url) {
            Some(queue) => queue.settings = settings,
            None => {
                self.queues.insert(url.clone(), Queue::new(name.to_owned(), settings));
            }
        }
        url
    }

    /// The queue as it is at this time, and the scene.
    pub(super) fn queue(&mut self, url: &str, now: Instant) -> Result<(&mut Queue, Scene<'_>), Refusal> {
        let Some(queue) = self.queues.get_mut(url) else {
            let message = "The specified queue does not exist.";
            return Err(Refusal::new("AWS.SimpleQueueService.NonExistentQueue", message));
        };
        queue.settle(now);
        Ok((queue, Scene { now, ids: &mut self.ids }))
    }

    /// Receives, and moves what was received too often to the queue for dead letters. Says whether anything changed.
    pub(super) fn receive(
        &mut self,
        url: &str,
        most: usize,
        visibility: Option<Duration>,
        now: Instant,
    ) -> Result<(Vec<Message>, bool), Refusal> {
        let (queue, _) = self.queue(url, now)?;
        let visibility = visibility.unwrap_or(queue.settings.visibility);
        let dead_letters = queue.settings.dead_letters.as_ref().map(|(name, limit)| (url_of(name), *limit));
        let dead_letters = dead_letters.filter(|(dead, _)| dead != url && self.queues.contains_key(dead));
        let limit = dead_letters.as_ref().map(|(_, limit)| *limit);
        let (queue, _) = self.queue(url, now)?;
        let (received, dead) = queue.receive(most, visibility, limit, now);
        let changed = !received.is_empty() || !dead.is_empty();
        if let Some((url, _)) = dead_letters {
            let (queue, _) = self.queue(&url, now)?;
            for message in dead {
                queue.bury(message, now);
            }
        }
        Ok((received, changed))
    }
}

/// The URL of a queue with this name.
fn url_of(name: &str) -> String {
    format!("http://sqs.localhost/000000000000/{name}")
}

/// The ARN of a queue with this name.
pub(super) fn arn_of(name: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:000000000000:{name}")
}
