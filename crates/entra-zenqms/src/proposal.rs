//! `plan`: what a full run would write, shown value by value and kept to be approved. `apply`: does exactly that.

mod diff;
mod find;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use initial_sync::{Services, Settings, Silent, propose};
use jiff::Timestamp;
use lambda_host::Flow;
use serde::Serialize;
use serde_json::json;
use sync_core::domain::{DirectoryUserId, Mapping};
use sync_core::evidence::{Author, Intent};
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, FreshIds, Proposals, ProposalsWrite, Queue, Runs};
use sync_core::proposal::{Differences, Proposal, Proposed};
use sync_core::run::{Budget, Mode, RunId, RunReport};
use sync_core::work::RunWork;

use crate::cli::{ApplyOptions, PlanOptions};
use crate::exit;
use crate::output::NewFile;
use crate::progress::Bars;
use crate::stack::Stack;
use crate::sync::unless_being_removed;
use crate::tables::{self, thousands};

pub(crate) use find::find;

/// Of those who differ, so many are named.
const NAMED: usize = 20;

/// What would be written for a person.
#[derive(Debug, Serialize)]
struct Person {
    user: DirectoryUserId,
    #[serde(flatten)]
    intent: Intent,
}

pub(crate) async fn plan(options: PlanOptions) -> anyhow::Result<ExitCode> {
    let output = options.output.as_deref().map(NewFile::create).transpose()?;
    let stack = Stack::find(&options.stack).await?;
    let flow = signed_in(&stack).await?;
    let mapping = flow.ledger.mapping().await.map_err(|failure| stack.explained(failure))?;
    let settings = settings(&flow, &mapping);
    let made_at = flow.clock.now();
    let mut people = Vec::new();
    let bars = Bars::new(&Silent, None);
    let proposing = propose(services(&flow), settings, &bars, |subject, plan| {
        let nobody = Author::new(RunId::from_stored("plan".to_owned()));
        let intent = Intent::of(plan, subject.groups(), subject.is_deleted(), &mapping, nobody);
        people.push(Person { user: plan.user, intent });
    });
    let (report, proposed) = Box::pin(proposing).await?;
    bars.finish();
    if let Some(because) = &report.halted_because {
        bail!("a run would be halted: {because}");
    }
    let proposal = Proposal {
        plan: proposed.hash(),
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
        for person in &people {
            writeln!(file, "{}\n", diff::person(person.user, &person.intent))?;
        }
        file.flush().context("writing the plan")?;
        new.keep()?;
    }
    let code = exit::looked(!proposed.is_empty());
    if options.stack.json {
        tables::json(&json!({ "plan": proposal.plan, "report": report, "people": people }))?;
        return Ok(code);
    }
    stack.introduce();
    show(&people, &report, options.show);
    tell(&proposal, &stack.whereabouts.stack);
    Ok(code)
}

