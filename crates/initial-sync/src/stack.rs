use std::time::Duration;

use initial_sync::check;
use jiff::{SignedDuration, Timestamp};
use lambda_host::custom_resource::{Answer, Kind, Request};
use serde_json::Map;
use sync_core::domain::{Mapping, MappingSpec};
use sync_core::failure::{Cause, Failure};
use sync_core::io::dynamo::Accepted;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::look::LONGEST_FLOW;
use sync_core::ports::{Clock, Comparisons, Ending, FirstApproval, FreshIds, Queue, Runs};
use sync_core::run::{Mode, WAITS_FOR_PLAN};
use sync_core::work::RunWork;

use crate::events::Office;

/// One invocation of a run works by the mapping that it has read for so long at most; the next one reads it anew.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(16);
/// What a rollback asks for is tried for so long.
const ROLLING_BACK: Duration = Duration::from_mins(1);
/// Within this the mark that the first approved run is waited for is lifted.
const LET_OFF: SignedDuration = SignedDuration::from_mins(1);
const SETTLING: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

impl Office {
    /// The stack was made or changed. Its end is the cleanup's affair.
    pub(crate) async fn for_the_stack(&self, request: &Request) -> Answer {
        let done = match (request.request_type, request.property("Step")) {
            (Kind::Delete, _) => Ok(Answer::done()),
            (_, Some("check")) => self.check(request).await,
            (kind, Some("start")) => self.start(kind, request).await.map_err(|failure| failure.to_string()),
            (_, step) => Err(format!("the template asks for a step that this version does not know: {step:?}")),
        };
        done.unwrap_or_else(|why| {
            tracing::error!(resource = request.logical_resource_id, why, "the stack is refused");
            Answer::Failed(why)
        })
    }

    /// Checks everything before anything is built upon it, and keeps the mapping for the flows.
    ///
    /// Settings that were accepted before are taken whatever the services say now: a rollback asks for them, and one that fails
    /// leaves a stack that cannot be changed any more.
    async fn check(&self, request: &Request) -> Result<Answer, String> {
        let told = |failure: Failure| failure.to_string();
        self.settle().await.map_err(told)?;
        let properties = serde_json::Value::Object(request.resource_properties.clone()).to_string();
        let known = self.ledger.accepted().await.map_err(told)?;
        let before = known.iter().find(|accepted| accepted.properties == properties);
        let checking = Box::pin(self.try_out(request.property("Mapping").unwrap_or_default()));
        let mapping = match before {
            None => checking.await?,
            Some(before) => match tokio::time::timeout(ROLLING_BACK, checking).await {
                Ok(Ok(mapping)) => mapping,
                Ok(Err(why)) => {
                    tracing::warn!(why, "settings that were accepted before are taken although they fail now");
                    before.mapping.clone()
                }
                Err(_) => before.mapping.clone(),
            },
        };
        if !known.is_empty()
            && self.ledger.mapping().await.map_err(told)? != mapping
            && let Some(begins) = self.when_the_old_mapping_is_gone().await.map_err(told)?
        {
            self.ledger.owe(begins).await.map_err(told)?;
        }
        let accepted = Accepted { properties, mapping };
        self.ledger.accept(&accepted, known.first()).await.map_err(told)?;
        // Before anything can be at work: by an update nobody who is is ever made to wait.
        if request.request_type == Kind::Create && needs_approval(request) {
            self.ledger.wait_for_plan(SystemClock.now()).await.map_err(told)?;
        }
        Ok(Answer::Done(counted(&accepted.mapping)))
    }

    async fn try_out(&self, setting: &str) -> Result<Mapping, String> {
        let text = self.mappings.read(setting).await.map_err(|failure| failure.to_string())?;
        let spec = MappingSpec::parse(&text).map_err(|error| error.to_string())?;
        let checked = check(&self.graph, &self.zenqms, &RandomIds, &spec, self.nesting).await;
        checked.map_err(|unfit| unfit.to_string())
    }

    /// From when on nobody works by the mapping of before any more. A role run that began sooner might be undone. None where nobody
    /// ever has, since the first approved run is waited for: that will look at everybody by the new one.
    async fn when_the_old_mapping_is_gone(&self) -> Result<Option<Timestamp>, Failure> {
        let now = SystemClock.now();
        let mut under_way = false;
        for mode in [Mode::Full, Mode::Apply, Mode::Sweep] {
            under_way |= self.ledger.latest(mode).await?.is_some_and(|run| run.is_leased(now));
        }
        if !under_way && self.ledger.marks().await?.waiting.is_some() {
            return Ok(None);
        }
        Ok(Some(now + if under_way { LONGEST_RUN } else { LONGEST_FLOW }))
    }

    /// Rights that were granted a moment ago are not known everywhere at once (AWS docs: IAM, eventual consistency).
    async fn settle(&self) -> Result<(), Failure> {
        let reach = async || {
            self.ledger.mapping().await?;
            self.vault.expires().await
        };
        for _ in 0..SETTLING {
            match reach().await {
                Err(Failure { cause: Cause::Forbidden { .. }, .. }) => SystemClock.pause(PAUSE).await,
                Ok(_) => return Ok(()),
                Err(failure) => return Err(failure),
            }
        }
        reach().await.map(drop)
    }

    /// Starts the initial sync with the stack, and the role run with another mapping. While the first approved run is waited for
    /// neither; where that is not wanted any more, the wait ends and the initial sync starts.
    async fn start(&self, kind: Kind, request: &Request) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        let waits = self.ledger.marks().await?.waiting.is_some();
        let is_let_off = waits && !needs_approval(request);
        let remapped = ["Mapping", "MappingRevision", "NestedGroups"].iter().any(|name| request.has_changed(name));
        let runs = request.property("Run") == Some("true");
        let later = |mode, begins| Some(RunWork { not_before: Some(begins), ..RunWork::new(mode, now) });
        let work = match kind {
            _ if waits && !is_let_off => {
                tracing::info!("no run is started: {WAITS_FOR_PLAN}");
                // It takes the place from which on whatever changes is found, before anybody can make a plan.
                Some(RunWork::new(Mode::Sweep, now))
            }
            // On the queue before the mark is lifted, so that a crash in between loses no run; not due before it is.
            Kind::Update if is_let_off && runs => later(Mode::Full, now + LET_OFF),
            Kind::Create if runs => Some(RunWork::new(Mode::Full, now)),
            Kind::Update if remapped => match self.when_the_old_mapping_is_gone().await? {
                Some(begins) => {
                    self.ledger.owe(begins).await?;
                    later(Mode::Sweep, begins)
                }
                None => None,
            },
            _ => None,
        };
        if let Some(work) = work {
            self.runs.send(&[work.message(RandomIds.fresh())]).await?;
        }
        if is_let_off {
            self.ledger.stop_waiting().await?;
        }
        Ok(Answer::done())
    }
}

/// Whether nothing is to be written before a plan was approved.
fn needs_approval(request: &Request) -> bool {
    request.property("FirstSyncNeedsApproval") == Some("true")
}

fn counted(mapping: &Mapping) -> Map<String, serde_json::Value> {
    let groups: Vec<_> = mapping.groups().collect();
    let mut roles: Vec<_> = groups.iter().flat_map(|&group| mapping.roles_of(group)).collect();
    roles.sort();
    roles.dedup();
    Map::from_iter([("Groups".to_owned(), groups.len().into()), ("Roles".to_owned(), roles.len().into())])
}
