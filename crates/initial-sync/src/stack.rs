use std::time::Duration;

use initial_sync::{Unfit, check};
use jiff::SignedDuration;
use lambda_host::custom_resource::{Answer, Kind, Request};
use serde_json::Map;
use sync_core::domain::{Mapping, MappingSpec};
use sync_core::failure::{Cause, Failure};
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, Comparisons, FreshIds, Queue};
use sync_core::run::Mode;
use sync_core::work::RunWork;

use crate::events::Office;

/// A flow that read the mapping before it was changed works by the old one for so long at most: the template gives flows two
/// minutes. A role run that began sooner might be undone by it.
const OLD_MAPPING: SignedDuration = SignedDuration::from_secs(150);

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
    async fn check(&self, request: &Request) -> Result<Answer, String> {
        self.settle().await.map_err(|failure| failure.to_string())?;
        let text =
            self.mappings.read(request.property("Mapping").unwrap_or_default()).await.map_err(|why| why.to_string())?;
        let spec = MappingSpec::parse(&text).map_err(|error| error.to_string())?;
        let checked = check(&self.graph, &self.zenqms, &RandomIds, &spec, self.nesting).await;
        let mapping = checked.map_err(|unfit: Unfit| unfit.to_string())?;
        self.ledger.keep_mapping(&mapping).await.map_err(|failure| failure.to_string())?;
        Ok(Answer::Done(counted(&mapping)))
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
        let remapped = ["Mapping", "MappingRevision", "NestedGroups"].iter().any(|name| request.has_changed(name));
        let work = match kind {
            Kind::Create if request.property("Run") == Some("true") => Some(RunWork::new(Mode::Full, now)),
            Kind::Update if remapped => {
                let begins = now + OLD_MAPPING;
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

fn counted(mapping: &Mapping) -> Map<String, serde_json::Value> {
    let groups: Vec<_> = mapping.groups().collect();
    let mut roles: Vec<_> = groups.iter().flat_map(|&group| mapping.roles_of(group)).collect();
    roles.sort();
    roles.dedup();
    Map::from_iter([("Groups".to_owned(), groups.len().into()), ("Roles".to_owned(), roles.len().into())])
}
