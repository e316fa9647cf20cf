use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{
    Clock, Ending, FreshIds, NewSubscription, Subscription, SubscriptionRecord, SubscriptionRecordsWrite,
    Subscriptions, Watched,
};
use sync_core::work::{KeeperWork, Lifecycle};
use uuid::Uuid;

use crate::step::{Step, step};

/// How long a subscription is asked to last. 41,760 minutes are the most (Graph docs: subscription resource); what Graph
/// does with more is not documented, so it is asked for an hour less, and its answer is what counts.
const LIFE: SignedDuration = SignedDuration::from_mins(41_700);

/// Keeps subscriptions.
pub struct Keeper<'a, D, L, C, I> {
    /// Microsoft Graph.
    pub directory: &'a D,
    /// The ledger.
    pub ledger: &'a L,
    /// The time.
    pub clock: &'a C,
    /// Chance, for secrets.
    pub ids: &'a I,
    /// Where notifications are to go.
    pub notification_url: &'a str,
    /// Whether any group is mapped.
    pub groups: bool,
}

/// What became of the subscriptions.
#[derive(Debug, Default)]
pub struct Report {
    /// Each of them.
    pub kept: Vec<Kept>,
    /// Changes may have been missed: a sweep has to follow.
    pub sweep: bool,
}

impl Report {
    /// Whether one could not be kept, and has to be tried again.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.kept.iter().any(|kept| matches!(kept.outcome, Outcome::Failed(_)))
    }
}

