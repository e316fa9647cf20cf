//! The demo's fifth part: what a run would write is planned, read, approved, and done as far as it is still right.

use anyhow::{bail, ensure};
use initial_sync::{Silent, apply, propose};
use jiff::SignedDuration;
use serde::Serialize;
use simulator::AccountNumber;
use sync_core::domain::Operator;
use sync_core::guard::{Approval, PlanHash};
use sync_core::ports::{Clock, Proposals, ProposalsWrite};
use sync_core::proposal::Proposal;

use crate::installation::{Http, Installation};
use crate::proposal::{Differing, Person, diff};
use crate::tables;

/// So many titles are changed by hand.
const CHANGED: usize = 5;
/// So many of the people of the plan are shown.
const SHOWN: usize = 2;
const BY_HAND: &str = "Set by hand";
const ASKER: &str = "demo";
const VALID: SignedDuration = SignedDuration::from_hours(24);

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Planned {
    /// What was approved.
    plan: PlanHash,
    /// Titles that somebody has changed in ZenQMS by hand.
    by_hand: usize,
    /// People for whom something would be written then.
    people: usize,
    /// For how many of them something else would be written once one title was put right by hand, or nothing any more.
    differing: usize,
    /// Accounts that were written by what was approved.
    written: u64,
    /// Titles that are what Entra ID says at last.
    right: usize,
}

/// Nothing where fewer than two have a title that could be changed. The flows are not at work meanwhile: nobody has announced anything.
pub(super) async fn play(installation: &Installation, told: bool) -> anyhow::Result<Option<Planned>> {
    let titles = titles(installation);
    let [(first, title), _, ..] = titles.as_slice() else { return Ok(None) };
    for (account, _) in &titles {
        set_title(installation, *account, BY_HAND);
    }
    let host = &installation.host;
    let (plan, people) = propose_all(host).await?;
    if told {
        tables::heading("5. Plan, approve, apply");
        tables::line(&format!(
            "Somebody has changed {} in ZenQMS by hand, of which Entra ID\n\
             knows nothing. This is what `entra-zenqms plan` says that a run would write:\n",
            tables::counted(titles.len() as u64, "job title", "job titles")
        ));
        people.iter().take(SHOWN).for_each(|person| tables::line(&diff::person(person)));
        if people.len() > SHOWN {
            tables::line(&format!("... and {} more", people.len() - SHOWN));
        }
        tables::line(&format!(
            "\nIt is approved by its hash:\n\n    entra-zenqms approve {} --because \"...\" --stack ...\n\n\
             Then one of the titles is put right by hand, and `entra-zenqms apply` refuses:\n",
            plan.short()
        ));
    }
    approve(host, &plan).await?;
    set_title(installation, *first, title);
    let (proposal, differing) = compare(host, &plan).await?;
    let changed = differing.changed.len() + differing.gone.len() + differing.new.len();
    if told {
        tables::line(&tables::wrapped(&differing.refusal(&proposal), "    "));
    }
    let asker = Operator::new(ASKER);
    let settings = initial_sync::Settings { asked_by: Some(&asker), ..host.run_settings() };
    let report = Box::pin(apply(host.run_services(), settings, &plan, &Silent)).await?;
    let right = titles.iter().filter(|(account, title)| title_of(installation, *account) == *title).count();
    let planned = Planned {
        by_hand: titles.len(),
        people: people.len(),
        differing: changed,
        written: report.counts.updated,
        right,
        plan,
    };
    if told {
        tables::line(&format!(
            "\nWith --what-matches the others are written, and nothing else: {}.",
            tables::counted(planned.written, "account", "accounts")
        ));
    }
    Ok(Some(planned))
}

/// Accounts whose title is what Entra ID says, and what it is.
fn titles(installation: &Installation) -> Vec<(AccountNumber, String)> {
    installation.simulation.world(|world| {
        let titles = world.people.iter().filter_map(|person| {
            let (id, title) = (person.id.to_string(), person.job_title.as_deref()?);
            let account = world.accounts.by_external_id(&id).next()?;
            let is_meant = person.deleted.is_none() && account.is_active && &*account.title == title;
            is_meant.then(|| (account.id, title.to_owned()))
        });
        titles.take(CHANGED).collect()
    })
}

fn set_title(installation: &Installation, account: AccountNumber, title: &str) {
    installation.simulation.change(|editor| editor.update_account(account, |account| account.title = title.into()));
}

fn title_of(installation: &Installation, account: AccountNumber) -> String {
    installation.simulation.world(|world| {
        world.accounts.iter().find(|one| one.id == account).map(|one| one.title.to_string()).unwrap_or_default()
    })
}

/// As `entra-zenqms plan`.
async fn propose_all(host: &Http) -> anyhow::Result<(PlanHash, Vec<Person>)> {
    let (settings, mut people) = (host.run_settings(), Vec::new());
    let listener = |subject: &_, plan: &_| people.push(Person::of(subject, plan, settings.mapping));
    let (report, proposed) = Box::pin(propose(host.run_services(), settings, &Silent, listener)).await?;
    ensure!(report.halted_because.is_none(), "the plan was halted: {report:?}");
    let proposal = Proposal {
        plan: proposed.hash(&settings.hash()),
        made_at: host.clients.clock.now(),
        made_by: ASKER.to_owned(),
        settings: settings.hash(),
        people: people.len() as u64,
        approval: None,
    };
    host.store.ledger.propose(&proposal, &proposed).await?;
    Ok((proposal.plan, people))
}

/// As `entra-zenqms approve`.
async fn approve(host: &Http, plan: &PlanHash) -> anyhow::Result<()> {
    let at = host.clients.clock.now();
    let why = "nobody sets titles by hand".to_owned();
    let approval = Approval { by: ASKER.to_owned(), why, at, until: at + VALID, plan: plan.clone() };
    ensure!(host.store.ledger.approve_proposal(plan, &approval).await?, "the plan was forgotten");
    Ok(())
}

/// As `entra-zenqms apply`, before it asks for the run.
async fn compare(host: &Http, plan: &PlanHash) -> anyhow::Result<(Proposal, Differing)> {
    let ledger = &host.store.ledger;
    let Some(proposal) = ledger.proposal(plan).await? else { bail!("the plan was forgotten") };
    let proposed = ledger.proposed(&proposal).await?;
    let proposing = propose(host.run_services(), host.run_settings(), &Silent, |_, _| {});
    let (report, now) = Box::pin(proposing).await?;
    ensure!(report.halted_because.is_none(), "the comparison was halted: {report:?}");
    Ok((proposal, proposed.differences(&now).into()))
}

impl Planned {
    /// The good news.
    ///
    /// # Errors
    /// What went wrong.
    pub(super) fn verdict(&self) -> anyhow::Result<String> {
        if self.people != self.by_hand {
            bail!("{} titles were changed, and the plan has {} people", self.by_hand, self.people);
        }
        if self.differing != 1 {
            bail!("one person was put right after the plan was approved, and {} differ from it", self.differing);
        }
        if self.written + 1 != self.by_hand as u64 || self.right != self.by_hand {
            bail!("of {} titles {} were written, and {} are right", self.by_hand, self.written, self.right);
        }
        Ok(format!("What was approved was written, {} of {} titles, and nothing else.", self.written, self.by_hand))
    }
}
