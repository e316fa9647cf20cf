use std::borrow::Cow;

use bytes::Bytes;
use http::{Method, Response};
use serde::Serialize;

use crate::domain::{AccountId, AccountPatch, NewAccount, RoleId};
use crate::failure::{Cause, Failure};
use crate::io::http::{Transport, retrying_unseen};
use crate::ports::{AccountsWrite, Clock, RolesWrite};

use super::ZenqmsClient;
use super::client::read;
use super::contract::{
    CREATE_USER, RolesToChange, User, UserChange, UserToCreate, add_roles_path, remove_roles_path, user_path,
};

impl<T: Transport, C: Clock> ZenqmsClient<T, C> {
    /// Sends a write, once: whatever the answer, whoever planned it looks first (`apply::Applier`). Only where no
    /// connection came about is it sent again.
    async fn write<B: Serialize + Sync>(
        &self,
        action: Cow<'static, str>,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<Response<Bytes>, Failure> {
        retrying_unseen(&self.retries, || self.exchange(&action, method.clone(), path, body)).await
    }
}

impl<T: Transport, C: Clock> AccountsWrite for ZenqmsClient<T, C> {
    async fn create(&self, account: &NewAccount) -> Result<AccountId, Failure> {
        let action: Cow<'static, str> =
            format!("creating the account of directory user {}", account.external_id).into();
        let answer = self.write(action.clone(), Method::POST, CREATE_USER, &UserToCreate::from(account)).await?;
        let created: User = read(&action, &answer)?;
        let created = created.into_account().map(|account| account.id);
        created.ok_or_else(|| Failure::new(action, Cause::Unreadable("the new account has no id".to_owned())))
    }

    async fn change(&self, account: &AccountId, patch: &AccountPatch) -> Result<(), Failure> {
        let action = format!("changing account {account}").into();
        self.write(action, Method::PATCH, &user_path(account), &UserChange::from(patch)).await.map(drop)
    }
}

impl<T: Transport, C: Clock> RolesWrite for ZenqmsClient<T, C> {
    async fn add_roles(&self, account: &AccountId, roles: &[RoleId]) -> Result<(), Failure> {
        let action = format!("giving roles to account {account}").into();
        let body = RolesToChange { role_ids: roles };
        self.write(action, Method::POST, &add_roles_path(account), &body).await.map(drop)
    }

    async fn remove_roles(&self, account: &AccountId, roles: &[RoleId]) -> Result<(), Failure> {
        let action = format!("taking roles from account {account}").into();
        let body = RolesToChange { role_ids: roles };
        self.write(action, Method::DELETE, &remove_roles_path(account), &body).await.map(drop)
    }
}
