//! SQS's FIFO queues in the same process, joined to the AWS SDK by the SDK's own HTTP connector. No socket, no thread; the
//! time is tokio's, so that its paused clock works.

pub mod contract;
mod engine;
mod event_source;
mod faults;
mod queue;
mod receive;
mod refusal;
mod send;
mod state;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use jiff::{SignedDuration, Timestamp};
use sync_core::ports::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::kill_switch::KillSwitch;
use crate::simulation::SimulatedClock;

use engine::Answer;
use receive::Receive;
use refusal::Refusal;
use state::State;

pub use event_source::{EventSource, Record};
pub use faults::{SqsFault, SqsFaultKind};

/// An SQS of one's own, with FIFO queues only. Clones share it.
#[derive(Clone)]
pub struct EmbeddedSqs {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    kill: KillSwitch,
    faults: Mutex<Vec<SqsFault>>,
    /// By the queue's URL and the operation.
    calls: Mutex<BTreeMap<(String, String), u64>>,
    /// Something may have become visible, or a queue empty.
    changed: Notify,
    /// A moment, by the calendar and by tokio.
    began: (Timestamp, Instant),
}

/// How a queue is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// How long a message stays invisible after it was received.
    pub visibility: Duration,
    /// How long a message is kept after it was sent.
    pub retention: Duration,
    /// The name of the queue, made before, that takes what was received so many times in vain. As long as there is no
    /// other queue of that name, nothing is moved.
    pub dead_letters: Option<(String, u32)>,
    /// Whether a deduplication id counts within its message group alone, as for high throughput.
    pub deduplication_per_group: bool,
}

impl Default for QueueSettings {
    /// As AWS has it, but for the retention: 14 days, the most that AWS keeps anything.
    fn default() -> Self {
        Self {
            visibility: Duration::from_secs(30),
            retention: Duration::from_hours(14 * 24),
            dead_letters: None,
            deduplication_per_group: false,
        }
    }
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Those that are not in flight; some may have to wait for others of their group.
    pub visible: usize,
    /// Those that were received and not deleted yet.
    pub in_flight: usize,
}

/// A message that a queue holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its id.
    pub message_id: String,
    /// Its text.
    pub body: String,
    /// The message group that it belongs to.
    pub group: String,
    /// How often it was received.
    pub receive_count: u32,
    /// Whether it is invisible at present.
    pub in_flight: bool,
    /// When it was sent, or moved here.
    pub sent: Timestamp,
}

impl EmbeddedSqs {
    /// One without queues. `kill` counts its writes and stops it. Its calendar begins in 2026.
    #[must_use]
    pub fn new(kill: KillSwitch) -> Self {
        Self::beginning(kill, Timestamp::constant(1_767_225_600, 0))
    }

    /// The same, by a simulation's clock.
    #[must_use]
    pub fn with_clock(kill: KillSwitch, clock: SimulatedClock) -> Self {
        Self::beginning(kill, clock.now())
    }

