use futures::future::try_join_all;
use jiff::Timestamp;
use sync_core::domain::Account;
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{
    AccountsFind, AccountsList, AccountsPage, AccountsWrite, Cleanups, Clock, Evidence, Paced, TracesWrite,
};
use sync_core::run::{Clearing, FailedAccount, Pass};

use crate::settings::Services;
use crate::stop::Stop;
use crate::whose::tell_apart;
use crate::work::Work;

/// The most pages that are asked for side by side.
pub(crate) const PAGES: u32 = 8;
/// No tenant has more pages of accounts: 10,000,000 accounts.
const MAX_PAGES: u32 = 100_000;
/// Failed accounts that the report names.
const NAMED: usize = 20;

impl<D, A, L, C> Work<'_, D, L, A, C>
where
    A: AccountsList + AccountsFind + AccountsWrite + Paced,
    L: Cleanups + Evidence + TracesWrite,
    C: Clock,
{
    /// Goes through all accounts, from the page that is next, and clears those that are ours.
    pub(crate) async fn go_through(&mut self, quiet_from: Timestamp) -> Result<(), Stop> {
        let mut width = 1;
        loop {
            self.check_time()?;
            let pages = read_pages(self.services.accounts, self.record.pass.page, width).await?;
            let listed: Vec<Account> = pages.iter().flat_map(|page| page.accounts.iter().cloned()).collect();
            let Services { accounts, ledger, clock, .. } = self.services;
            let at_work = (self.record.pass.began < quiet_from).then(|| clock.now());
            let told = tell_apart(accounts, ledger, &listed, &self.announced, at_work).await?;
            let found = told.ours.len();
            let failed = self.clear(told.ours).await?;

            let pass = &mut self.record.pass;
            pass.never_ours += told.never_ours;
            pass.in_doubt += told.in_doubt;
            count_failed(pass, failed);
            let left = match advance(pass, &pages) {
                Ok(left) => left,
                Err(failure) => {
                    self.record.pass = Pass::begin(self.services.clock.now());
                    return Err(failure.into());
                }
            };
            if found == 0 {
                self.save().await?;
            }
            let Some(left) = left else { return Ok(()) };
            // Where there is something to clear the pages come one by one, so that none is old when it is its turn.
            width = if found == 0 { (2 * width).min(PAGES) } else { 1 }.min(left);
        }
    }
}

fn count_failed(pass: &mut Pass, failed: Vec<(Clearing, FailedAccount)>) {
    for (clearing, account) in failed {
        pass.failed += 1;
        pass.failed_recorded += u64::from(clearing.recorded);
        if pass.failures.len() < NAMED {
            pass.failures.push(account);
        }
    }
}

pub(crate) async fn read_pages<A: AccountsList>(
    accounts: &A,
    from: u32,
    width: u32,
) -> Result<Vec<AccountsPage>, Failure> {
    try_join_all((from..from.saturating_add(width)).map(|number| accounts.page(number))).await
}

/// Takes the pages off the pass. Returns how many are left, or `None` after the last.
pub(crate) fn advance(pass: &mut Pass, pages: &[AccountsPage]) -> Result<Option<u32>, Failure> {
    let entries = |page: &AccountsPage| (page.accounts.len() + page.unreadable) as u64;
    pass.entries += pages.iter().map(entries).sum::<u64>();
    pass.page = pass.page.saturating_add(u32::try_from(pages.len()).unwrap_or(u32::MAX));
    let has_ended = pages.iter().any(|page| entries(page) == 0);
    let size = pages.iter().map(entries).max().unwrap_or_default().max(1);
    let inconsistent = |what| Err(Failure::new("listing ZenQMS's accounts", Cause::Inconsistent(what)));
    if pass.page > MAX_PAGES {
        return inconsistent(format!("the list of accounts does not end after {MAX_PAGES} pages"));
    }
    match pages.iter().filter_map(|page| page.total).max() {
        Some(total) if pass.entries >= total => Ok(None),
        Some(total) if has_ended => {
            inconsistent(format!("ZenQMS announced {total} accounts and listed {}", pass.entries))
        }
        Some(total) => Ok(Some(u32::try_from((total - pass.entries).div_ceil(size)).unwrap_or(u32::MAX))),
        None if has_ended => Ok(None),
        None => Ok(Some(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(entries: usize, total: Option<u64>) -> AccountsPage {
        AccountsPage { accounts: Vec::new(), unreadable: entries, total }
    }

    fn pass() -> Pass {
        Pass::begin(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_list_ends_where_its_total_says() {
        let mut pass = pass();
        assert_eq!(advance(&mut pass, &[page(100, Some(301))]).unwrap(), Some(3));
        assert_eq!(advance(&mut pass, &[page(100, Some(301)), page(100, Some(301))]).unwrap(), Some(1));
        assert_eq!(advance(&mut pass, &[page(1, Some(301))]).unwrap(), None);
        assert_eq!((pass.page, pass.entries), (5, 301));
    }

    #[test]
    fn without_a_total_it_ends_with_an_empty_page() {
        let mut pass = pass();
        assert_eq!(advance(&mut pass, &[page(100, None)]).unwrap(), Some(1));
        assert_eq!(advance(&mut pass, &[page(0, None)]).unwrap(), None);
    }

    #[test]
    fn a_list_that_comes_back_short_is_no_proof() {
        let mut pass = pass();
        assert_eq!(advance(&mut pass, &[page(50, Some(100))]).unwrap(), Some(1));
        let failure = advance(&mut pass, &[page(0, Some(100))]).unwrap_err();
        assert_eq!(failure.cause.code(), "inconsistent_listing");
    }
}
