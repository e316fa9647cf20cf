use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambda_host::custom_resource::{Answer, Kind, Request};
use lambda_host::{Graph, Invocation, Metrics, SettingsError, Start, Unit, Vault, messages, variable};
use serde_json::{Value, json};
use subscription_keeper::{Keeper, Outcome, Report};
use sync_core::failure::{Cause, Failure};
use sync_core::io::dynamo::Ledger;
use sync_core::io::http::ReqwestTransport;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, FreshIds, Queue, SubscriptionRecords, Watched};
use sync_core::run::Mode;
use sync_core::work::{Delivered, KeeperWork, MessageId, RunWork};

/// How often a subscription is tried for while a stack waits: the address was made a moment ago, and consent takes some
/// minutes to be known everywhere (Graph docs: 403 after consent).
const TRIES: u32 = 4;
const PAUSE: std::time::Duration = std::time::Duration::from_secs(15);

/// The hours of a subscription that nobody wants: many, since its alarm takes silence for trouble.
const UNWANTED: f64 = 10_000.0;

/// What the keeper works with.
pub(crate) struct Office {
    graph: Graph,
    vault: Arc<Vault>,
    ledger: Ledger,
    own: SqsQueue,
    runs: SqsQueue,
    notification_url: String,
    transport: ReqwestTransport,
    metrics: Arc<Metrics>,
}

impl Office {
    /// Reads the settings and makes the clients.
    pub(crate) fn new(start: &Start) -> Result<Self, SettingsError> {
        let vault = start.vault()?;
        Ok(Self {
            graph: start.graph(vault.clone(), true)?,
            vault,
            ledger: start.ledger()?,
            own: start.queue(variable::KEEPER_QUEUE_URL)?,
            runs: start.queue(variable::RUN_QUEUE_URL)?,
            notification_url: start.environment.required(variable::NOTIFICATION_URL)?.to_owned(),
            transport: start.transport.clone(),
            metrics: start.metrics.clone(),
        })
    }

    /// Handles one event.
    pub(crate) async fn handle(&self, invocation: &Invocation) -> Result<Value, Failure> {
        let event = &invocation.event;
        if let Some(request) = Request::read(event) {
            return invocation.answer(&request, &self.transport, Box::pin(self.for_the_stack(&request))).await;
        }
        if event.get("Records").is_some() {
            return messages(event, &self.own, |batch| self.news(batch)).await;
        }
        let report = self.keep(None).await?;
        self.measure().await?;
        match report.kept.into_iter().find_map(|kept| failure_of(kept.outcome)) {
            Some(failure) => Err(failure),
            None => Ok(json!({"kept": true})),
        }
    }

    /// The stack was made or changed. Its end is the cleanup's affair, which ends the subscriptions.
    async fn for_the_stack(&self, request: &Request) -> Answer {
        if request.request_type == Kind::Delete {
            return Answer::done();
        }
        let mut failed = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                SystemClock.pause(PAUSE).await;
            }
            failed = match self.keep(None).await {
                Ok(report) => report.kept.into_iter().find_map(|kept| failure_of(kept.outcome)),
                Err(failure) => Some(failure),
            };
            if failed.is_none() {
                // The alarms look at how long subscriptions last from the first hour on.
                failed = self.measure().await.err();
            }
            if failed.is_none() {
                return Answer::done();
            }
        }
        Answer::Failed(failed.map(|failure| failure.to_string()).unwrap_or_default())
    }

    async fn news(&self, batch: Vec<Delivered>) -> Result<Vec<MessageId>, Failure> {
        let mut failed = Vec::new();
        for message in batch {
            let work = match KeeperWork::read(&message.body) {
                Ok(work) => work,
                Err(error) => {
                    tracing::error!(message_id = %message.id.0, %error, "a message cannot be read");
                    failed.push(message.id);
                    continue;
                }
            };
            // What follows stands in the same row, and has to stay behind what failed.
            if !failed.is_empty() || self.keep(Some(work)).await.map_or(true, |report| report.failed()) {
                failed.push(message.id);
            }
        }
        Ok(failed)
    }

    async fn keep(&self, news: Option<KeeperWork>) -> Result<Report, Failure> {
        let keeper = Keeper {
            directory: &self.graph,
            ledger: &self.ledger,
            clock: &SystemClock,
            ids: &RandomIds,
            notification_url: &self.notification_url,
            groups: !self.ledger.mapping().await?.is_empty(),
        };
        let report = keeper.keep(news).await?;
        let failed = report.kept.iter().filter(|kept| matches!(kept.outcome, Outcome::Failed(_))).count();
        self.metrics.count("SubscriptionsFailed", failed as u64);
        if report.sweep {
            let sweep = RunWork::new(Mode::Sweep, SystemClock.now());
            self.runs.send(&[sweep.message(RandomIds.fresh())]).await?;
        }
        Ok(report)
    }

    /// How long subscriptions and credentials last.
    async fn measure(&self) -> Result<(), Failure> {
        let now = SystemClock.now();
        let records = self.ledger.records().await?;
        for watched in Watched::ALL {
            let record = records.iter().find(|record| record.watched == watched);
            let hours = match record.filter(|record| record.id.is_some()) {
                Some(record) => (record.expires.duration_since(now).as_secs_f64() / 3_600.0).max(0.0),
                None if watched == Watched::Groups && self.ledger.mapping().await?.is_empty() => UNWANTED,
                None => 0.0,
            };
            let watched = Some(("Watched", watched.as_str()));
            self.metrics.measure_kind(watched, "SubscriptionHoursLeft", Unit::None, hours);
        }
        if let Some(day) = self.vault.expires().await? {
            self.metrics.measure("CredentialDaysLeft", Unit::None, days_until(day, now)?);
        }
        Ok(())
    }
}

fn failure_of(outcome: Outcome) -> Option<Failure> {
    match outcome {
        Outcome::Failed(failure) => Some(failure),
        Outcome::Untouched | Outcome::Made | Outcome::Adopted | Outcome::Renewed | Outcome::Ended => None,
    }
}

fn days_until(day: Date, now: Timestamp) -> Result<f64, Failure> {
    let end = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| {
        Failure::new("reading when the credential expires", Cause::Unreadable(format!("{day} is no day in UTC")))
    })?;
    Ok(end.duration_since(now).as_secs_f64() / 86_400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_that_expired_yesterday_has_less_than_no_days_left() {
        let now = "2026-11-25T12:00:00Z".parse().unwrap();
        let left = |text: &str| days_until(text.parse().unwrap(), now).unwrap();
        assert!((left("2026-11-26") - 0.5).abs() < 1e-9);
        assert!((left("2026-11-24") + 1.5).abs() < 1e-9);
    }
}
