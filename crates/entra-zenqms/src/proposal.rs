//! `plan`: what a full run would write, shown value by value, and by a stack kept to be approved. `apply`: does exactly that.

mod apply;
pub(crate) mod diff;
mod find;

#[cfg(test)]
mod tests;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use initial_sync::{Services, Settings, Silent, propose};
use jiff::Timestamp;
use lambda_host::Flow;
use serde::Serialize;
use sync_core::apply::Subject;
use sync_core::domain::{AccountId, DirectoryUserId, Mapping, Outside};
use sync_core::evidence::{Author, FieldChange, Intent, RoleChange, SettingsHash};
use sync_core::guard::PlanHash;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::plan::UserPlan;
use sync_core::ports::{Clock, Ending, ProposalsWrite};
use sync_core::proposal::{Proposal, Proposed};
use sync_core::run::{Budget, RunId, RunReport};

use crate::cli::PlanOptions;
use crate::direct::FORM;
use crate::exit;
use crate::new_file::NewFile;
use crate::progress::Bars;
use crate::source::{Place, Source};
use crate::stack::{Stack, Whereabouts};
use crate::tables::{self, thousands};
use crate::when;

pub(crate) use apply::{Differing, apply};

/// What would be written, as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    /// What can be approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a PlanHash>,
    /// The file with the settings, where there is no stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<&'a str>,
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
    let source = Source::find(&options.source).await?;
    let output = options.output.as_deref().map(NewFile::begin).transpose()?;
    let flow = source.flow().await?;
    let mapping = flow.mapping().await.map_err(|failure| source.explained(failure))?;
    let settings = settings(&flow, &mapping);
    let made_at = flow.clock.now();
    let (people, report, proposed) = Box::pin(planned(&flow, settings)).await?;
    let made = Made {
        of: source.place(),
        at: made_at,
        people: people.len() as u64,
        kept: match &source {
            Source::Stack(stack) => Some(kept(stack, (&proposed, people.len()), settings.hash(), made_at).await?),
            Source::Direct(_) => None,
        },
    };
    if let Some((new, file)) = output {
        let mut file = BufWriter::new(file);
        writeln!(file, "{}\n", made.headline())?;
        for person in &people {
            writeln!(file, "{}\n", anstream::adapter::strip_str(&diff::person(person)))?;
        }
        file.flush().context("writing the plan")?;
        new.finish()?;
    }
    let code = exit::looked(!proposed.is_empty());
    if options.source.json {
        tables::json(&made.document(&report, &people))?;
        return Ok(code);
    }
    source.introduce();
    show(&people, &report, options.show);
    match &made.of {
        Place::Stack(Whereabouts { stack, .. }) => tell(made.kept.as_ref(), stack),
        Place::Settings { .. } => tell_directly(made.people),
    }
    if let (Source::Stack(stack), true) = (&source, proposed.is_empty()) {
        let marks = stack.ledger.marks().await.map_err(|failure| stack.explained(failure))?;
        if marks.waiting.is_some() {
            tables::line(
                "So there is no plan to approve, which is waited for: deploy with FirstSyncNeedsApproval=false.",
            );
        }
    }
    Ok(code)
}

/// What a run would write, and for whom.
async fn planned(flow: &Flow, settings: Settings<'_>) -> anyhow::Result<(Vec<Person>, RunReport, Proposed)> {
    let mut people = Vec::new();
    let bars = Bars::new(&Silent, None);
    let proposing = propose(services(flow), settings, &bars, |subject, plan| {
        people.push(Person::of(subject, plan, settings.mapping));
    });
    let (report, proposed) = Box::pin(proposing).await?;
    bars.finish();
    if let Some(because) = &report.halted_because {
        bail!("a run would be halted: {because}");
    }
    Ok((people, report, proposed))
}

/// Keeps it to be approved, if there is anything in it.
async fn kept(
    stack: &Stack,
    (proposed, people): (&Proposed, usize),
    settings: SettingsHash,
    made_at: Timestamp,
) -> anyhow::Result<Proposal> {
    let proposal = Proposal {
        plan: proposed.hash(&settings),
        made_at,
        made_by: stack.whereabouts.acting_as.clone(),
        settings,
        people: people as u64,
        approval: None,
    };
    if !proposed.is_empty() {
        let kept = stack.ledger.propose(&proposal, proposed).await;
        kept.map_err(|failure| stack.explained(failure))?;
    }
    Ok(proposal)
}

/// A plan that was made.
struct Made {
    of: Place,
    at: Timestamp,
    people: u64,
    /// What can be approved; nothing where there is no stack that would keep it.
    kept: Option<Proposal>,
}

impl Made {
    fn document<'a>(&'a self, report: &'a RunReport, people: &'a [Person]) -> Document<'a> {
        let plan = self.kept.as_ref().map(|proposal| &proposal.plan);
        Document { plan, settings: self.of.settings(), report, people }
    }

    /// What ties a file to what is approved.
    fn headline(&self) -> String {
        let (at, people) = (when::at(self.at), tables::counted(self.people, "person", "people"));
        match (&self.kept, &self.of) {
            (Some(Proposal { plan, made_by, .. }), Place::Stack(Whereabouts { stack, .. })) => {
                format!(
                    "Plan {plan} of the stack {stack}, made {at} by {made_by}: {people}. Nothing of it was written."
                )
            }
            (_, Place::Settings { settings }) => format!(
                "Plan without a stack, by the settings in {settings}, made {at}: {people}. Nothing of it was written, and it \
                 cannot be approved. The guard's limits do not count in it."
            ),
            (None, Place::Stack(_)) => format!("Plan made {at}: {people}. Nothing of it was written."),
        }
    }
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

fn tell(proposal: Option<&Proposal>, stack: &str) {
    let Some(proposal) = proposal.filter(|proposal| proposal.people > 0) else {
        tables::good("\nNothing would be written.");
        return;
    };
    tables::line(&format!(
        "\nNothing was written. If it is meant, approve exactly this, and have it done:\n\n    \
         entra-zenqms approve {plan} --because \"...\" --stack {stack}\n    \
         entra-zenqms apply {plan} --stack {stack}\n",
        plan = proposal.plan.short()
    ));
}

fn tell_directly(people: u64) {
    if people == 0 {
        tables::good("\nNothing would be written.");
        return;
    }
    let told = format!(
        "Nothing was written, and nothing of this is kept: without a stack there is nothing to approve. What is to be approved is \
         planned by a deployed stack ({FORM}). The guard's limits and MINIMUM_HOLDERS do not count in a plan: what of it goes beyond \
         them, a first run that nobody has approved keeps back."
    );
    tables::line(&format!("\n{}", tables::wrapped(&told, "")));
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
