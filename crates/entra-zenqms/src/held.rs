//! `held`: from whom something would be taken, and is not until somebody approves it. `approve`: does just that.

mod plan;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sync_core::domain::DirectoryUserId;
use sync_core::guard::{Approval, Approved, HeldPerson, PlanHash, approve as approve_plan};
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, Holds, Proposals, ProposalsWrite};
use sync_core::proposal::Proposal;

use crate::cli::{ApproveOptions, HeldOptions};
use crate::exit;
use crate::stack::Stack;
use crate::tables;
use crate::when::at_and_in;

use plan::{Shown, Wanted, loss};

/// What is kept back, as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    /// What a file of it is read back as, to be approved.
    #[serde(flatten)]
    shown: &'a Shown,
    approved: &'a [HeldPerson],
}

/// What was approved, as one JSON document.
#[derive(Serialize)]
#[serde(untagged)]
enum Granted<'a> {
    Held { approved: Vec<DirectoryUserId>, changed: Vec<DirectoryUserId>, by: &'a str },
    Proposed { plan: &'a PlanHash, people: u64, by: &'a str, until: Timestamp },
}

pub(crate) async fn run(options: HeldOptions) -> anyhow::Result<ExitCode> {
    let stack = Stack::find(&options.stack).await?;
    let held = stack.ledger.all_held().await.map_err(|failure| stack.explained(failure))?;
    let now = SystemClock.now();
    let (approved, open): (Vec<HeldPerson>, Vec<HeldPerson>) = held.into_iter().partition(|held| held.is_approved(now));
    let code = exit::looked(!open.is_empty());
    let shown = Shown::of(open);
    if options.stack.json {
        tables::json(&Document { shown: &shown, approved: &approved })?;
        return Ok(code);
    }
    stack.introduce();
    tables::line("");
    if !approved.is_empty() {
        let people = tables::counted(approved.len() as u64, "person is", "people are");
        tables::line(&format!("{people} approved already, and looked at once more.\n"));
    }
    if shown.people.is_empty() {
        tables::good("Nothing waits for approval.");
        return Ok(code);
    }
    print(&shown.people, usize::MAX);
    tables::line("");
    for line in reasons(&shown.people, now) {
        tables::line(&tables::wrapped(&line, ""));
    }
    tables::line(&format!(
        "\nIf it is meant, approve exactly this:\n\n    entra-zenqms approve {} --because \"...\" --stack {}\n",
        shown.plan.short(),
        stack.whereabouts.stack
    ));
    Ok(code)
}

impl<'a> Granted<'a> {
    fn held(approved: &[HeldPerson], changed: &[HeldPerson], by: &'a str) -> Self {
        let users = |people: &[HeldPerson]| people.iter().map(|held| held.withdrawal.user).collect();
        Self::Held { approved: users(approved), changed: users(changed), by }
    }

    const fn proposed(proposal: &'a Proposal, approval: &'a Approval) -> Self {
        let Approval { by, until, plan, .. } = approval;
        Self::Proposed { plan, people: proposal.people, by: by.as_str(), until: *until }
    }
}

/// People from whom something is kept back: the first of them.
pub(crate) fn print(held: &[HeldPerson], most: usize) {
    let row = |held: &HeldPerson| {
        vec![held.withdrawal.user.to_string(), loss(&held.withdrawal), held.because.code().to_owned()]
    };
    tables::table(&["person", "would lose", "because"], &held.iter().take(most).map(row).collect::<Vec<_>>());
    if held.len() > most {
        tables::line(&format!("... and {} more", tables::thousands((held.len() - most) as u64)));
    }
}

/// Why people are kept back, and since when the first of them.
fn reasons(people: &[HeldPerson], now: Timestamp) -> Vec<String> {
    let mut by_reason: Vec<_> = people.iter().map(|held| (held.because, held.since)).collect();
    by_reason.sort_unstable();
    let told = by_reason.chunk_by(|(one, _), (other, _)| one == other);
    told.filter_map(|same| {
        let (because, since) = same.first()?;
        let people = tables::counted(same.len() as u64, "person", "people");
        Some(format!("{people}: {because}; the first since {}.", at_and_in(*since, now)))
    })
    .collect()
}

pub(crate) async fn approve(options: ApproveOptions) -> anyhow::Result<()> {
    let wanted = Wanted::read(&options.plan)?;
    if options.because.trim().is_empty() {
        bail!("say why with --because: the approval is kept with it, and whoever has to explain the access reads it");
    }
    let stack = Stack::find(&options.stack).await?;
    let by = stack.whereabouts.acting_as.as_str();
    if let Some(proposal) = proposed(&stack, &wanted).await? {
        return approve_proposal(&stack, &proposal, &options).await;
    }
    let valid = SignedDuration::from_hours(i64::from(options.hours));
    let (ledger, queue) = (&stack.ledger, &stack.queues.users);
    let when = (SystemClock.now(), valid);
    let answer = approve_plan(ledger, queue, &RandomIds, wanted.hash(), (by, options.because.trim()), when);
    let answer = answer.await.map_err(|failure| stack.explained(failure))?;
    let Approved { people, changed } = match answer {
        Ok(approved) => approved,
        Err(refused) => {
            let now = ledger.all_held().await.map_err(|failure| stack.explained(failure))?;
            let open: Vec<HeldPerson> = now.into_iter().filter(|held| !held.is_approved(when.0)).collect();
            bail!("{}", wanted.refusal(&refused.now, &open));
        }
    };
    if options.stack.json {
        return tables::json(&Granted::held(&people, &changed, by));
    }
    stack.introduce();
    let all = tables::counted(people.len() as u64, "person", "people");
    tables::good(&format!(
        "Approved. {all} will be looked at once more, and lose what was shown if that is still right."
    ));
    if !changed.is_empty() {
        let people = tables::counted(changed.len() as u64, "person was", "people were");
        tables::bad(&format!("{people} not what was shown any more, and wait on: `entra-zenqms held`."));
    }
    Ok(())
}

/// The proposal that is meant, if it is one.
async fn proposed(stack: &Stack, wanted: &Wanted) -> anyhow::Result<Option<Proposal>> {
    let proposals = stack.ledger.proposals().await.map_err(|failure| stack.explained(failure))?;
    Ok(proposals.into_iter().find(|proposal| proposal.plan.is_meant_by(wanted.hash())))
}

async fn approve_proposal(stack: &Stack, proposal: &Proposal, options: &ApproveOptions) -> anyhow::Result<()> {
    let (plan, now) = (&proposal.plan, SystemClock.now());
    let approval = Approval {
        by: stack.whereabouts.acting_as.clone(),
        why: options.because.trim().to_owned(),
        at: now,
        until: now + SignedDuration::from_hours(i64::from(options.hours)),
        plan: plan.clone(),
    };
    // What stands in the ledger under this name has to be what the name says.
    stack.ledger.proposed(proposal).await.map_err(|failure| stack.explained(failure))?;
    if !stack.ledger.approve_proposal(plan, &approval).await.map_err(|failure| stack.explained(failure))? {
        bail!("{} was forgotten meanwhile; nothing was approved", plan.short());
    }
    if options.stack.json {
        return tables::json(&Granted::proposed(proposal, &approval));
    }
    stack.introduce();
    let people = tables::counted(proposal.people, "person", "people");
    tables::good(&format!("Approved: what was proposed for {people}, until {}.", at_and_in(approval.until, now)));
    tables::line(&format!("Have it done: entra-zenqms apply {} --stack {}", plan.short(), stack.whereabouts.stack));
    Ok(())
}
