use std::sync::Arc;
use std::time::Duration;

use initial_sync::{Budget, Services, Settings, apply, full, rehearse, sweep};
use lambda_host::custom_resource::Request;
use lambda_host::{
    Graph, Invocation, MappingSource, Metrics, SettingsError, Start, Unit, Vault, Zenqms, going_with, messages,
    variable,
};
use serde::Deserialize;
use serde_json::Value;
use sync_core::failure::{Cause, Failure};
use sync_core::guard::{Limits, PlanHash};
use sync_core::io::dynamo::Ledger;
use sync_core::io::http::ReqwestTransport;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, Ending, FreshIds, Holds, Nesting, Queue, Runs};
use sync_core::run::{BEING_REMOVED, Mode, RunId, RunRecord, RunReport};
use sync_core::work::{Delivered, MessageId, Opened, RunWork, open};

use crate::progress::Progress;

/// What runs work with.
pub(crate) struct Office {
    pub(crate) graph: Graph,
    pub(crate) zenqms: Zenqms,
    pub(crate) ledger: Ledger,
    pub(crate) vault: Arc<Vault>,
    pub(crate) runs: SqsQueue,
    pub(crate) nesting: Nesting,
    pub(crate) mappings: MappingSource,
    pub(crate) transport: ReqwestTransport,
    users: SqsQueue,
    groups: SqsQueue,
    pub(crate) initial_sync: bool,
    limits: Limits,
    time_budget: Duration,
    metrics: Arc<Metrics>,
}

/// What the function is asked for by hand, or by its schedule.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Order {
    mode: Mode,
    /// The proposal to carry out.
    proposal: Option<PlanHash>,
}

