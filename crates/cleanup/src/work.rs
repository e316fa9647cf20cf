use std::collections::BTreeSet;

use sync_core::domain::DirectoryUserId;
use sync_core::failure::Failure;
use sync_core::ports::{
    AccountsFind, AccountsList, AccountsWrite, Cleanups, Clock, EndingWrite, Evidence, Paced, Runs,
    SubscriptionRecordsWrite, Subscriptions, TracesWrite,
};
use sync_core::run::{CleanupRecord, CleanupState, Pass};

use crate::quiet::{let_go, quiet_from, wait_until};
use crate::report::{CleanupReport, report};
use crate::settings::{Services, Settings};
use crate::stop::Stop;
use crate::{runs, subscriptions};

/// A cleanup under way.
pub(crate) struct Work<'a, D, L, A, C> {
    pub(crate) services: Services<'a, D, A, L, C>,
    pub(crate) settings: Settings<'a>,
    pub(crate) record: CleanupRecord,
    /// Whose links the halted runs had announced.
    pub(crate) announced: BTreeSet<DirectoryUserId>,
}

/// Removes the integration, or goes on with it, until it is proven to be gone or the time is up. It may be repeated at any
/// time: what is cleared stays cleared, what could not be cleared is tried again.
///
/// # Errors
/// What failed; what was done until then is saved, and the next invocation goes on from there.
pub async fn clean_up<D, A, L, C>(
    services: Services<'_, D, A, L, C>,
    settings: Settings<'_>,
) -> Result<CleanupReport, Failure>
where
    D: Subscriptions,
    A: AccountsList + AccountsFind + AccountsWrite + Paced,
    L: EndingWrite + Evidence + Cleanups + TracesWrite + Runs + SubscriptionRecordsWrite,
    C: Clock,
{
    let Services { ledger, clock, .. } = services;
    let ending = ledger.end(clock.now()).await?;
    let announced = runs::halt(ledger, clock).await?;
    let record = match ledger.cleanup().await? {
        Some(record) if record.ending == ending => match record.state {
            CleanupState::Running => record,
            // Repeated: everything is looked at again.
            CleanupState::Complete | CleanupState::Failed => {
                CleanupRecord { state: CleanupState::Running, pass: Pass::begin(clock.now()), ..record }
            }
        },
        before => CleanupRecord::begin(ending, clock.now(), before.as_ref()),
    };
    let mut work = Work { services, settings, record, announced };
    // Boxed: a cleanup is large, and would stand on the stack of whoever polls it.
    let stop = match Box::pin(work.run()).await {
        Ok(()) => return Ok(report(&work.record)),
        Err(stop) => stop,
    };
    let saved = match stop {
        Stop::Superseded => Err(Stop::Superseded),
        Stop::TimeIsUp | Stop::Failed(_) => work.save().await,
    };
    match (stop, saved) {
        // What failed first says more than that it could not be saved.
        (Stop::Failed(failure), _) | (_, Err(Stop::Failed(failure))) => Err(failure),
        (Stop::Superseded, _) | (_, Err(Stop::Superseded)) => {
            Ok(report(&ledger.cleanup().await?.unwrap_or(work.record)))
        }
        (Stop::TimeIsUp, _) => Ok(report(&work.record)),
    }
}

impl<D, A, L, C> Work<'_, D, L, A, C>
where
    D: Subscriptions,
    A: AccountsList + AccountsFind + AccountsWrite + Paced,
    L: EndingWrite + Evidence + Cleanups + TracesWrite + Runs + SubscriptionRecordsWrite,
    C: Clock,
{
    async fn run(&mut self) -> Result<(), Stop> {
        let Services { ledger, clock, .. } = self.services;
        // An app that is gone from Entra ID, or a secret that is wrong, must not keep ids in ZenQMS: it is tried again in the
        // end, and said then.
        match self.end_subscriptions().await {
            Err(Stop::Failed(failure)) => tracing::warn!(%failure, "the subscriptions cannot be ended yet"),
            ended => ended?,
        }
        self.settle_announced().await?;
        let quiet_from = quiet_from(self.record.ending);
        loop {
            if self.record.pass.page == 1 && clock.now() >= quiet_from {
                let_go(ledger, clock, &self.announced, self.settings.budget).await?;
            }
            self.go_through(quiet_from).await?;
            let pass = &self.record.pass;
            tracing::info!(cleared = pass.cleared, failed = pass.failed, "all accounts were gone through");
            if pass.cleared == 0 && pass.began >= quiet_from {
                break;
            }
            wait_until(clock, quiet_from, self.settings.budget).await?;
            self.record.pass = Pass::begin(clock.now());
        }
        self.end_subscriptions().await?;
        self.conclude().await
    }

    /// Announces the subscriptions of ours in the record, ends and forgets them.
    async fn end_subscriptions(&mut self) -> Result<(), Stop> {
        let Services { directory, ledger, .. } = self.services;
        let ours = subscriptions::find(directory, ledger, self.settings.notification_url).await?;
        if !ours.ids.is_subset(&self.record.subscriptions) {
            self.record.subscriptions.extend(&ours.ids);
            self.save().await?;
        }
        Ok(ours.end(directory, ledger).await?)
    }

    async fn conclude(&mut self) -> Result<(), Stop> {
        let Services { ledger, clock, .. } = self.services;
        let pass = &self.record.pass;
        self.record.changed_since = ledger.links_left().await?.saturating_sub(pass.failed_recorded);
        self.record.state = if pass.failed == 0 { CleanupState::Complete } else { CleanupState::Failed };
        if self.record.state == CleanupState::Complete {
            runs::forget_announced(ledger, clock).await?;
        }
        self.save().await
    }
}

impl<D, A, L: Cleanups, C: Clock> Work<'_, D, L, A, C> {
    pub(crate) async fn save(&mut self) -> Result<(), Stop> {
        self.record.version += 1;
        let saved = self.services.ledger.save_cleanup(&self.record).await;
        if saved.is_err() {
            self.record.version -= 1;
        }
        Ok(saved?)
    }

    pub(crate) fn check_time(&self) -> Result<(), Stop> {
        if self.settings.budget.is_spent(self.services.clock.now()) { Err(Stop::TimeIsUp) } else { Ok(()) }
    }
}
