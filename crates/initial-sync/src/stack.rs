use std::time::Duration;

use initial_sync::check;
use jiff::{SignedDuration, Timestamp};
use lambda_host::custom_resource::{Answer, Kind, Request};
use serde_json::Map;
use sync_core::domain::{Leaving, Mapping, MappingSpec, MinimumHolders, Scope, UnknownLeaving, scope_groups};
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
/// The runs that write.
const WRITING: [Mode; 3] = [Mode::Full, Mode::Apply, Mode::Sweep];
/// Within this the mark that the first approved run is waited for is lifted.
const LET_OFF: SignedDuration = SignedDuration::from_mins(1);
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
        if !known.is_empty()
            && self.ledger.mapping().await.map_err(told)? != mapping
            && !self.nobody_has_worked().await.map_err(told)?
        {
            let begins = self.when_the_old_mapping_is_gone().await.map_err(told)?;
            self.ledger.owe(begins).await.map_err(told)?;
        }
        // Before anything can be at work. Lambda may hand a request out again when something has been for long.
        if known.is_empty() {
            self.make_it_wait(request).await.map_err(told)?;
        }
        let accepted = Accepted { properties, mapping };
        self.ledger.accept(&accepted, known.first()).await.map_err(told)?;
        Ok(Answer::Done(counted(&accepted.mapping)))
    }

    async fn try_out(&self, request: &Request) -> Result<Mapping, String> {
        let scope = Scope { lens: self.graph.lens().digest(), ..scope(request)? };
        let setting = request.property("Mapping").unwrap_or_default();
        let text = self.mappings.read(setting).await.map_err(|failure| failure.to_string())?;
        let minimum = minimum_holders(request)?;
        let spec = MappingSpec::parse(&text).map_err(|error| error.to_string())?.within(scope).keeping(minimum);
        let checked = check(&self.graph, &self.zenqms, &RandomIds, &spec, self.nesting).await;
        checked.map_err(|unfit| unfit.to_string())
    }

    /// From when on nobody works by the mapping of before any more. A role run that began sooner might be undone.
    async fn when_the_old_mapping_is_gone(&self) -> Result<Timestamp, Failure> {
        let now = SystemClock.now();
        let mut under_way = false;
        for mode in WRITING {
            under_way |= self.ledger.latest(mode).await?.is_some_and(|run| run.is_leased(now));
        }
        Ok(now + if under_way { LONGEST_RUN } else { LONGEST_FLOW })
    }

    /// Whether nobody has ever worked by any mapping, since the first approved run is waited for: that will look at everybody by the
    /// new one.
    async fn nobody_has_worked(&self) -> Result<bool, Failure> {
        Ok(self.ledger.marks().await?.waiting.is_some() && !self.has_run().await?)
    }

    /// Has it wait for its first approved plan, if that is asked for and no run was ever begun; whether it does.
    async fn make_it_wait(&self, request: &Request) -> Result<bool, Failure> {
        let waits = is_to_wait(request) && !self.has_run().await?;
        if waits {
            self.ledger.wait_for_plan(SystemClock.now()).await?;
        }
        Ok(waits)
    }

    async fn has_run(&self) -> Result<bool, Failure> {
        for mode in WRITING {
            if self.ledger.latest(mode).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
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

    /// Starts what follows from the deployment.
    async fn start(&self, kind: Kind, request: &Request) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        // Of a stack that is made in two attempts, the first of which asked for no approval, the first step was none that is made.
        let waits = self.ledger.marks().await?.waiting.is_some() || self.make_it_wait(request).await?;
        let later = |mode, begins| RunWork { not_before: Some(begins), ..RunWork::new(mode, now) };
        let work = match start(kind, request, waits) {
            Start::Nothing => None,
            Start::FullRun => Some(RunWork::new(Mode::Full, now)),
            // On the queue before the mark is lifted, so that a crash in between loses no run, and not due before that.
            Start::LetOff { runs } => runs.then(|| later(Mode::Full, now + LET_OFF)),
            Start::Wait => {
                tracing::info!("no run is started: {WAITS_FOR_PLAN}");
                // It takes the place from which on whatever changes is found, before anybody can make a plan.
                Some(RunWork::new(Mode::Sweep, now))
            }
            Start::RoleRun => {
                let begins = self.when_the_old_mapping_is_gone().await?;
                self.ledger.owe(begins).await?;
                Some(later(Mode::Sweep, begins))
            }
        };
        if let Some(work) = work {
            self.runs.send(&[work.message(RandomIds.fresh())]).await?;
        }
        if waits && !needs_approval(request) {
            // What an approved run wanted looked at was dropped, and by which mapping it has worked nobody asks any more.
            if self.initial_sync && self.has_run().await? {
                self.ledger.owe(now).await?;
            }
            self.ledger.stop_waiting().await?;
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
    Ok(Scope { groups, leaving, lens: None })
}

fn minimum_holders(request: &Request) -> Result<MinimumHolders, String> {
    let text = request.property("MinimumHolders").unwrap_or_default();
    MinimumHolders::parse(text).map_err(|error| format!("the parameter MinimumHolders cannot be used: {error}"))
}

/// What a deployment starts.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    Nothing,
    /// The initial sync, with the stack.
    FullRun,
    /// No run before a plan was approved.
    Wait,
    /// That is not wanted any more: the wait ends, and the initial sync runs, if it is to run with the stack.
    LetOff {
        runs: bool,
    },
    /// Another mapping or scope: everybody is compared.
    RoleRun,
}

/// `waits`: whether the first approved run is waited for.
fn start(kind: Kind, request: &Request, waits: bool) -> Start {
    let runs = request.property("Run") == Some("true");
    let is_for_all = || DECIDES_FOR_ALL.iter().any(|name| request.has_changed(name));
    match kind {
        _ if waits && needs_approval(request) => Start::Wait,
        _ if waits => Start::LetOff { runs },
        Kind::Create if runs && !needs_approval(request) => Start::FullRun,
        Kind::Update if is_for_all() => Start::RoleRun,
        Kind::Create | Kind::Update | Kind::Delete => Start::Nothing,
    }
}

/// Whether nothing is to be written before a plan was approved.
fn needs_approval(request: &Request) -> bool {
    request.property("FirstSyncNeedsApproval") == Some("true")
}

/// Only what is just being made is made to wait: nobody who is at work is, by whatever update.
fn is_to_wait(request: &Request) -> bool {
    request.request_type == Kind::Create && needs_approval(request)
}

fn counted(mapping: &Mapping) -> Map<String, serde_json::Value> {
    let groups: Vec<_> = mapping.mapped_groups().collect();
    let mut roles: Vec<_> = groups.iter().flat_map(|&group| mapping.roles_of(group)).collect();
    roles.sort();
    roles.dedup();
    Map::from_iter([("Groups".to_owned(), groups.len().into()), ("Roles".to_owned(), roles.len().into())])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What CloudFormation asks for, of these properties before and now.
    fn request(kind: Kind, before: &Value, now: &Value) -> Request {
        let request = json!({
            "RequestType": kind, "ResponseURL": "", "StackId": "", "RequestId": "", "LogicalResourceId": "FirstRun",
            "ResourceProperties": now, "OldResourceProperties": before,
        });
        Request::read(&request).unwrap()
    }

    fn properties(runs: bool, needs_approval: bool, revision: &str) -> Value {
        json!({
            "Run": runs.to_string(), "FirstSyncNeedsApproval": needs_approval.to_string(), "MappingRevision": revision
        })
    }

    fn made(runs: bool, needs_approval: bool) -> Request {
        request(Kind::Create, &json!({}), &properties(runs, needs_approval, "1"))
    }

    fn updated(before: bool, now: bool, revision: &str) -> Request {
        request(Kind::Update, &properties(true, before, "1"), &properties(true, now, revision))
    }

    #[test]
    fn a_first_deployment_runs_or_waits_as_it_is_told() {
        assert_eq!(start(Kind::Create, &made(true, false), false), Start::FullRun);
        assert_eq!(start(Kind::Create, &made(false, false), false), Start::Nothing);
        for runs in [true, false] {
            assert!(is_to_wait(&made(runs, true)) && !is_to_wait(&made(runs, false)));
            assert_eq!(start(Kind::Create, &made(runs, true), true), Start::Wait);
            // A run was begun before, and its message is handed out again.
            assert_eq!(start(Kind::Create, &made(runs, true), false), Start::Nothing);
        }
    }

    #[test]
    fn an_update_makes_nobody_wait() {
        for (before, now) in [(true, true), (false, true), (true, false), (false, false)] {
            assert!(!is_to_wait(&updated(before, now, "1")));
            assert_eq!(start(Kind::Update, &updated(before, now, "1"), false), Start::Nothing);
            assert_eq!(start(Kind::Update, &updated(before, now, "2"), false), Start::RoleRun);
        }
        // Nor does one to this version, which has the parameter, from one before it.
        let upgraded = request(Kind::Update, &json!({"Run": "true"}), &properties(true, false, "1"));
        assert!(!is_to_wait(&upgraded));
    }

    #[test]
    fn who_waits_goes_on_waiting_through_updates_until_it_is_not_wanted_any_more() {
        assert_eq!(start(Kind::Update, &updated(true, true, "2"), true), Start::Wait);
        assert_eq!(start(Kind::Update, &updated(true, false, "1"), true), Start::LetOff { runs: true });
        // Asked for a second time by CloudFormation, after the mark was lifted.
        assert_eq!(start(Kind::Update, &updated(true, false, "1"), false), Start::Nothing);
    }
}
