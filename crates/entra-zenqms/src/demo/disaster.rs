//! The demo's fifth part: somebody's script disables far too many people at once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::bail;
use jiff::SignedDuration;
use serde::Serialize;
use sync_core::guard::{HeldPerson, PlanHash, approve};
use sync_core::ports::{Clock, Holds};
use uuid::Uuid;

use crate::installation::{Installation, Proof};
use crate::tables::{self, thousands};

/// One in so many people is disabled.
const ONE_IN: usize = 10;
const SWEEP: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(40);
/// So many of those who are kept back are shown.
const SHOWN: usize = 4;
const VALID: SignedDuration = SignedDuration::from_hours(24);

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Disaster {
    /// People whom the script disabled, and who had an account in use.
    disabled: usize,
    /// Of these, whose account was taken out of use without asking.
    taken: usize,
    /// Who is kept back.
    held: usize,
    /// What is to be approved.
    plan: PlanHash,
    /// Whose account was taken out of use once it was approved.
    approved: usize,
    /// Whether a plan for everybody finds nothing to write then, and nobody kept back.
    agreed: bool,
}

/// What the initial sync would have taken, and has kept back: the roles that people hold whom no group gives them. It is approved
/// here, as the quality manager would after reading it.
pub(super) async fn approve_what_the_sync_kept_back(installation: &Installation, told: bool) -> anyhow::Result<usize> {
    let held = installation.host.store.ledger.all_held().await?;
    if held.is_empty() {
        return Ok(0);
    }
    let plan = PlanHash::of(held.iter().map(|held| &held.withdrawal));
    if told {
        let limits = &installation.host.options.limits;
        tables::line(&format!(
            "\nThe guard keeps back what {} people would lose: a run may take roles from {} of the\n\
             linked accounts, and accounts from {}, without asking.\n",
            thousands(held.len() as u64),
            limits.role_losses_per_run,
            limits.deactivations_per_run
        ));
        tables::held(&held, SHOWN);
        tables::line(&format!(
            "\nHere it is approved ({}); it is done as soon as the flows are at work.",
            plan.short()
        ));
    }
    approve_all(installation, &plan, "these roles were given by hand long ago").await
}

async fn approve_all(installation: &Installation, plan: &PlanHash, why: &str) -> anyhow::Result<usize> {
    let host = &installation.host;
    let when = (host.clients.clock.now(), VALID);
    match approve(&host.store.ledger, &host.store.users, &host.ids, plan, ("the demo", why), when).await? {
        Ok(approved) => Ok(approved.people.len()),
        Err(_) => bail!("what is kept back has changed while it was looked at"),
    }
}

pub(super) async fn play(installation: &Installation, told: bool) -> anyhow::Result<Disaster> {
    installation.subscribe().await?;
    installation.at_work(SWEEP, story(installation, told)).await
}

async fn story(installation: &Installation, told: bool) -> anyhow::Result<Disaster> {
    installation.rest(PATIENCE).await;
    let ledger = &installation.host.store.ledger;
    let (victims, in_use) = installation.simulation.change(|editor| {
        let in_use = |id: &Uuid| {
            let id = id.to_string();
            editor.accounts.iter().any(|account| account.is_active && account.external_id.as_deref() == Some(&id))
        };
        let everybody =
            editor.people.iter().filter(|person| person.account_enabled == Some(true) && person.deleted.is_none());
        let victims: Vec<Uuid> = everybody.map(|person| person.id).step_by(ONE_IN).collect();
        let linked: BTreeSet<String> = victims.iter().filter(|id| in_use(id)).map(Uuid::to_string).collect();
        for id in &victims {
            editor.update_person(*id, |person| person.account_enabled = Some(false));
        }
        (victims.len(), linked)
    });
    if told {
        tables::heading("5. A disaster: a script disables one person in ten");
        tables::line(&format!(
            "{} people are disabled in Entra ID at once, {} of them with an account in use.\n",
            thousands(victims as u64),
            thousands(in_use.len() as u64)
        ));
    }
    installation.rest(PATIENCE).await;
    // Of some no notification came.
    installation.sweep().await?;
    installation.rest(PATIENCE).await;
    let held = ledger.all_held().await?;
    let taken = in_use.len() - still_in_use(installation, &in_use);
    let plan = PlanHash::of(held.iter().map(|held| &held.withdrawal));
    if told {
        show(installation, taken, &held, &plan);
    }
    let approved = approve_all(installation, &plan, "the script was right after all").await?;
    installation.rest(PATIENCE).await;
    installation.sweep().await?;
    installation.rest(PATIENCE).await;
    let left = still_in_use(installation, &in_use);
    let proof: Proof = installation.prove().await?;
    Ok(Disaster { disabled: in_use.len(), taken, held: held.len(), plan, approved, agreed: proof.holds() && left == 0 })
}

fn still_in_use(installation: &Installation, people: &BTreeSet<String>) -> usize {
    installation.simulation.world(|world| {
        let of_them = |id: &str| people.contains(id);
        let accounts = world.accounts.iter().filter(|account| account.is_active);
        accounts.filter(|account| account.external_id.as_deref().is_some_and(of_them)).count()
    })
}

fn show(installation: &Installation, taken: usize, held: &[HeldPerson], plan: &PlanHash) {
    let limit = installation.host.options.limits.deactivations_per_day;
    tables::line(&format!(
        "{} accounts were taken out of use: as many as a day may take without asking ({limit} of\n\
         the linked accounts). {} people are kept back, and keep their access:\n",
        thousands(taken as u64),
        thousands(held.len() as u64)
    ));
    tables::held(held, SHOWN);
    tables::line(&format!(
        "\nWhoever has made sure that this is meant approves exactly that, by its hash:\n\n    \
         entra-zenqms approve {} --because \"...\" --stack ...\n",
        plan.short()
    ));
}

impl Disaster {
    /// The good news.
    ///
    /// # Errors
    /// What went wrong.
    pub(super) fn verdict(&self) -> anyhow::Result<String> {
        if !self.agreed {
            bail!("after the approval of {} people both sides still differ", self.approved);
        }
        Ok(format!(
            "Nothing was taken beyond the limit; after one approval the other {} accounts followed, and both sides agree.",
            thousands(self.approved as u64)
        ))
    }
}
