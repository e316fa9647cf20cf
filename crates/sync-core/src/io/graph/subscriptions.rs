use http::Method;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::{Cause, Failure};
use crate::io::http::Transport;
use crate::ports::{Clock, NewSubscription, PageLink, Subscription, Subscriptions, Watched};

use super::GraphClient;
use super::exchange::Call;
use super::wire::Page;

/// A list is as long as Graph allows an app subscriptions in a tenant: 100 (Graph docs: subscription limits).
const MOST_PAGES: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Create<'a> {
    change_type: &'static str,
    resource: String,
    notification_url: &'a str,
    lifecycle_notification_url: &'a str,
    expiration_date_time: Timestamp,
    client_state: &'a str,
    latest_supported_tls_version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Renew {
    expiration_date_time: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Uuid,
    #[serde(default)]
    resource: String,
    #[serde(default)]
    change_type: String,
    #[serde(default)]
    notification_url: String,
    expiration_date_time: Timestamp,
    #[serde(default)]
    client_state: Option<SecretString>,
}

/// `created` is refused for users and groups; a creation comes as `updated` (Graph docs: change notifications overview).
const CHANGE_TYPE: &str = "updated,deleted";

impl From<Wire> for Subscription {
    fn from(wire: Wire) -> Self {
        let mut kinds: Vec<&str> = wire.change_type.split(',').map(str::trim).collect();
        kinds.sort_unstable();
        Self {
            id: wire.id,
            watched: wire.resource.parse::<Watched>().ok().filter(|_| kinds == ["deleted", "updated"]),
            notification_url: wire.notification_url,
            expires: wire.expiration_date_time,
            client_state: wire.client_state,
        }
    }
}

fn call(action: String, watched: Option<Watched>) -> Call {
    let permission = match watched {
        Some(Watched::Users) => "User.Read.All",
        Some(Watched::Groups) => "Group.Read.All",
        None => "User.Read.All (users) or Group.Read.All (groups)",
    };
    Call::new(action, permission)
}

impl<T: Transport, C: Clock> Subscriptions for GraphClient<T, C> {
    async fn subscribe(&self, new: &NewSubscription<'_>) -> Result<Subscription, Failure> {
        let call = call(format!("subscribing to changes of {}", new.watched), Some(new.watched));
        let body = Create {
            change_type: CHANGE_TYPE,
            resource: format!("/{}", new.watched),
            notification_url: new.notification_url,
            lifecycle_notification_url: new.notification_url,
            expiration_date_time: new.expires,
            client_state: new.client_state.expose_secret(),
            latest_supported_tls_version: "v1_2",
        };
        let made: Wire = self.write(&call, Method::POST, "/v1.0/subscriptions", &body).await?;
        Ok(made.into())
    }

    async fn renew(&self, id: Uuid, expires: Timestamp) -> Result<Subscription, Failure> {
        let call = call(format!("renewing subscription {id}"), None);
        let body = Renew { expiration_date_time: expires };
        let renewed: Wire = self.write(&call, Method::PATCH, &format!("/v1.0/subscriptions/{id}"), &body).await?;
        Ok(renewed.into())
    }

    async fn subscription(&self, id: Uuid) -> Result<Subscription, Failure> {
        let call = call(format!("looking at subscription {id}"), None);
        let wire: Wire = self.get(&call, &format!("/v1.0/subscriptions/{id}"), None).await?;
        Ok(wire.into())
    }

    async fn subscriptions(&self) -> Result<Vec<Subscription>, Failure> {
        let call = call("listing the subscriptions".to_owned(), None);
        let mut page: Page<Wire> = self.get(&call, "/v1.0/subscriptions", None).await?;
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            all.extend(page.value.drain(..).map(Subscription::from));
            let Some(link) = page.next_link.take().map(PageLink) else {
                return Ok(all);
            };
            page = self.get(&call, "", Some(&link)).await?;
        }
        Err(call.failed(Cause::Inconsistent(format!("the list does not end after {MOST_PAGES} pages"))))
    }

    async fn unsubscribe(&self, id: Uuid) -> Result<(), Failure> {
        let call = call(format!("ending subscription {id}"), None);
        match self.delete(&call, &format!("/v1.0/subscriptions/{id}")).await {
            Ok(()) | Err(Failure { cause: Cause::NotFound, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