fn show(people: &[Person], report: &RunReport, most: usize) {
    tables::line("");
    for person in people.iter().take(most) {
        tables::line(&diff::person(person.user, &person.intent));
    }
    if people.len() > most {
        let more = thousands((people.len() - most) as u64);
        tables::line(&format!("... and {more} more people: --show N shows more, --output FILE writes all of them"));
    }
    tables::line("");
    tables::counts(&report.counts, true);
    tables::reasons(report);
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

/// What became of the wish to have a proposal carried out.
#[derive(Debug, Serialize)]
#[serde(tag = "apply", rename_all = "snake_case")]
enum Asked {
    /// It will be.
    Queued {
        /// For how many people the same would be written as was proposed.
        people: usize,
    },
    /// Somebody is at it, or at another one.
    UnderWay { run: RunId },
    /// What would be written now is something else.
    Differs { changed: Vec<DirectoryUserId>, gone: Vec<DirectoryUserId>, new: Vec<DirectoryUserId> },
}

pub(crate) async fn apply(options: ApplyOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let proposals = stack.ledger.proposals().await.map_err(|failure| stack.explained(failure))?;
    let now = SystemClock.now();
    let proposal = find(&proposals, &options.plan)?;
    find::ready(proposal, now, &stack.whereabouts.stack)?;
    unless_being_removed(&stack.ledger).await.map_err(|why| why.explained(&stack))?;
    let latest = stack.ledger.latest(Mode::Apply).await.map_err(|failure| stack.explained(failure))?;
    let asked = match latest.filter(|run| run.is_leased(now)) {
        Some(run) => Asked::UnderWay { run: run.id },
        None => {
            let differences = compare(&stack, proposal).await?;
            if differences.is_empty() || options.what_matches {
                let work = RunWork { proposal: Some(proposal.plan.clone()), ..RunWork::new(Mode::Apply, now) };
                let sent = stack.queues.runs.send(&[work.message(RandomIds.fresh())]).await;
                sent.map_err(|failure| stack.explained(failure))?;
                Asked::Queued { people: differences.alike }
            } else {
                let Differences { changed, gone, new, .. } = differences;
                Asked::Differs { changed, gone, new }
            }
        }
    };
    let code = exit::looked(matches!(asked, Asked::Differs { .. }));
    if options.stack.json {
        tables::json(&asked)?;
        return Ok(code);
    }
    stack.introduce();
    match &asked {
        Asked::Queued { people } => tables::good(&format!(
            "What was proposed for {} will be written; `entra-zenqms status` shows how far it is.",
            tables::counted(*people as u64, "person", "people")
        )),
        Asked::UnderWay { run } => tables::line(&format!("The run {run} is under way; nothing was asked for.")),
        Asked::Differs { changed, gone, new } => tables::bad(&refusal(proposal, changed, gone, new)),
    }
    if matches!(asked, Asked::Differs { .. }) {
        named(&asked);
    }
    Ok(code)
}

/// What would be written now, beside what was proposed.
async fn compare(stack: &Stack, proposal: &Proposal) -> anyhow::Result<Differences> {
    let flow = signed_in(stack).await?;
    let mapping = flow.ledger.mapping().await.map_err(|failure| stack.explained(failure))?;
    let settings = settings(&flow, &mapping);
    if settings.hash() != proposal.settings {
        bail!(
            "the settings, or the mapping, are others than when {} was made; make another: `entra-zenqms plan`",
            proposal.plan.short()
        );
    }
    let proposed: Proposed = stack.ledger.proposed(&proposal.plan).await.map_err(|failure| stack.explained(failure))?;
    let bars = Bars::new(&Silent, None);
    let (report, is) = Box::pin(propose(services(&flow), settings, &bars, |_, _| {})).await?;
    bars.finish();
    if let Some(because) = report.halted_because {
        bail!("the run would be halted: {because}");
    }
    Ok(proposed.differences(&is))
}

fn refusal(
    proposal: &Proposal,
    changed: &[DirectoryUserId],
    gone: &[DirectoryUserId],
    new: &[DirectoryUserId],
) -> String {
    let mut text =
        format!("What would be written now is not what {} proposes; nothing was done.", proposal.plan.short());
    for (people, what) in [
        (changed.len(), "something else would be written"),
        (gone.len(), "nothing would be written any more"),
        (new.len(), "something would be written that is not in it"),
    ] {
        if people > 0 {
            let _ = write!(text, " For {} {what}.", tables::counted(people as u64, "person", "people"));
        }
    }
    text.push_str(
        " Make another by `entra-zenqms plan`, or have only that done which is still as proposed: --what-matches.",
    );
    text
}

/// Who differs: the first of them.
fn named(asked: &Asked) {
    let Asked::Differs { changed, gone, new } = asked else { return };
    let all = [('~', changed), ('-', gone), ('+', new)];
    let lines: Vec<String> =
        all.into_iter().flat_map(|(sign, people)| people.iter().map(move |user| format!("  {sign} {user}"))).collect();
    lines.iter().take(NAMED).for_each(|line| tables::line(line));
    if lines.len() > NAMED {
        tables::line(&format!("  ... and {} more", thousands((lines.len() - NAMED) as u64)));
    }
}

async fn signed_in(stack: &Stack) -> anyhow::Result<Flow> {
    let flow = stack.flow().await?;
    // Asked for here and not by the first call of a service: what AWS refuses, it refuses to the operator.
    flow.vault.expires().await.map_err(|failure| stack.explained(failure))?;
    Ok(flow)
}

const fn settings<'a>(flow: &'a Flow, mapping: &'a Mapping) -> Settings<'a> {
    Settings {
        mapping,
        nesting: flow.nesting,
        initial_sync: flow.initial_sync,
        limits: &flow.limits,
        budget: Budget::UNLIMITED,
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

/// When something was approved or made, for an error.
fn at(time: Timestamp) -> String {
    format!("{} UTC", time.strftime("%Y-%m-%d %H:%M"))
}
