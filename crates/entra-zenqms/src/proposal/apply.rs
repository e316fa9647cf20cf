use std::fmt::Write;
use std::process::ExitCode;

use anyhow::bail;
use initial_sync::{Silent, propose};
use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::DirectoryUserId;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, FreshIds, Proposals, Queue, Runs};
use sync_core::proposal::{Differences, Proposal};
use sync_core::run::{Mode, RunId};
use sync_core::work::RunWork;

use crate::cli::ApplyOptions;
use crate::exit;
use crate::progress::Bars;
use crate::stack::Stack;
use crate::sync::unless_being_removed;
use crate::tables::{self, counted, thousands};

use super::find::{find, ready};
use super::{services, settings};

/// Of those who differ, so many are named.
const NAMED: usize = 20;

/// What became of the wish to have a proposal carried out.
#[derive(Debug, Serialize)]
#[serde(tag = "apply", rename_all = "snake_case")]
pub(super) enum Asked {
    /// It will be.
    Queued {
        /// For how many people the same would be written as was proposed.
        people: usize,
    },
    /// Somebody is at it, or at another one.
    UnderWay { run: RunId },
    /// What would be written now is something else.
    Differs(Differing),
}

/// For whom something else would be written than was proposed.
#[derive(Debug, Serialize)]
pub(crate) struct Differing {
    pub(crate) changed: Vec<DirectoryUserId>,
    pub(crate) gone: Vec<DirectoryUserId>,
    pub(crate) new: Vec<DirectoryUserId>,
}

impl From<Differences> for Differing {
    fn from(Differences { changed, gone, new, alike: _ }: Differences) -> Self {
        Self { changed, gone, new }
    }
}

pub(crate) async fn apply(options: ApplyOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let proposals = stack.ledger.proposals().await.map_err(|failure| stack.explained(failure))?;
    let now = SystemClock.now();
    let proposal = find(&proposals, &options.plan)?;
    ready(proposal, now, &stack.whereabouts.stack)?;
    let asked = ask(&stack, proposal, options.what_matches, now).await?;
    if options.stack.json {
        tables::json(&asked)?;
    } else {
        stack.introduce();
        asked.tell(proposal);
    }
    Ok(exit::looked(!matches!(asked, Asked::Queued { .. })))
}

async fn ask(stack: &Stack, proposal: &Proposal, what_matches: bool, now: Timestamp) -> anyhow::Result<Asked> {
    unless_being_removed(&stack.ledger).await.map_err(|why| why.explained(stack))?;
    let latest = stack.ledger.latest(Mode::Apply).await.map_err(|failure| stack.explained(failure))?;
    if let Some(run) =
        latest.filter(|run| run.is_leased(now) || (run.is_running() && run.proposal.as_ref() != Some(&proposal.plan)))
    {
        return Ok(Asked::UnderWay { run: run.id });
    }
    let differences = compare(stack, proposal).await?;
    if !differences.is_empty() && !what_matches {
        return Ok(Asked::Differs(differences.into()));
    }
    if differences.alike == 0 {
        bail!("nothing would be written any more of what {} proposes; nothing was done", proposal.plan.short());
    }
    let (proposal, asked_by) = (Some(proposal.plan.clone()), Some(stack.operator()));
    let work = RunWork { proposal, asked_by, ..RunWork::new(Mode::Apply, now) };
    let sent = stack.queues.runs.send(&[work.message(RandomIds.fresh())]).await;
    sent.map_err(|failure| stack.explained(failure))?;
    Ok(Asked::Queued { people: differences.alike })
}

/// What would be written now, beside what was proposed.
async fn compare(stack: &Stack, proposal: &Proposal) -> anyhow::Result<Differences> {
    let flow = stack.flow().await?;
    let mapping = flow.mapping().await.map_err(|failure| stack.explained(failure))?;
    let settings = settings(&flow, &mapping);
    if settings.hash() != proposal.settings {
        bail!(
            "the settings, or the mapping, are others than when {} was made; make another: `entra-zenqms plan`",
            proposal.plan.short()
        );
    }
    let proposed = stack.ledger.proposed(proposal).await.map_err(|failure| stack.explained(failure))?;
    let bars = Bars::new(&Silent, None);
    let (report, is) = Box::pin(propose(services(&flow), settings, &bars, |_, _| {})).await?;
    bars.finish();
    if let Some(because) = report.halted_because {
        bail!("the run would be halted: {because}");
    }
    Ok(proposed.differences(&is))
}

impl Asked {
    fn tell(&self, proposal: &Proposal) {
        match self {
            Self::Queued { people } => tables::good(&format!(
                "What was proposed for {} will be written; `entra-zenqms status` shows how far it is.",
                counted(*people as u64, "person", "people")
            )),
            Self::UnderWay { run } => tables::line(&format!("The run {run} is under way; nothing was asked for.")),
            Self::Differs(differing) => {
                tables::bad(&differing.refusal(proposal));
                differing.named().iter().for_each(|line| tables::line(line));
            }
        }
    }
}

impl Differing {
    pub(crate) fn refusal(&self, proposal: &Proposal) -> String {
        let plan = proposal.plan.short();
        let mut text = format!("What would be written now is not what {plan} proposes; nothing was done.");
        for (people, what) in [
            (&self.changed, "something else would be written"),
            (&self.gone, "nothing would be written any more"),
            (&self.new, "something would be written that is not in it"),
        ] {
            if !people.is_empty() {
                let _ = write!(text, " For {} {what}.", counted(people.len() as u64, "person", "people"));
            }
        }
        text.push_str(
            " Make another by `entra-zenqms plan`, or have only that done which is still as proposed: --what-matches.",
        );
        text
    }

    /// Who differs: the first of them.
    pub(super) fn named(&self) -> Vec<String> {
        let all = [('~', &self.changed), ('-', &self.gone), ('+', &self.new)];
        let people =
            all.into_iter().flat_map(|(sign, people)| people.iter().map(move |user| format!("  {sign} {user}")));
        let mut lines: Vec<String> = people.collect();
        if lines.len() > NAMED {
            let more = thousands((lines.len() - NAMED) as u64);
            lines.truncate(NAMED);
            lines.push(format!("  ... and {more} more"));
        }
        lines
    }
}
