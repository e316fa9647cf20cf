//! `plan`: what a full run would write, shown value by value and kept to be approved. `apply`: does exactly that.

mod apply;
pub(crate) mod diff;
mod find;

#[cfg(test)]
mod tests;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use initial_sync::{Services, Settings, Silent, propose};
use lambda_host::Flow;
use serde::Serialize;
use sync_core::apply::Subject;
use sync_core::domain::{AccountId, DirectoryUserId, Mapping, Outside};
use sync_core::evidence::{Author, FieldChange, Intent, RoleChange};
use sync_core::guard::PlanHash;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::plan::UserPlan;
use sync_core::ports::{Clock, Ending, ProposalsWrite};
use sync_core::proposal::Proposal;
use sync_core::run::{Budget, RunId, RunReport};

use crate::cli::PlanOptions;
use crate::exit;
use crate::new_file::NewFile;
use crate::progress::Bars;
use crate::stack::Stack;
use crate::tables::{self, thousands};
use crate::when;

pub(crate) use apply::{Differing, apply};

/// What would be written, as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    plan: &'a PlanHash,
    report: &'a RunReport,
    people: &'a [Person],
}

/// What would be written for a person.
#[derive(Debug, Serialize)]
pub(crate) struct Person {
    user: DirectoryUserId,
    /// None for one that is to be created.
    account: Option<AccountId>,
    /// Whether Entra ID has deleted him.
    deleted: bool,
    /// What puts him outside the scope, if he is.
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<Outside>,
    fields: Vec<FieldChange>,
    given: Vec<RoleChange>,
    taken: Vec<RoleChange>,
}

impl Person {
    pub(crate) fn of(subject: &Subject, plan: &UserPlan, mapping: &Mapping) -> Self {
        let nobody = Author::new(RunId::from_stored("plan".to_owned()));
        let Intent { account, deleted, outside, fields, given, taken, by: _ } = subject.intent(plan, mapping, nobody);
        Self { user: plan.user, account, deleted, outside, fields, given, taken }
    }
}

pub(crate) async fn plan(options: PlanOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let output = options.output.as_deref().map(NewFile::begin).transpose()?;
    let flow = stack.flow().await?;
    let mapping = flow.mapping().await.map_err(|failure| stack.explained(failure))?;
    let settings = settings(&flow, &mapping);
    let made_at = flow.clock.now();
    let mut people = Vec::new();
    let bars = Bars::new(&Silent, None);
    let proposing = propose(services(&flow), settings, &bars, |subject, plan| {
        people.push(Person::of(subject, plan, &mapping));
    });
    let (report, proposed) = Box::pin(proposing).await?;
    bars.finish();
    if let Some(because) = &report.halted_because {
        bail!("a run would be halted: {because}");
    }
    let proposal = Proposal {
        plan: proposed.hash(&settings.hash()),
        made_at,
        made_by: stack.whereabouts.acting_as.clone(),
        settings: settings.hash(),
        people: people.len() as u64,
        approval: None,
    };
    if !proposed.is_empty() {
        let kept = stack.ledger.propose(&proposal, &proposed).await;
        kept.map_err(|failure| stack.explained(failure))?;
    }
    if let Some((new, file)) = output {
        let mut file = BufWriter::new(file);
        writeln!(file, "{}\n", headline(&proposal, &stack.whereabouts.stack))?;
        for person in &people {
            writeln!(file, "{}\n", anstream::adapter::strip_str(&diff::person(person)))?;
        }
        file.flush().context("writing the plan")?;
        new.finish()?;
    }
    let code = exit::looked(!proposed.is_empty());
    if options.stack.json {
        tables::json(&Document { plan: &proposal.plan, report: &report, people: &people })?;
        return Ok(code);
    }
    stack.introduce();
    show(&people, &report, options.show);
    tell(&proposal, &stack.whereabouts.stack);
    if proposed.is_empty() {
        let marks = stack.ledger.marks().await.map_err(|failure| stack.explained(failure))?;
        if marks.waiting.is_some() {
            tables::line(
                "So there is no plan to approve, which is waited for: deploy with FirstSyncNeedsApproval=false.",
            );
        }
    }
    Ok(code)
}

fn show(people: &[Person], report: &RunReport, most: usize) {
    tables::line("");
    for person in people.iter().take(most) {
        tables::line(&diff::person(person));
    }
    if people.len() > most {
        let more = thousands((people.len() - most) as u64);
        tables::line(&format!("... and {more} more people: --show N shows more, --output FILE writes all of them"));
    }
    tables::line("");
    tables::counts(&report.counts, true);
    tables::reasons(report);
}

/// What ties a file to what is approved.
fn headline(proposal: &Proposal, stack: &str) -> String {
    format!(
        "Plan {} of the stack {stack}, made {} by {}: {}. Nothing of it was written.",
        proposal.plan,
        when::at(proposal.made_at),
        proposal.made_by,
        tables::counted(proposal.people, "person", "people")
    )
}

fn tell(proposal: &Proposal, stack: &str) {
    if proposal.people == 0 {
        tables::good("\nNothing would be written.");
        return;
    }
    tables::line(&format!(
        "\nNothing was written. If it is meant, approve exactly this, and have it done:\n\n    \
         entra-zenqms approve {plan} --because \"...\" --stack {stack}\n    \
         entra-zenqms apply {plan} --stack {stack}\n",
        plan = proposal.plan.short()
    ));
}

fn settings<'a>(flow: &'a Flow, mapping: &'a Mapping) -> Settings<'a> {
    Settings {
        mapping,
        nesting: flow.nesting,
        initial_sync: flow.initial_sync,
        limits: &flow.limits,
        lens: flow.graph.lens(),
        budget: Budget::UNLIMITED,
        asked_by: None,
        dice: 0,
    }
}

type FlowServices<'a> = Services<
    'a,
    lambda_host::Graph,
    lambda_host::Zenqms,
    sync_core::io::dynamo::Ledger,
    sync_core::io::sqs::SqsQueue,
    SystemClock,
    RandomIds,
>;

const fn services(flow: &Flow) -> FlowServices<'_> {
    Services {
        directory: &flow.graph,
        accounts: &flow.zenqms,
        ledger: &flow.ledger,
        users: &flow.users,
        groups: &flow.users,
        clock: &flow.clock,
        ids: &flow.ids,
    }
}
