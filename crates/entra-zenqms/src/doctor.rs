//! `doctor`: looks at everything that a deployed stack needs, and says of each what it means and what is to be done. Writes
//! nothing, unless somebody is named as a canary: the stack looks at him as at anybody who has changed. Without a stack it looks at
//! what one would need of both services.

mod accounts;
mod assumptions;
mod at_work;
mod canary;
mod check;
mod deployed;
mod direct;
mod directory;
mod evidence;
mod intake;
mod mapping;
mod page;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use indicatif::ProgressBar;
use jiff::Timestamp;
use lambda_host::{Flow, Start};
use serde::Serialize;
use sync_core::domain::{GroupId, Mapping};
use sync_core::evidence::sample;
use sync_core::failure::Failure;
use sync_core::guard::HeldPerson;
use sync_core::io::dynamo::Ledger;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{
    AccountsFind, AccountsList, Clock, DirectoryChanges, DirectoryGroups, DirectoryPresence, DirectoryUsers, FreshIds,
    GroupMembers, Holds, Nesting, RolesList, SubscriptionRecord, SubscriptionRecords, Subscriptions,
};

use crate::cli::DoctorOptions;
use crate::exit;
use crate::person::Person;
use crate::source::{Place, Source};
use crate::stack::{Deployment, Queues, Stack};
use crate::status::{self, Status};
use crate::tables;

use check::{Check, Part, Verdict, worst};

/// All checks as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    place: &'a Place,
    verdict: Verdict,
    parts: &'a [Part],
}

pub(crate) async fn run(options: DoctorOptions) -> anyhow::Result<ExitCode> {
    let source = Source::find(&options.source).await?;
    // Boxed: it is large, and would stand on the stack of whoever polls it.
    let mut parts = match &source {
        Source::Stack(stack) => Box::pin(examine(stack)).await,
        Source::Direct(direct) => Box::pin(direct::examine(direct)).await,
    };
    if let (Source::Stack(stack), Some(person)) = (&source, &options.canary) {
        parts.push(Part { of: "Canary", checks: vec![canary(stack, person).await] });
    }
    let verdict = worst(&parts);
    if options.source.json {
        tables::json(&Document { place: &source.place(), verdict, parts: &parts })?;
    } else {
        source.introduce();
        tables::line("");
        tables::line(&page::text(&parts));
        tables::line("");
        match verdict {
            Verdict::Ok => tables::good("All is well."),
            Verdict::Warn => tables::good("It works; see what is marked warn."),
            Verdict::Bad => tables::bad("Something is wrong; see what is marked bad."),
        }
    }
    Ok(exit::looked(verdict == Verdict::Bad))
}

/// Has the stack look at somebody.
async fn canary(stack: &Stack, person: &Person) -> Check {
    let user = match stack.person(person).await {
        Ok(user) => user,
        Err(error) => return canary::unknown(&error),
    };
    let bar = ProgressBar::new_spinner().with_message(format!("waiting for a look at {user}"));
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let by = stack.operator();
    // Boxed, as what examines the stack is.
    let check = canary::check(&stack.ledger, &stack.queues.users, &SystemClock, &RandomIds, (user, &by));
    let check = Box::pin(check).await;
    bar.finish_and_clear();
    check
}

/// Looks at a stack. What a failure makes impossible to look at is left out, and the failure says so.
async fn examine(stack: &Stack) -> Vec<Part> {
    let Stack { whereabouts, ledger, queues, deployment, .. } = stack;
    let now = SystemClock.now();
    let explained = |failure| stack.explained(failure).to_string();
    let kept = Kept::read(ledger, queues, now).await.map_err(explained);
    let mut aws = vec![deployed::identity(whereabouts), deployed::status(&deployment.status)];
    let mut services = Vec::new();
    match stack.start().await {
        Err(error) => aws.push(deployed::unreadable(&error)),
        Ok(start) => {
            let flow = Flow::new(&start);
            aws.push(deployed::settings(&start, &flow));
            if let (Ok(flow), Ok(kept)) = (&flow, &kept) {
                aws.extend(mapping::goes_with(flow.graph.lens(), &kept.mapping));
            }
            if let Ok(flow) = &flow {
                let expires = flow.vault.expires().await.map_err(explained);
                aws.push(deployed::credentials(&expires, now));
                if expires.is_ok() {
                    let text = mapping_text(stack, &start).await;
                    let asked = (&flow.graph, &flow.zenqms, &flow.ids);
                    services = both_services(asked, text, flow.nesting, kept.as_ref().ok(), deployment).await;
                }
            }
            aws.push(intake::check(&start.transport, &deployment.notification_url, RandomIds.fresh()).await);
        }
    }
    let aws = Part { of: "AWS", checks: aws };
    let last = [at_work(&kept, deployment), evidence(stack).await];
    std::iter::once(aws).chain(services).chain(last).collect()
}