/// What became of a subscription.
#[derive(Debug)]
pub struct Kept {
    /// Which.
    pub watched: Watched,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a subscription.
#[derive(Debug)]
pub enum Outcome {
    /// It was left as it was.
    Untouched,
    /// It was made.
    Made,
    /// Graph had one that the ledger did not know; it is kept.
    Adopted,
    /// It was renewed.
    Renewed,
    /// It was ended.
    Ended,
    /// It could not be kept. Until it can, the sweeps find every change.
    Failed(Failure),
}

impl<D, L, C, I> Keeper<'_, D, L, C, I>
where
    D: Subscriptions,
    L: SubscriptionRecordsWrite + Ending,
    C: Clock,
    I: FreshIds,
{
    /// Keeps both subscriptions, or what is wanted of them. While the integration is being removed, does nothing: the cleanup
    /// ends them.
    ///
    /// # Errors
    /// When the ledger cannot be read; what fails for one subscription is in the report.
    pub async fn keep(&self, event: Option<KeeperWork>) -> Result<Report, Failure> {
        if self.ledger.ending().await?.is_some() {
            return Ok(Report::default());
        }
        let records = self.ledger.records().await?;
        let mut report = Report::default();
        for watched in Watched::ALL {
            let record = records.iter().find(|record| record.watched == watched);
            let wanted = (watched == Watched::Users || self.groups).then_some(self.notification_url);
            let needed = step(record, wanted, event, self.clock.now());
            let outcome = match self.take(needed, watched, record).await {
                Ok(outcome) => outcome,
                Err(Failure { cause: Cause::Superseded, .. }) => {
                    tracing::info!(%watched, "another keeper is at work");
                    Outcome::Untouched
                }
                Err(failure) => {
                    tracing::error!(%watched, %failure, "a subscription cannot be kept; the sweeps find every change");
                    Outcome::Failed(failure)
                }
            };
            report.sweep |= matches!(outcome, Outcome::Made | Outcome::Adopted);
            report.kept.push(Kept { watched, outcome });
        }
        report.sweep |= event.is_some_and(|event| event.event != Lifecycle::ReauthorizationRequired);
        Ok(report)
    }

    async fn take(
        &self,
        needed: Step,
        watched: Watched,
        record: Option<&SubscriptionRecord>,
    ) -> Result<Outcome, Failure> {
        match (needed, record) {
            (Step::Leave, _) | (Step::Renew(_), None) => Ok(Outcome::Untouched),
            (Step::Check(id), _) => match self.directory.subscription(id).await {
                Ok(_) => Ok(Outcome::Untouched),
                Err(Failure { cause: Cause::NotFound, .. }) => self.make(watched, record).await,
                Err(failure) => Err(failure),
            },
            (Step::Make, _) => self.make(watched, record).await,
            (Step::Renew(id), Some(record)) => self.renew(id, record).await,
            (Step::Replace(id), _) => {
                // Graph has one at most for a resource, so the old one goes first; the sweep finds what falls between.
                self.directory.unsubscribe(id).await?;
                self.make(watched, record).await
            }
            (Step::End(id), _) => {
                if let Some(id) = id {
                    self.directory.unsubscribe(id).await?;
                }
                self.ledger.forget(watched).await?;
                Ok(Outcome::Ended)
            }
        }
    }

    async fn renew(&self, id: Uuid, record: &SubscriptionRecord) -> Result<Outcome, Failure> {
        match self.directory.renew(id, self.end()).await {
            Ok(renewed) => {
                let renewed = SubscriptionRecord {
                    renewed_at: self.clock.now(),
                    expires: renewed.expires,
                    version: record.version + 1,
                    ..record.clone()
                };
                self.ledger.keep(&renewed).await?;
                Ok(Outcome::Renewed)
            }
            // It lapsed, or somebody ended it.
            Err(Failure { cause: Cause::NotFound, .. }) => self.make(record.watched, Some(record)).await,
            Err(failure) => Err(failure),
        }
    }

    /// Makes a subscription. Its secret is in the ledger before Graph is asked: the first notifications may come before
    /// Graph's answer does.
    async fn make(&self, watched: Watched, before: Option<&SubscriptionRecord>) -> Result<Outcome, Failure> {
        let secret = SecretString::from(format!("{}{}", self.ids.fresh().simple(), self.ids.fresh().simple()));
        let now = self.clock.now();
        let making = SubscriptionRecord {
            watched,
            id: None,
            client_state: secret.clone(),
            notification_url: self.notification_url.to_owned(),
            renewed_at: now,
            expires: now,
            version: before.map_or(1, |before| before.version + 1),
        };
        self.ledger.keep(&making).await?;
        match self.subscribe(watched, &secret).await {
            Ok(made) => self.made(making, &made, Outcome::Made).await,
            Err(Failure { cause: Cause::Rejected { status: 409, .. }, action }) => {
                self.resolve_conflict(watched, making, action.into_owned()).await
            }
            Err(failure) => Err(failure),
        }
    }

    async fn subscribe(&self, watched: Watched, secret: &SecretString) -> Result<Subscription, Failure> {
        let new = NewSubscription {
            watched,
            notification_url: self.notification_url,
            expires: self.end(),
            client_state: secret,
        };
        self.directory.subscribe(&new).await
    }

    /// Graph has one for this resource already: of an earlier address, or one whose creation we did not live to note. Ours
    /// is adopted, any other ended.
    async fn resolve_conflict(
        &self,
        watched: Watched,
        making: SubscriptionRecord,
        action: String,
    ) -> Result<Outcome, Failure> {
        let existing = self.directory.subscriptions().await?;
        let Some(existing) = existing.into_iter().find(|existing| existing.watched == Some(watched)) else {
            let what = format!("Graph says that there is a subscription to {watched} already, and lists none");
            return Err(Failure::new(action, Cause::Inconsistent(what)));
        };
        if existing.notification_url == self.notification_url
            && let Some(secret) = existing.client_state.clone()
        {
            let adopted = SubscriptionRecord { client_state: secret, ..making };
            return self.made(adopted, &existing, Outcome::Adopted).await;
        }
        self.directory.unsubscribe(existing.id).await?;
        let made = self.subscribe(watched, &making.client_state).await?;
        self.made(making, &made, Outcome::Made).await
    }

    async fn made(
        &self,
        making: SubscriptionRecord,
        made: &Subscription,
        outcome: Outcome,
    ) -> Result<Outcome, Failure> {
        let version = making.version + 1;
        let record = SubscriptionRecord { id: Some(made.id), expires: made.expires, version, ..making };
        self.ledger.keep(&record).await?;
        Ok(outcome)
    }

    fn end(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_add(LIFE).unwrap_or(now)
    }
}
