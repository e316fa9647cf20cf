use std::sync::Arc;
use std::time::Duration;

use cleanup::{CleanupReport, Services, Settings, clean_up, rehearse};
use lambda_host::custom_resource::Request;
use lambda_host::{Graph, Invocation, Metrics, SettingsError, Start, Unit, Zenqms, messages, variable};
use serde::Deserialize;
use serde_json::Value;
use sync_core::failure::{Cause, Failure};
use sync_core::io::dynamo::Ledger;
use sync_core::io::http::ReqwestTransport;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, FreshIds, Queue};
use sync_core::run::Budget;
use sync_core::work::{CleanupWork, Delivered, MessageId, Opened, unpack};

/// What the cleanup works with.
pub(crate) struct Office {
    pub(crate) ledger: Ledger,
    pub(crate) transport: ReqwestTransport,
    own: SqsQueue,
    graph: Graph,
    zenqms: Zenqms,
    time_budget: Duration,
    /// Whether the evidence outlives the stack.
    pub(crate) retains_evidence: bool,
    metrics: Arc<Metrics>,
}

/// What the function is asked for by hand.
#[derive(Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase", deny_unknown_fields)]
enum Order {
    /// How much there is to clear; nothing is written.
    Plan,
    /// The cleanup, without the stack being deleted: from then on nothing is synchronised any more.
    Cleanup,
}

impl Office {
    /// Reads the settings and makes the clients.
    pub(crate) fn new(start: &Start) -> Result<Self, SettingsError> {
        let vault = start.vault()?;
        Ok(Self {
            ledger: start.ledger_and_evidence()?,
            transport: start.transport.clone(),
            own: start.queue(variable::CLEANUP_QUEUE_URL)?,
            graph: start.graph(vault.clone(), false)?,
            zenqms: start.zenqms(vault, false)?,
            time_budget: start.time_budget()?,
            retains_evidence: start.environment.switch(variable::RETAIN_EVIDENCE, true)?,
            metrics: start.metrics.clone(),
        })
    }

    /// Handles one event.
    pub(crate) async fn handle(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let event = &invocation.event;
        if let Some(request) = Request::read(event) {
            self.for_the_stack(request, event, invocation).await?;
            return Ok(Value::Null);
        }
        if event.get("Records").is_some() {
            return messages(event, &self.own, |batch| self.attempts(batch, invocation)).await;
        }
        let order = Order::deserialize(event).map_err(|_| {
            let what = "expected {\"mode\": \"plan\"} or {\"mode\": \"cleanup\"}; the latter ends the integration";
            Failure::new("reading the event", Cause::Unreadable(what.to_owned()))
        })?;
        let report = match order {
            Order::Plan => rehearse(self.services()).await?,
            Order::Cleanup => {
                let work = CleanupWork { request: None, since: SystemClock.now(), attempt: 0, not_before: None };
                let report = self.attempt(invocation, Duration::MAX).await?;
                if report.status == "running" {
                    self.send(&work).await?;
                }
                report
            }
        };
        serde_json::to_value(report).map_err(|error| Failure::new("answering", Cause::Unreadable(error.to_string())))
    }

    async fn attempts(&self, batch: Vec<Delivered>, invocation: &Invocation) -> Result<Vec<MessageId>, Failure> {
        let Opened { due, failed, .. } =
            unpack(&self.own, batch, CleanupWork::read, |work| work.not_before, SystemClock.now()).await;
        for (work, _) in due {
            self.go_on(work, invocation).await?;
        }
        Ok(failed)
    }

    /// One attempt.
    pub(crate) async fn attempt(&self, invocation: &Invocation, most: Duration) -> Result<CleanupReport, Failure> {
        let now = SystemClock.now();
        let time = invocation.time_left(self.time_budget, now);
        let settings = Settings { notification_url: None, budget: Budget::of(now, time.min(most)) };
        let report = Box::pin(clean_up(self.services(), settings)).await;
        match &report {
            Ok(CleanupReport { status, subscriptions_ended, cleared, left_alone, failed, remaining }) => {
                tracing::info!(
                    status,
                    subscriptions_ended,
                    cleared,
                    ?left_alone,
                    ?failed,
                    ?remaining,
                    "an attempt at the cleanup"
                );
                #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 accounts")]
                self.metrics.measure("CleanupCleared", Unit::Count, *cleared as f64);
                if let Some(remaining) = *remaining {
                    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 accounts")]
                    self.metrics.measure("CleanupRemaining", Unit::Count, remaining as f64);
                }
            }
            Err(failure) => tracing::error!(%failure, "an attempt at the cleanup failed"),
        }
        report
    }

    /// Has the work gone on with.
    pub(crate) async fn send(&self, work: &CleanupWork) -> Result<(), Failure> {
        self.own.send(&[work.message(RandomIds.fresh())]).await
    }

    const fn services(&self) -> Services<'_, Graph, Zenqms, Ledger, SystemClock> {
        Services { directory: &self.graph, accounts: &self.zenqms, ledger: &self.ledger, clock: &SystemClock }
    }
}
