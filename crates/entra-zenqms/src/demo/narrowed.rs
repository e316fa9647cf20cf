//! One of the demo's disasters: somebody writes a filter, and it leaves out four people of ten.

use anyhow::bail;
use initial_sync::Silent;
use serde::Serialize;
use sync_core::domain::{Admission, Leaving, Lens, Scope};
use sync_core::ports::Holds;

use super::{PATIENCE, ROUNDS};
use crate::installation::Installation;
use crate::tables::{self, thousands};

/// Meant were trainees; most people have their level in their title.
const FILTER: &str =
    "not (startsWith(jobTitle, 'Junior') or startsWith(jobTitle, 'Senior') or startsWith(jobTitle, 'Lead'))";

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Narrowed {
    /// People whom the filter leaves out.
    outside: u64,
    /// Accounts that were in use before, after, and once the filter is as it was.
    in_use: [usize; 3],
    /// From how many people the account is kept back.
    held: u64,
    /// From how many it still is, once the filter is as it was.
    held_at_last: usize,
}

/// Has everybody compared by a scope that nobody meant, and then by none again. Before the flows are at work: they go by the
/// settings as they were.
pub(super) async fn play(installation: &Installation) -> anyhow::Result<Narrowed> {
    let before = installation.accounts_in_use();
    let lens =
        Lens { admission: Admission { filter: Some(FILTER.parse()?), ..Admission::default() }, ..Lens::default() };
    let narrow = installation.seen_through(&lens, Scope { leaving: Leaving::Deactivate, ..Scope::default() })?;
    let report = Box::pin(narrow.full(&Silent)).await?;
    let after = installation.accounts_in_use();
    let outside = report.skipped_by_reason.get("out_of_scope_filter").copied().unwrap_or_default();
    Box::pin(installation.host.full(&Silent)).await?;
    let in_use = [before, after, installation.accounts_in_use()];
    Ok(Narrowed { outside, in_use, held: report.held, held_at_last: 0 })
}

/// Looks at what is left of it, once the flows have let off whoever loses nothing any more.
pub(super) async fn end(narrowed: Narrowed, installation: &Installation, told: bool) -> anyhow::Result<Narrowed> {
    let held = async || anyhow::Ok(installation.host.store.ledger.all_held().await?.len());
    let mut held_at_last = held().await?;
    // On a busy machine not everybody is looked at in the first time.
    for _ in 0..ROUNDS {
        if held_at_last == 0 {
            break;
        }
        installation.rest(PATIENCE).await;
        held_at_last = held().await?;
    }
    let narrowed = Narrowed { held_at_last, ..narrowed };
    if told {
        tables::line(&narrowed.told());
    }
    Ok(narrowed)
}

impl Narrowed {
    fn told(&self) -> String {
        let [before, after, at_last] = self.in_use.map(|accounts| thousands(accounts as u64));
        let taken = match self.held {
            0 => "The accounts of those who have one are fewer than a run may take without asking.".to_owned(),
            held => format!("What {} of them would lose is kept back.", thousands(held)),
        };
        format!(
            "Somebody sets ScopeFilter and LeavingScope=deactivate, and the filter leaves out {} people.\n\
             {taken}\n\
             {before} accounts were in use before it, {after} with it, and {at_last} once it is taken out again;\n\
             {} people are kept back then.\n",
            thousands(self.outside),
            self.held_at_last,
        )
    }

    /// # Errors
    /// What went wrong.
    pub(super) fn verdict(&self) -> anyhow::Result<()> {
        let [before, after, at_last] = self.in_use;
        if self.held > 0 && after < before {
            bail!("a filter took {} accounts, and kept others back", before - after);
        }
        if at_last < before {
            bail!("{} accounts are out of use although the filter is gone", before - at_last);
        }
        if self.held_at_last > 0 {
            bail!("{} people are kept back although the filter is gone", self.held_at_last);
        }
        Ok(())
    }
}
