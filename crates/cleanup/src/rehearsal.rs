use jiff::Timestamp;
use sync_core::domain::Account;
use sync_core::failure::Failure;
use sync_core::ports::{AccountsFind, AccountsList, Runs, Traces};
use sync_core::run::Pass;

use crate::pass::{PAGES, advance, read_pages};
use crate::report::{CleanupReport, LeftAlone};
use crate::runs;
use crate::settings::Services;
use crate::whose::tell_apart;

/// Says how many accounts a cleanup would clear now ([`CleanupReport::remaining`]) and what it would leave alone, writing
/// nothing, not even the mark.
///
/// # Errors
/// What could not be read.
pub async fn rehearse<D, A, L, C>(services: Services<'_, D, A, L, C>) -> Result<CleanupReport, Failure>
where
    A: AccountsList + AccountsFind,
    L: Traces + Runs,
{
    let Services { accounts, ledger, .. } = services;
    let announced = runs::announced(ledger).await?;
    let mut pass = Pass::begin(Timestamp::UNIX_EPOCH);
    let (mut ours, mut recorded) = (0, 0);
    let mut left = Some(1);
    while let Some(width) = left {
        let pages = read_pages(accounts, pass.page, width.min(PAGES)).await?;
        let listed: Vec<Account> = pages.iter().flat_map(|page| page.accounts.iter().cloned()).collect();
        let told = tell_apart(accounts, ledger, &listed, &announced, None).await?;
        ours += told.ours.len() as u64;
        recorded += told.ours.iter().filter(|clearing| clearing.recorded).count() as u64;
        pass.never_ours += told.never_ours;
        pass.in_doubt += told.in_doubt;
        left = advance(&mut pass, &pages)?;
    }
    let changed_since = ledger.links_left().await?.saturating_sub(recorded);
    Ok(CleanupReport {
        status: "planned",
        subscriptions_ended: 0,
        cleared: 0,
        left_alone: LeftAlone { never_ours: pass.never_ours, changed_since, in_doubt: pass.in_doubt },
        failed: Vec::new(),
        remaining: Some(ours),
    })
}
