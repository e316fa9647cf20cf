mod contract;
mod dead_letters;
mod event_source;
mod faults;
mod fifo;
mod receiving;

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};

use super::{Depth, EmbeddedSqs, EventSource, QueueSettings, SqsFault, SqsFaultKind};
use crate::kill_switch::KillSwitch;

const VISIBILITY: Duration = Duration::from_secs(30);

/// A queue, and who uses it.
struct Scene {
    kill: KillSwitch,
    sqs: EmbeddedSqs,
    client: Client,
    url: String,
}

impl Scene {
    fn new() -> Self {
        Self::with(QueueSettings::default())
    }

    fn with(settings: QueueSettings) -> Self {
        let kill = KillSwitch::default();
        let sqs = EmbeddedSqs::new(kill.clone());
        let url = sqs.queue("users.fifo", settings);
        Self { kill, client: sqs.client(), sqs, url }
    }

    /// Sends a text once, and answers its message id.
    async fn send(&self, group: &str, body: &str) -> String {
        self.send_as(group, body, body).await
    }

    async fn send_as(&self, group: &str, deduplication: &str, body: &str) -> String {
        let request = self.client.send_message().queue_url(&self.url).message_body(body).message_group_id(group);
        let sent = request.message_deduplication_id(deduplication).send().await.unwrap();
        sent.message_id.unwrap()
    }

    /// Sends texts of the form `group:text`.
    async fn send_all(&self, texts: &[&str]) {
        for text in texts {
            self.send(text.split(':').next().unwrap(), text).await;
        }
    }

    async fn receive(&self, most: i32) -> Vec<Message> {
        let request = self.client.receive_message().queue_url(&self.url).max_number_of_messages(most);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    async fn change_visibility(&self, message: &Message, seconds: i32) -> Result<(), String> {
        let request = self.client.change_message_visibility().queue_url(&self.url).visibility_timeout(seconds);
        let answer = request.receipt_handle(message.receipt_handle().unwrap()).send().await;
        answer.map(drop).map_err(|error| code(&error))
    }

    fn depth(&self) -> (usize, usize) {
        let Depth { visible, in_flight } = self.sqs.depth(&self.url);
        (visible, in_flight)
    }

    fn source(&self, batch_size: u8, concurrency: usize) -> EventSource {
        EventSource { queue_url: self.url.clone(), batch_size, concurrency }
    }
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.as_service_error().and_then(|error| error.meta().code()).unwrap_or("no answer").to_owned()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(body);
    entry.message_group_id("group").message_deduplication_id(id).build().unwrap()
}

async fn after(time: Duration) {
    tokio::time::sleep(time).await;
}