/// The mapping as it was deployed.
async fn mapping_text(stack: &Stack, start: &Start) -> Result<String, String> {
    let source = start.mapping_source().map_err(|error| error.to_string())?;
    source.read(&stack.deployment.mapping).await.map_err(|failure| failure.to_string())
}

/// The evidence: how it is kept, and whether it is what was written.
async fn evidence(Stack { evidence, ledger, whereabouts, .. }: &Stack) -> Part {
    let table = evidence.described().await.map_err(|error| error.to_string());
    let mut checks = evidence::table(&evidence.name, table.as_ref().map(Option::as_ref).map_err(String::as_str));
    if !matches!(table, Ok(None)) {
        let backed_up = evidence.backed_up().await.map_err(|error| error.to_string());
        let told = backed_up.as_ref().map(Option::as_ref).map_err(String::as_str);
        checks.push(evidence::recovery(&evidence.name, told));
        let found = sample(ledger, Ledger::among_heads(RandomIds.fresh()), evidence::PEOPLE).await;
        checks.push(evidence::chains(found, |failure| whereabouts.explained(failure).to_string()));
    }
    Part { of: "Evidence", checks }
}

/// What both services say.
async fn both_services<D, A>(
    services: (&D, &A, &impl FreshIds),
    mapping: Result<String, String>,
    nesting: Nesting,
    kept: Option<&Kept>,
    deployment: &Deployment,
) -> Vec<Part>
where
    D: DirectoryUsers + DirectoryPresence + DirectoryChanges + DirectoryGroups + GroupMembers + Subscriptions,
    A: AccountsList + AccountsFind + RolesList,
{
    let (directory, zenqms, ids) = services;
    let groups: Option<Vec<GroupId>> = kept.map(|kept| kept.mapping.groups().collect());
    let mapped = groups.as_ref().is_some_and(|groups| !groups.is_empty());
    let mut entra = directory::checks(directory, ids, groups.as_deref(), nesting).await;
    let zenqms_parts = accounts::parts(zenqms, mapped).await;
    let mut roles = Vec::new();
    if let Some(kept) = kept {
        let told: Vec<Check> = entra.iter().chain(zenqms_parts.iter().flat_map(|part| &part.checks)).cloned().collect();
        roles.extend(mapping::compare(services, mapping, &kept.mapping, nesting, &told).await);
        if kept.status.removal.is_none() {
            let (url, now) = (&deployment.notification_url, kept.status.at);
            entra.extend(at_work::subscriptions(directory, &kept.subscriptions, mapped, url, now).await);
        }
    }
    let entra = Part { of: "Entra ID", checks: entra };
    let roles = Part { of: "What is mapped", checks: roles };
    std::iter::once(entra).chain(zenqms_parts).chain([roles]).filter(|part| !part.checks.is_empty()).collect()
}

fn at_work(kept: &Result<Kept, String>, deployment: &Deployment) -> Part {
    let checks = match kept {
        Ok(kept) => at_work::checks(&kept.status, &kept.held, deployment),
        Err(why) => vec![Check::bad(
            "ledger and queues",
            tables::sentence(why),
            "Without them nothing can be said of runs, sweeps, queues and people.",
        )],
    };
    Part { of: "At work", checks }
}

/// What the ledger and the queues tell.
struct Kept {
    status: Status,
    mapping: Mapping,
    held: Vec<HeldPerson>,
    subscriptions: Vec<SubscriptionRecord>,
}

impl Kept {
    async fn read(ledger: &Ledger, queues: &Queues<SqsQueue>, now: Timestamp) -> Result<Self, Failure> {
        Ok(Self {
            status: status::read(ledger, queues, now).await?,
            mapping: ledger.mapping().await?,
            held: ledger.all_held().await?,
            subscriptions: ledger.records().await?,
        })
    }
}
