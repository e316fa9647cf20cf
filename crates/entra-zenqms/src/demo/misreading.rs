//! The first of the demo's disasters: Graph answers, and what it says of everybody is not true.

use anyhow::bail;
use initial_sync::Silent;
use serde::Serialize;
use simulator::{Fault, FaultKind, Route};
use sync_core::run::RunReport;

use crate::installation::Installation;
use crate::tables::{self, thousands};

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Misreading {
    /// Accounts that were in use before.
    in_use: usize,
    /// What a run made of a directory that reads empty.
    empty: Run,
    /// What a run made of a listing that lacks pages.
    short: Run,
}

#[derive(Debug, Serialize)]
struct Run {
    status: String,
    because: Option<String>,
    /// People who were listed, or asked after.
    people: u64,
    /// Accounts that are in use after it.
    in_use: usize,
}

/// A run that reads a directory which shows nobody, and one that reads a directory of which the listing breaks off.
pub(super) async fn play(installation: &Installation, told: bool) -> anyhow::Result<Misreading> {
    let in_use = installation.accounts_in_use();
    let empty = read(installation, Fault::on(Route::UsersList).kind(FaultKind::EmptyPage)).await?;
    let short = read(installation, Fault::on(Route::UsersList).nth(2).kind(FaultKind::ShortPage)).await?;
    let misreading = Misreading { in_use, empty, short };
    if told {
        tables::line(&misreading.told());
    }
    Ok(misreading)
}

async fn read(installation: &Installation, fault: Fault) -> anyhow::Result<Run> {
    installation.simulation.faults().add(fault);
    let RunReport { status, halted_because, counts, .. } = Box::pin(installation.host.full(&Silent)).await?;
    installation.simulation.faults().clear();
    Ok(Run {
        status: status.to_owned(),
        because: halted_because,
        people: counts.seen,
        in_use: installation.accounts_in_use(),
    })
}

impl Misreading {
    fn told(&self) -> String {
        format!(
            "The directory reads empty. A run that reads it so is {}: {} accounts were in use before it, and {}\n\
             are in use after it.\n\
             \n\
             The listing breaks off in its second page, and nothing says so. Whoever is linked and not on it is\n\
             asked after singly; {} accounts are in use after that.\n",
            self.empty.status,
            thousands(self.in_use as u64),
            thousands(self.empty.in_use as u64),
            thousands(self.short.in_use as u64),
        )
    }

    /// # Errors
    /// What went wrong.
    pub(super) fn verdict(&self) -> anyhow::Result<()> {
        if self.empty.status != "halted" {
            bail!("a run that read an empty directory was {}", self.empty.status);
        }
        if self.empty.in_use < self.in_use || self.short.in_use < self.in_use {
            bail!("somebody lost an account, and was only not listed");
        }
        Ok(())
    }
}
