//! One of the demo's disasters: somebody writes a filter, and it leaves out four people of ten.

use anyhow::bail;
use initial_sync::Silent;
use serde::Serialize;
use sync_core::domain::{Admission, Leaving, Lens, Scope};
use sync_core::ports::Holds;

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
    /// Accounts that were in use before, and after.
    in_use: [usize; 2],
    /// From how many people the account is kept back.
    held: u64,
    /// From how many it still is, once the filter is as it was.
    held_at_last: usize,
}

/// Has everybody compared by a scope that nobody meant, and then by none again.
pub(super) async fn play(installation: &Installation, told: bool) -> anyhow::Result<Narrowed> {
    let before = installation.accounts_in_use();
    let lens =
        Lens { admission: Admission { filter: Some(FILTER.parse()?), ..Admission::default() }, ..Lens::default() };
    let narrow = installation.seen_through(&lens, Scope { leaving: Leaving::Deactivate, ..Scope::default() })?;
    let report = Box::pin(narrow.full(&Silent)).await?;
    let in_use = [before, installation.accounts_in_use()];
    let outside = report.skipped_by_reason.get("out_of_scope_filter").copied().unwrap_or_default();
    Box::pin(installation.host.full(&Silent)).await?;
    let held_at_last = installation.host.store.ledger.all_held().await?.len();
    let narrowed = Narrowed { outside, in_use, held: report.held, held_at_last };
    if told {
        tables::line(&narrowed.told());
    }
    Ok(narrowed)
}

impl Narrowed {
    fn told(&self) -> String {
        let [before, after] = self.in_use;
        format!(
            "Somebody sets ScopeFilter and LeavingScope=deactivate, and the filter leaves out {} people. From {} of\n\
             them an account would be taken: it is kept back. {} accounts were in use before, {} are in use\n\
             after. With the filter taken out again nobody waits for anything: {} are kept back.\n",
            thousands(self.outside),
            thousands(self.held),
            thousands(before as u64),
            thousands(after as u64),
            self.held_at_last,
        )
    }

    /// # Errors
    /// What went wrong.
    pub(super) fn verdict(&self) -> anyhow::Result<()> {
        let [before, after] = self.in_use;
        if after < before {
            bail!("a filter took {} accounts", before - after);
        }
        if self.held_at_last > 0 {
            bail!("{} people are kept back although the filter is gone", self.held_at_last);
        }
        Ok(())
    }
}
