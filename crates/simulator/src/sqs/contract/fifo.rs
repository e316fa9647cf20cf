use std::fmt::Debug;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityFluentBuilder;
use aws_sdk_sqs::operation::delete_message::builders::DeleteMessageFluentBuilder;
use aws_sdk_sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use aws_sdk_sqs::operation::send_message_batch::builders::SendMessageBatchFluentBuilder;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, SendMessageBatchRequestEntry};

use super::super::QueueSettings;
use super::{Broken, Ground, Told};

/// A queue of a story.
pub(super) struct Fifo {
    pub(super) client: Client,
    pub(super) url: String,
}

impl Fifo {
    pub(super) async fn new(ground: &dyn Ground) -> Result<Self, Broken> {
        Self::with(ground, QueueSettings::default()).await
    }

    /// One from which messages come back after so many seconds.
    pub(super) async fn hiding_for(ground: &dyn Ground, seconds: u64) -> Result<Self, Broken> {
        let visibility = Duration::from_secs(seconds);
        Self::with(ground, QueueSettings { visibility, ..QueueSettings::default() }).await
    }

    pub(super) async fn with(ground: &dyn Ground, settings: QueueSettings) -> Result<Self, Broken> {
        Ok(Self { client: ground.client(), url: ground.queue(settings).await? })
    }

    pub(super) fn name(&self) -> String {
        self.url.rsplit('/').next().unwrap_or_default().to_owned()
    }

    pub(super) fn sending(&self, group: &str, deduplication: &str, body: &str) -> SendMessageFluentBuilder {
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        request.message_group_id(group).message_deduplication_id(deduplication)
    }

    /// Sends and answers the message id.
    pub(super) async fn send(&self, group: &str, deduplication: &str, body: &str) -> Result<String, Broken> {
        let sent = self.sending(group, deduplication, body).send().await?;
        sent.message_id.ok_or_else(|| Broken(format!("{body} was sent and has no message id")))
    }

    pub(super) fn batch(&self, entries: Vec<SendMessageBatchRequestEntry>) -> SendMessageBatchFluentBuilder {
        self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries))
    }

    /// Sends texts of the form `group:text` in one batch.
    pub(super) async fn send_all(&self, texts: &[&str]) -> Told {
        let entries = texts.iter().enumerate().map(|(place, text)| {
            let group = text.split(':').next().unwrap_or_default();
            entry(&place.to_string(), group, text, text)
        });
        let sent = self.batch(entries.collect::<Result<_, _>>()?).send().await?;
        same("of a batch is sent", sent.successful().len(), texts.len())
    }

    pub(super) fn receiving(&self, most: i32) -> ReceiveMessageFluentBuilder {
        let request = self.client.receive_message().queue_url(&self.url).max_number_of_messages(most);
        request.message_system_attribute_names(MessageSystemAttributeName::All)
    }

    pub(super) async fn receive(&self, most: i32) -> Result<Vec<Message>, Broken> {
        Ok(self.receiving(most).send().await?.messages.unwrap_or_default())
    }

    /// Receives up to so many messages, which have to be these.
    pub(super) async fn gives<const N: usize>(&self, most: i32, texts: [&str; N]) -> Result<[Message; N], Broken> {
        let messages = self.receive(most).await?;
        same("a receive gives", bodies(&messages), texts.to_vec())?;
        messages.try_into().map_err(|messages| Broken(format!("a receive gives {messages:?}")))
    }

    pub(super) fn deleting(&self, message: &Message) -> DeleteMessageFluentBuilder {
        let request = self.client.delete_message().queue_url(&self.url);
        request.set_receipt_handle(message.receipt_handle.clone())
    }

    pub(super) fn hiding(&self, message: &Message, seconds: i32) -> ChangeMessageVisibilityFluentBuilder {
        let request = self.client.change_message_visibility().queue_url(&self.url).visibility_timeout(seconds);
        request.set_receipt_handle(message.receipt_handle.clone())
    }
}

pub(super) fn entry(
    id: &str,
    group: &str,
    deduplication: &str,
    body: &str,
) -> Result<SendMessageBatchRequestEntry, Broken> {
    let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(body);
    Ok(entry.message_group_id(group).message_deduplication_id(deduplication).build()?)
}

pub(super) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap_or_default()).collect()
}

/// What a message says of itself under this name; nothing if it does not.
pub(super) fn told(message: &Message, name: &MessageSystemAttributeName) -> String {
    message.attributes().and_then(|attributes| attributes.get(name)).cloned().unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "both are mostly made on the spot")]
pub(super) fn same<T: PartialEq + Debug>(what: &str, found: T, due: T) -> Told {
    if found == due { Ok(()) } else { Err(Broken(format!("{what}: {found:?}, where {due:?} is due"))) }
}

/// The call has to fail with this code.
pub(super) fn refused<T, E, R>(what: &str, answer: Result<T, SdkError<E, R>>, due: &str) -> Told
where
    E: ProvideErrorMetadata,
{
    let found = match answer {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.code().unwrap_or("no answer").to_owned(),
    };
    same(what, found.as_str(), due)
}

pub(super) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
