//! The demo's sixth part: a filter leaves out four people of ten, the directory reads empty, its listing breaks off, somebody deletes
//! a mapped group, and somebody's script disables far too many people at once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::bail;
use jiff::SignedDuration;
use serde::Serialize;
use sync_core::guard::{HeldPerson, PlanHash, approve};
use sync_core::ports::{Clock, Holds};
use uuid::Uuid;

use super::misreading::{self, Misreading};
use super::narrowed::{self, Narrowed};
use super::{PATIENCE, ROUNDS};
use crate::held;
use crate::installation::{Installation, Proof};
use crate::tables::{self, thousands};

/// One in so many people is disabled.
const ONE_IN: usize = 10;
const SWEEP: Duration = Duration::from_secs(8);
/// So many of those who are kept back are shown.
const SHOWN: usize = 4;
const VALID: SignedDuration = SignedDuration::from_hours(24);

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Disaster {
    /// What a filter that nobody meant would have taken.
    narrowed: Narrowed,
    /// What became of readings that were not true.
    misreading: Misreading,
    /// Roles that were held before a mapped group was deleted, and after.
    roles_before: usize,
    roles_after: usize,
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
            "\nThe guard keeps back what {} people would lose: a run may take roles from {}\n\
             of the linked accounts, and accounts from {}, without asking.\n",
            thousands(held.len() as u64),
            limits.role_losses_per_run,
            limits.deactivations_per_run
        ));
        held::print(&held, SHOWN);
        tables::line(&format!(
            "\nHere it is approved ({}); it is done as soon as the flows are at work.",
            plan.short()
        ));
    }
    approve_all(installation, &plan, "these roles were given by hand long ago").await
}

/// How many people that is; nobody, if what is kept back has changed meanwhile.
async fn approve_all(installation: &Installation, plan: &PlanHash, why: &str) -> anyhow::Result<usize> {
    let host = &installation.host;
    let when = (host.clients.clock.now(), VALID);
    let answer = approve(&host.store.ledger, &host.store.users, &host.ids, plan, ("demo", why), when).await?;
    Ok(answer.map_or(0, |approved| approved.people.len()))
}

pub(super) async fn play(installation: &Installation, told: bool) -> anyhow::Result<Disaster> {
    if told {
        tables::heading("6. Disasters");
    }
    let narrowed = narrowed::play(installation).await?;
    installation.subscribe().await?;
    Box::pin(installation.at_work(SWEEP, story(installation, narrowed, told))).await
}

async fn story(installation: &Installation, narrowed: Narrowed, told: bool) -> anyhow::Result<Disaster> {
    installation.rest(PATIENCE).await;
    let narrowed = narrowed::end(narrowed, installation, told).await?;
    let misreading = misreading::play(installation, told).await?;
    let (roles_before, roles_after) = lose_a_group(installation, told).await?;
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
        tables::line(&format!(
            "\nA script disables one person in ten: {} people at once in Entra ID, {} of them with an\n\
             account in use.\n",
            thousands(victims as u64),
            thousands(in_use.len() as u64)
        ));
    }
    let mut disaster = Disaster {
        narrowed,
        misreading,
        roles_before,
        roles_after,
        disabled: in_use.len(),
        taken: 0,
        held: 0,
        plan: PlanHash::of([]),
        approved: 0,
        agreed: false,
    };
    // On a busy machine not all of it is done at the first time.
    for _ in 0..ROUNDS {
        installation.settle(PATIENCE).await?;
        let held = installation.host.store.ledger.all_held().await?;
        if held.is_empty() {
            let proof: Proof = installation.prove().await?;
            let left = still_in_use(installation, &in_use);
            if disaster.held == 0 {
                disaster.taken = in_use.len() - left;
            }
            disaster.agreed = proof.holds() && left == 0;
            if disaster.agreed {
                break;
            }
            continue;
        }
        let plan = PlanHash::of(held.iter().map(|held| &held.withdrawal));
        if disaster.held == 0 {
            disaster.taken = in_use.len() - still_in_use(installation, &in_use);
            disaster.held = held.len();
            disaster.plan = plan.clone();
            if told {
                show(installation, disaster.taken, &held, &plan);
            }
        }
        disaster.approved += approve_all(installation, &plan, "the script was right after all").await?;
    }
    Ok(disaster)
}

/// Of a group that is gone Graph says that nobody is in it. That is no answer, and nobody loses a role for it.
async fn lose_a_group(installation: &Installation, told: bool) -> anyhow::Result<(usize, usize)> {
    let simulation = &installation.simulation;
    let roles = || simulation.world(|world| world.accounts.iter().map(|account| account.roles.len()).sum::<usize>());
    let before = roles();
    let group =
        installation.host.options.mapping.groups().next().and_then(|group| group.to_string().parse::<Uuid>().ok());
    let Some(group) = group else { return Ok((before, before)) };
    simulation.change(|editor| editor.delete_group(group));
    installation.settle(PATIENCE).await?;
    let after = roles();
    simulation.change(|editor| editor.restore_group(group));
    installation.rest(PATIENCE).await;
    if told {
        tables::line(&format!(
            "Somebody deletes a mapped group. {} roles were held before, {} are held after: of a group that is\n\
             gone Graph says that nobody is in it, and that is no answer. It is restored.",
            thousands(before as u64),
            thousands(after as u64)
        ));
    }
    Ok((before, after))
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
        "{} accounts were taken out of use: as many as a day may take without asking\n\
         ({limit} of the linked accounts). {} people are kept back, and keep their access:\n",
        thousands(taken as u64),
        thousands(held.len() as u64)
    ));
    held::print(held, SHOWN);
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
        self.narrowed.verdict()?;
        self.misreading.verdict()?;
        if self.roles_after < self.roles_before {
            bail!("{} roles were taken for a group that was deleted", self.roles_before - self.roles_after);
        }
        if !self.agreed {
            bail!("after the approval of {} people both sides still differ", self.approved);
        }
        if self.held == 0 {
            return Ok(format!("{} accounts followed, fewer than a day may take without asking.", self.taken));
        }
        Ok(format!(
            "Nothing was taken beyond the limit; after one approval the other {} accounts followed, and both sides agree.",
            thousands(self.approved as u64)
        ))
    }
}