impl Office {
    /// Reads the settings and makes the clients.
    pub(crate) fn new(start: &Start) -> Result<Self, SettingsError> {
        let vault = start.vault()?;
        Ok(Self {
            graph: start.graph(vault.clone(), false)?,
            zenqms: start.zenqms(vault.clone(), false)?,
            vault,
            ledger: start.ledger_and_evidence()?,
            users: start.queue(variable::USER_QUEUE_URL)?,
            groups: start.queue(variable::GROUP_QUEUE_URL)?,
            runs: start.queue(variable::RUN_QUEUE_URL)?,
            nesting: start.nesting()?,
            initial_sync: start.initial_sync()?,
            limits: start.limits()?,
            mappings: start.mapping_source()?,
            transport: start.transport.clone(),
            time_budget: start.time_budget()?,
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
            return messages(event, &self.runs, |batch| self.attempts(batch, invocation)).await;
        }
        let Order { mode, proposal } = Order::deserialize(event).map_err(|error| {
            let what = format!("{error}; expected {{}} or {{\"mode\": \"full\" | \"plan\" | \"sweep\" | \"apply\", \"proposal\": \"<hash>\"}}");
            Failure::new("reading the event", Cause::Unreadable(what))
        })?;
        if proposal.is_some() != (mode == Mode::Apply) {
            let what = "a proposal is carried out by the mode apply, and by no other".to_owned();
            return Err(Failure::new("reading the event", Cause::Unreadable(what)));
        }
        let work = RunWork { proposal, ..RunWork::new(mode, SystemClock.now()) };
        let report = self.work(&work, invocation).await;
        if mode == Mode::Sweep {
            // Whatever becomes of the sweep, somebody goes on with a run that nobody works on.
            self.hand_over(Mode::Full).await?;
            self.hand_over(Mode::Apply).await?;
            self.tell_what_is_kept_back().await?;
        }
        let report = report?;
        serde_json::to_value(report).map_err(|error| Failure::new("answering", Cause::Unreadable(error.to_string())))
    }

    /// The alarm lasts until nothing is kept back any more.
    async fn tell_what_is_kept_back(&self) -> Result<(), Failure> {
        let held = self.ledger.all_held().await?.len();
        #[expect(clippy::cast_precision_loss, reason = "no company has 2^52 people")]
        self.metrics.measure("PeopleHeld", Unit::Count, held as f64);
        Ok(())
    }

    async fn attempts(&self, batch: Vec<Delivered>, invocation: &Invocation) -> Result<Vec<MessageId>, Failure> {
        // What becomes of a run while the first approved one is waited for is the run's affair.
        let held_up = self.ledger.ending().await.map(|ending| ending.map(|_| BEING_REMOVED));
        let now = SystemClock.now();
        let Opened { due, failed, .. } =
            open(held_up, &self.runs, batch, RunWork::read, |work| work.not_before, now).await;
        for (work, _) in due {
            if self.is_over(&work).await? {
                continue;
            }
            if let Err(failure) = self.work(&work, invocation).await {
                let run = self.unfinished(&work).await?;
                if let Some(later) = work.put_off(SystemClock.now()) {
                    let later = RunWork { run: run.or(later.run), ..later };
                    self.runs.send(&[later.message(RandomIds.fresh())]).await?;
                } else {
                    tracing::error!(mode = %work.mode, %failure, "a run is given up");
                }
            }
        }
        Ok(failed)
    }

    /// Whether the run that a message is to go on with has come to its end, or another has begun: then nothing is to be done,
    /// and above all no new run is to be begun.
    async fn is_over(&self, work: &RunWork) -> Result<bool, Failure> {
        let latest = self.ledger.latest(work.mode).await?;
        Ok(match &work.run {
            Some(run) => unfinished(latest, work).as_ref() != Some(run),
            // The message that a proposal is to be carried out comes again if its function has died; another may have ended it.
            None => latest.is_some_and(|run| {
                work.proposal.is_some() && run.proposal == work.proposal && run.began >= work.since && !run.is_running()
            }),
        })
    }

    async fn unfinished(&self, work: &RunWork) -> Result<Option<RunId>, Failure> {
        Ok(unfinished(self.ledger.latest(work.mode).await?, work))
    }

    /// One attempt at a run.
    async fn work(
        &self,
        RunWork { mode, proposal, asked_by, .. }: &RunWork,
        invocation: &Invocation,
    ) -> Result<RunReport, Failure> {
        let mode = *mode;
        let mapping = going_with(self.graph.lens(), self.ledger.mapping().await?)?;
        let now = SystemClock.now();
        let time = invocation.time_left(self.time_budget, now);
        let settings = Settings {
            mapping: &mapping,
            nesting: self.nesting,
            initial_sync: self.initial_sync,
            limits: &self.limits,
            lens: self.graph.lens(),
            asked_by: asked_by.as_ref(),
            budget: Budget::of(now, time),
            dice: RandomIds.fresh().as_fields().0,
        };
        let progress = Progress::new(self.metrics.clone(), mode);
        let report = match mode {
            Mode::Full => Box::pin(full(self.services(), settings, &progress)).await,
            Mode::Plan => Box::pin(rehearse(self.services(), settings, &progress, |_, _| {})).await,
            Mode::Apply => match proposal {
                Some(plan) => Box::pin(apply(self.services(), settings, plan, &progress)).await,
                None => Err(Failure::new("applying", Cause::Unreadable("no proposal is named".to_owned()))),
            },
            Mode::Sweep => Box::pin(sweep(self.services(), settings, &progress)).await,
        };
        progress.ended(&report);
        if report.as_ref().is_ok_and(|report| report.status == "running") {
            self.hand_over(mode).await?;
        }
        if mode == Mode::Apply
            && report.as_ref().is_ok_and(|report| report.status == "complete")
            && self.ledger.marks().await?.waiting.is_some()
        {
            // The wait is over. The sweep finds that, and whoever has changed meanwhile; the next one on schedule would too.
            self.runs.send(&[RunWork::new(Mode::Sweep, now).message(RandomIds.fresh())]).await?;
        }
        report
    }

    const fn services(&self) -> Services<'_, Graph, Zenqms, Ledger, SqsQueue, SystemClock, RandomIds> {
        Services {
            directory: &self.graph,
            accounts: &self.zenqms,
            ledger: &self.ledger,
            users: &self.users,
            groups: &self.groups,
            clock: &SystemClock,
            ids: &RandomIds,
        }
    }

    /// A run that waits for somebody to go on with it is put on the queue; one that somebody is at work on is left to him.
    async fn hand_over(&self, mode: Mode) -> Result<(), Failure> {
        let now = SystemClock.now();
        let Some(run) = self.ledger.latest(mode).await?.filter(|run| run.is_resumable(now)) else { return Ok(()) };
        let work = RunWork { run: Some(run.id), proposal: run.proposal, ..RunWork::new(mode, now) };
        self.runs.send(&[work.message(RandomIds.fresh())]).await
    }
}

/// The latest run, if it is what is asked for and not at its end.
fn unfinished(latest: Option<RunRecord>, work: &RunWork) -> Option<RunId> {
    let is_meant = |run: &RunRecord| run.proposal == work.proposal && run.is_running();
    latest.filter(is_meant).map(|run| run.id)
}
