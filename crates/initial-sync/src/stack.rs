use std::time::Duration;

use initial_sync::check;
use jiff::{SignedDuration, Timestamp};
use lambda_host::custom_resource::{Answer, Kind, Request};
use serde_json::Map;
use sync_core::domain::{Leaving, Mapping, MappingSpec, Scope, UnknownLeaving, scope_groups};
use sync_core::failure::{Cause, Failure};
use sync_core::io::dynamo::Accepted;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::look::LONGEST_FLOW;
use sync_core::ports::{Clock, Comparisons, FreshIds, Queue, Runs};
use sync_core::run::Mode;
use sync_core::work::RunWork;

use crate::events::Office;

/// One invocation of a run works by the mapping that it has read for so long at most; the next one reads it anew.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(16);
/// What a rollback asks for is tried for so long.
const ROLLING_BACK: Duration = Duration::from_mins(1);
const SETTLING: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// What, once it is another, has everybody compared.
const DECIDES_FOR_ALL: [&str; 7] =
    ["Mapping", "MappingRevision", "NestedGroups", "ScopeFilter", "ScopeGroups", "SyncGuests", "LeavingScope"];

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
        let checking = Box::pin(self.try_out(request));
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
        if !known.is_empty() && self.ledger.mapping().await.map_err(told)? != mapping {
            self.ledger.owe(self.when_the_old_mapping_is_gone().await.map_err(told)?).await.map_err(told)?;
        }
        let accepted = Accepted { properties, mapping };
        self.ledger.accept(&accepted, known.first()).await.map_err(told)?;
        Ok(Answer::Done(counted(&accepted.mapping)))
    }

    async fn try_out(&self, request: &Request) -> Result<Mapping, String> {
        let scope = scope(request)?;
        let setting = request.property("Mapping").unwrap_or_default();
        let text = self.mappings.read(setting).await.map_err(|failure| failure.to_string())?;
        let spec = MappingSpec::parse(&text).map_err(|error| error.to_string())?.within(scope);
        let checked = check(&self.graph, &self.zenqms, &RandomIds, &spec, self.nesting).await;
        checked.map_err(|unfit| unfit.to_string())
    }

    /// From when on nobody works by the mapping of before any more. A role run that began sooner might be undone.
    async fn when_the_old_mapping_is_gone(&self) -> Result<Timestamp, Failure> {
        let now = SystemClock.now();
        let mut under_way = false;
        for mode in [Mode::Full, Mode::Apply, Mode::Sweep] {
            under_way |= self.ledger.latest(mode).await?.is_some_and(|run| run.is_leased(now));
        }
        Ok(now + if under_way { LONGEST_RUN } else { LONGEST_FLOW })
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

    /// Starts the initial sync with the stack, and the role run with another mapping.
    async fn start(&self, kind: Kind, request: &Request) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        let remapped = DECIDES_FOR_ALL.iter().any(|name| request.has_changed(name));
        let work = match kind {
            Kind::Create if request.property("Run") == Some("true") => Some(RunWork::new(Mode::Full, now)),
            Kind::Update if remapped => {
                let begins = self.when_the_old_mapping_is_gone().await?;
                self.ledger.owe(begins).await?;
                Some(RunWork { not_before: Some(begins), ..RunWork::new(Mode::Sweep, now) })
            }
            _ => None,
        };
        if let Some(work) = work {
            self.runs.send(&[work.message(RandomIds.fresh())]).await?;
        }
        Ok(Answer::done())
    }
}

/// Who is synchronised, as far as groups say so. What his own properties say stands in the function's settings.
fn scope(request: &Request) -> Result<Scope, String> {
    let of = |name| request.property(name).unwrap_or_default().trim();
    let refused = |name: &str, why: &dyn std::fmt::Display| format!("the parameter {name} cannot be used: {why}");
    let groups = scope_groups(of("ScopeGroups")).map_err(|error| refused("ScopeGroups", &error))?;
    let leaving = match of("LeavingScope") {
        "" => Leaving::default(),
        text => text.parse().map_err(|error: UnknownLeaving| refused("LeavingScope", &error))?,
    };
    Ok(Scope { groups, leaving })
}

fn counted(mapping: &Mapping) -> Map<String, serde_json::Value> {
    let groups: Vec<_> = mapping.mapped_groups().collect();
    let mut roles: Vec<_> = groups.iter().flat_map(|&group| mapping.roles_of(group)).collect();
    roles.sort();
    roles.dedup();
    Map::from_iter([("Groups".to_owned(), groups.len().into()), ("Roles".to_owned(), roles.len().into())])
}
