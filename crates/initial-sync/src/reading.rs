use std::sync::Mutex;

use futures::{StreamExt, TryStreamExt, stream};
use sync_core::domain::{GroupId, Mapping};
use sync_core::failure::{Cause, Disposition, Failure};
use sync_core::index::{AccountIndex, Memberships};
use sync_core::members::list_members;
use sync_core::ports::{AccountsList, AccountsPage, GroupMembers, Nesting};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;

/// Pages of accounts that are asked for side by side. What the service bears is the gate's affair; this only has to
/// exceed rate × latency.
const ACCOUNT_PAGES: usize = 8;
/// Groups that are read side by side.
const GROUPS: usize = 4;
/// No tenant has more pages of accounts: 10,000,000 accounts.
const MAX_ACCOUNT_PAGES: u32 = 100_000;
/// How often a listing is read again that came back short, or whose page token expired.
const ATTEMPTS: usize = 3;

/// Reads every account into an index. Says how many entries of the list could not be read.
pub(crate) async fn read_accounts(
    accounts: &impl AccountsList,
    observer: &impl Observer,
) -> Result<(AccountIndex, u64), Stop> {
    let mut attempt = 1;
    loop {
        match read_accounts_once(accounts, observer).await {
            Err(Stop::Failed(Failure { cause: Cause::Inconsistent(_), .. })) if attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

async fn read_accounts_once(
    accounts: &impl AccountsList,
    observer: &impl Observer,
) -> Result<(AccountIndex, u64), Stop> {
    let mut reader = AccountsReader { observer, index: AccountIndex::default(), unreadable: 0 };
    let first = accounts.page(1).await?;
    let total = first.total;
    observer.on(&Event::Entered { stage: Stage::Accounts, expected: total });
    let page_size = (first.accounts.len() + first.unreadable) as u64;
    if let Some(total) = total {
        reader.index.reserve(usize::try_from(total).unwrap_or(usize::MAX).min(MAX_ACCOUNT_PAGES as usize * 100));
    }
    reader.take(&first)?;

    // The service may send smaller pages than were asked for: how many there are follows from the first.
    let pages = match total {
        Some(total) if page_size > 0 => {
            u32::try_from(total.div_ceil(page_size)).unwrap_or(u32::MAX).min(MAX_ACCOUNT_PAGES)
        }
        _ => 1,
    };
    let mut rest = stream::iter(2..=pages).map(|number| accounts.page(number)).buffer_unordered(ACCOUNT_PAGES);
    while let Some(page) = rest.try_next().await? {
        reader.take(&page)?;
    }

    // Without a total, and when accounts were created meanwhile: until a page comes back empty.
    let mut number = pages;
    while page_size > 0 && total.is_none_or(|total| reader.entries() < total) {
        number += 1;
        let page = accounts.page(number).await?;
        if page.accounts.is_empty() && page.unreadable == 0 {
            break;
        }
        if number > MAX_ACCOUNT_PAGES {
            return Err(inconsistent(format!("the list of accounts does not end after {MAX_ACCOUNT_PAGES} pages")));
        }
        reader.take(&page)?;
    }
    if let Some(total) = total.filter(|&total| reader.entries() < total) {
        let entries = reader.entries();
        return Err(inconsistent(format!("ZenQMS announced {total} accounts and listed {entries}")));
    }
    Ok((reader.index, reader.unreadable))
}

struct AccountsReader<'a, O> {
    observer: &'a O,
    index: AccountIndex,
    unreadable: u64,
}

impl<O: Observer> AccountsReader<'_, O> {
    fn take(&mut self, page: &AccountsPage) -> Result<(), Stop> {
        for account in &page.accounts {
            self.index.insert(account).map_err(|full| Stop::Halt(full.to_string()))?;
        }
        self.unreadable += page.unreadable as u64;
        self.observer.on(&Event::Advanced { stage: Stage::Accounts, by: page.accounts.len() as u64 });
        Ok(())
    }

    fn entries(&self) -> u64 {
        self.index.len() as u64 + self.unreadable
    }
}

/// Reads who is in which mapped group. A group that cannot be read whole stays unread: nobody loses a role for it.
pub(crate) async fn read_memberships(
    directory: &impl GroupMembers,
    mapping: &Mapping,
    nesting: Nesting,
    index: &AccountIndex,
    observer: &impl Observer,
) -> Result<Memberships, Stop> {
    let memberships = Mutex::new(Memberships::unread(mapping));
    observer.on(&Event::Entered { stage: Stage::Members, expected: Some(mapping.groups().len() as u64) });
    let is_of_the_scope = |group| mapping.scope().groups.contains(&group);
    stream::iter(mapping.groups())
        .map(|group| read_group(directory, (group, is_of_the_scope(group)), nesting, index, &memberships, observer))
        .buffer_unordered(GROUPS)
        .try_for_each(|()| async { Ok(()) })
        .await?;
    memberships.into_inner().map_err(|_| Stop::Halt("reading the groups broke off".to_owned()))
}

async fn read_group(
    directory: &impl GroupMembers,
    (group, of_the_scope): (GroupId, bool),
    nesting: Nesting,
    index: &AccountIndex,
    memberships: &Mutex<Memberships>,
    observer: &impl Observer,
) -> Result<(), Stop> {
    let mut attempt = 1;
    let unread = loop {
        let listed = list_members(directory, group, nesting, |members| {
            if let Ok(mut memberships) = memberships.lock() {
                for &user in members {
                    memberships.add(group, user, index.slot_of(user));
                }
            }
        });
        match listed.await {
            Ok(0) => {
                if let Ok(mut memberships) = memberships.lock() {
                    memberships.mark_empty(group);
                }
                break Some("the list is empty, and an empty list takes nobody's role".to_owned());
            }
            Ok(_) => {
                if let Ok(mut memberships) = memberships.lock() {
                    memberships.mark_read(group);
                }
                break None;
            }
            Err(Failure { cause: Cause::PageExpired | Cause::Inconsistent(_), .. }) if attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(failure) if failure.disposition() == Disposition::Halt => {
                return Err(failure.into());
            }
            // Without it of nobody could be told whether he is in the scope, and a run that leaves everybody alone is none. One that
            // was deleted stays so.
            Err(failure) if of_the_scope && !matches!(failure.cause, Cause::NotFound) => {
                return Err(failure.into());
            }
            Err(failure) => break Some(failure.cause.to_string()),
        }
    };
    if let Some(why) = unread {
        observer.on(&Event::GroupUnread { group, why: &why });
    }
    observer.on(&Event::Advanced { stage: Stage::Members, by: 1 });
    Ok(())
}

fn inconsistent(what: String) -> Stop {
    Stop::Failed(Failure::new("listing ZenQMS's accounts", Cause::Inconsistent(what)))
}