    fn beginning(kill: KillSwitch, at: Timestamp) -> Self {
        let inner = Inner {
            state: Mutex::default(),
            kill,
            faults: Mutex::default(),
            calls: Mutex::default(),
            changed: Notify::new(),
            began: (at, Instant::now()),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Makes a queue and answers its URL. One of the same name keeps its messages and takes the settings.
    #[must_use]
    pub fn queue(&self, name: &str, settings: QueueSettings) -> String {
        let url = self.state().add(name, settings);
        self.inner.changed.notify_waiters();
        url
    }

    /// A client that cannot tell it from the real one.
    #[must_use]
    pub fn client(&self) -> Client {
        let connector = SharedHttpConnector::new(Connector(self.clone()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("embedded", "embedded", None, None, "embedded"))
            .endpoint_url("http://sqs.localhost")
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Client::from_conf(config)
    }

    /// Orders something to go wrong.
    pub fn order(&self, fault: SqsFault) {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Forgets what was to go wrong.
    pub fn calm(&self) {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How often each operation was called, by the names that SQS gives them.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.count_calls(|_| true)
    }

    /// The same for one queue.
    #[must_use]
    pub fn calls_of(&self, url: &str) -> BTreeMap<String, u64> {
        self.count_calls(|queue| queue == url)
    }

    fn count_calls(&self, of: impl Fn(&str) -> bool) -> BTreeMap<String, u64> {
        let mut counted = BTreeMap::new();
        let calls = self.inner.calls.lock().unwrap_or_else(PoisonError::into_inner);
        for ((_, operation), calls) in calls.iter().filter(|((queue, _), _)| of(queue)) {
            *counted.entry(operation.clone()).or_default() += calls;
        }
        counted
    }

    /// How many messages a queue holds now; none if there is no such queue.
    #[must_use]
    pub fn depth(&self, url: &str) -> Depth {
        match self.state().queue(url, Instant::now()) {
            Ok((queue, _)) => Depth { visible: queue.visible(), in_flight: queue.in_flight() },
            Err(_) => Depth::default(),
        }
    }

    /// The messages that a queue holds now, oldest first.
    #[must_use]
    pub fn messages(&self, url: &str) -> Vec<StoredMessage> {
        let mut state = self.state();
        let Ok((queue, _)) = state.queue(url, Instant::now()) else { return Vec::new() };
        let stored = queue.messages().map(|message| StoredMessage {
            message_id: message.id.clone(),
            body: message.body.to_string(),
            group: message.group.to_string(),
            receive_count: message.receive_count,
            in_flight: message.is_in_flight(),
            sent: self.time(message.sent),
        });
        stored.collect()
    }

    /// Waits until a receive would find something, which is `true`; with `or_empty`, also until nothing is left.
    async fn visible(&self, url: &str, or_empty: bool) -> bool {
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            let wake = match self.state().queue(url, Instant::now()) {
                Ok((queue, _)) if queue.is_ready() => return true,
                Ok((queue, _)) if !queue.is_empty() => queue.next_event(),
                Ok(_) | Err(_) if or_empty => return false,
                Ok(_) | Err(_) => None,
            };
            wait(wake, changed).await;
        }
    }

    async fn answer(&self, operation: &str, body: &[u8]) -> Result<Answer, ConnectorError> {
        let inner = &*self.inner;
        inner.kill.pass().await;
        let call = (engine::queue_url(body).unwrap_or_default(), operation.to_owned());
        *inner.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(call).or_default() += 1;
        let fault = faults::due(&mut inner.faults.lock().unwrap_or_else(PoisonError::into_inner), operation);
        match fault {
            Some(SqsFaultKind::Throttled) => {
                return Ok(Err(Refusal::new("ThrottlingException", "Ordered by the test.")));
            }
            Some(SqsFaultKind::InternalError) => return Ok(Err(Refusal::internal())),
            Some(SqsFaultKind::AnswerLost | SqsFaultKind::PartialFailure) | None => {}
        }
        let answer = if operation == "ReceiveMessage" {
            self.receive(body).await
        } else {
            let first_fails = fault == Some(SqsFaultKind::PartialFailure);
            engine::carry_out(&mut self.state(), operation, body, first_fails, Instant::now())
        };
        if engine::wrote(operation, &answer) {
            inner.kill.step();
            inner.changed.notify_waiters();
        }
        inner.kill.pass().await;
        if fault == Some(SqsFaultKind::AnswerLost) {
            return Err(ConnectorError::io("the connection was cut".into()));
        }
        Ok(answer)
    }

    /// Receives, and waits for messages as long as was asked for.
    async fn receive(&self, body: &[u8]) -> Answer {
        let url = engine::queue_url(body)?;
        let request = engine::read::<Receive>(body)?;
        let terms = request.terms()?;
        let until = Instant::now() + terms.wait;
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            let wake = {
                let mut state = self.state();
                let now = Instant::now();
                let (messages, has_changed) = state.receive(&url, terms.most, terms.visibility, now)?;
                if has_changed {
                    self.inner.changed.notify_waiters();
                }
                let (queue, _) = state.queue(&url, now)?;
                if !messages.is_empty() || now >= until {
                    return Ok(request.answer(queue, &messages, |at| self.time(at)));
                }
                queue.next_event().map_or(until, |event| event.min(until))
            };
            wait(Some(wake), changed).await;
        }
    }

    fn time(&self, at: Instant) -> Timestamp {
        let (calendar, began) = self.inner.began;
        let running = SignedDuration::try_from(at.duration_since(began)).unwrap_or(SignedDuration::MAX);
        calendar.checked_add(running).unwrap_or(Timestamp::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for either.
async fn wait(wake: Option<Instant>, changed: impl Future<Output = ()>) {
    match wake {
        // Which of the two it was shows when one looks again.
        Some(wake) => drop(tokio::time::timeout_at(wake, changed).await),
        None => changed.await,
    }
}

impl std::fmt::Debug for EmbeddedSqs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedSqs")
    }
}

#[derive(Debug)]
struct Connector(EmbeddedSqs);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sqs = self.0.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default();
            let answer = sqs.answer(operation, request.body().bytes().unwrap_or_default()).await?;
            let (status, body) = match &answer {
                Ok(body) => (200, body.to_string()),
                Err(refusal) => (refusal.status, refusal.body().to_string()),
            };
            let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            if let Err(refusal) = answer {
                let error = format!("{};{}", refusal.code, refusal.blames());
                response.headers_mut().insert("x-amzn-query-error", error);
            }
            Ok(response)
        })
    }
}
