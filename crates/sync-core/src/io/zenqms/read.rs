use std::borrow::Cow;

use http::Method;

use crate::domain::{Account, AccountId, DirectoryUserId, Email, Role};
use crate::failure::{Cause, Failure};
use crate::io::http::{Transport, retrying};
use crate::ports::{AccountsFind, AccountsList, AccountsPage, Clock, RolesList};

use super::ZenqmsClient;
use super::client::read;
use super::contract::{Listed, ListedRole, PAGE_SIZE, Page, SEARCH_ROLES, SEARCH_USERS, Search, User};

/// No tenant has more roles: 10,000.
const MAX_ROLE_PAGES: u32 = 100;

impl<T: Transport, C: Clock> ZenqmsClient<T, C> {
    async fn search<A: serde::de::DeserializeOwned>(
        &self,
        action: Cow<'static, str>,
        path: &str,
        search: &Search<'_>,
    ) -> Result<Page<A>, Failure> {
        retrying(&self.retries, || async { read(&action, &self.exchange(&action, Method::POST, path, search).await?) })
            .await
    }

    async fn find(&self, action: Cow<'static, str>, search: &Search<'_>) -> Result<Vec<Account>, Failure> {
        let page: Page<User> = self.search(action, SEARCH_USERS, search).await?;
        Ok(page.read(User::into_account).listed)
    }
}

impl<T: Transport, C: Clock> AccountsList for ZenqmsClient<T, C> {
    async fn page(&self, number: u32) -> Result<AccountsPage, Failure> {
        let action = Cow::Borrowed("listing ZenQMS's accounts");
        let page: Page<User> = self.search(action, SEARCH_USERS, &Search::all(number)).await?;
        let Listed { listed, unreadable, total } = page.read(User::into_account);
        Ok(AccountsPage { accounts: listed, unreadable, total })
    }
}

impl<T: Transport, C: Clock> AccountsFind for ZenqmsClient<T, C> {
    async fn by_external_id(&self, user: DirectoryUserId) -> Result<Vec<Account>, Failure> {
        let action = format!("looking for the account of directory user {user} by external_id").into();
        let mut accounts = self.find(action, &Search::by_external_id(user)).await?;
        // A filter that the service does not understand might find everybody.
        accounts.retain(|account| account.is_linked_to(user));
        Ok(accounts)
    }

    async fn by_ids(&self, accounts: &[AccountId]) -> Result<Vec<Account>, Failure> {
        let mut found = Vec::new();
        for ids in accounts.chunks(PAGE_SIZE as usize) {
            let search = Search::by_ids(ids);
            let page = self.find(Cow::Borrowed("looking at accounts by their ids"), &search).await?;
            found.extend(page.into_iter().filter(|account| ids.contains(&account.id)));
        }
        Ok(found)
    }

    async fn by_email(&self, email: &Email) -> Result<Vec<Account>, Failure> {
        let mut accounts =
            self.find(Cow::Borrowed("looking for an account by e-mail address"), &Search::by_email(email)).await?;
        accounts.retain(|account| account.email.as_ref() == Some(email));
        Ok(accounts)
    }
}

impl<T: Transport, C: Clock> RolesList for ZenqmsClient<T, C> {
    async fn roles(&self) -> Result<Vec<Role>, Failure> {
        let action = Cow::Borrowed("listing ZenQMS's roles");
        let mut roles = Vec::new();
        let mut entries = 0;
        for number in 1..=MAX_ROLE_PAGES {
            let page: Page<ListedRole> = self.search(action.clone(), SEARCH_ROLES, &Search::all(number)).await?;
            let Listed { listed, unreadable, total } = page.read(ListedRole::into_role);
            let in_page = listed.len() + unreadable;
            entries += in_page as u64;
            roles.extend(listed);
            if in_page == 0 || total.is_some_and(|total| entries >= total) {
                return Ok(roles);
            }
        }
        Err(Failure::new(
            action,
            Cause::Inconsistent(format!("the list of roles does not end after {MAX_ROLE_PAGES} pages")),
        ))
    }
}
