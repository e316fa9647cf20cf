//! Microsoft Graph, as an app-only client: reads users, groups and memberships. All that it writes there is its own
//! subscriptions.

mod aadsts;
mod addresses;
mod assertion;
mod batch;
mod cloud;
mod credential;
mod delta;
mod exchange;
mod groups;
mod look;
mod members;
mod nesting;
mod presence;
mod sign_in;
mod subscriptions;
mod users;
mod wire;

pub use cloud::{Cloud, UnknownCloud};
pub use credential::{Credential, CredentialError};

use std::sync::Arc;

use crate::domain::Lens;
use crate::ports::Clock;

use super::CredentialsSource;
use super::http::{Endpoint, Retries, Transport};
use sign_in::SignIn;

/// Where and as whom to ask.
#[derive(Debug)]
pub struct GraphSettings {
    /// The directory: its GUID or one of its domains.
    pub tenant: String,
    /// The application (client) id of the app registration.
    pub client_id: String,
    /// How the app proves who it is.
    pub credentials: Arc<dyn CredentialsSource>,
    /// The sign-in service.
    pub login: Endpoint,
    /// Microsoft Graph.
    pub graph: Endpoint,
    /// Whose turn it is when Graph is busy.
    pub priority: Priority,
    /// How people are seen.
    pub lens: Lens,
}

/// Graph's `x-ms-throttle-priority`: which of an app's requests are refused first. It changes no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Full runs and sweeps.
    Low,
    /// Whatever somebody waits for.
    Normal,
}

/// A client of one directory. Holds its token from call to call.
pub struct GraphClient<T, C> {
    transport: T,
    retries: Retries<C>,
    graph: Endpoint,
    priority: Priority,
    sign_in: SignIn,
    lens: Lens,
    select: String,
}

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// A client that has not signed in yet.
    pub fn new(settings: GraphSettings, transport: T, retries: Retries<C>) -> Self {
        let GraphSettings { tenant, client_id, credentials, login, graph, priority, lens } = settings;
        let sign_in = SignIn::new(&tenant, client_id, credentials, login, &graph);
        let select = users::select(&lens);
        Self { transport, retries, graph, priority, sign_in, lens, select }
    }

    /// How people are seen: whoever this client shows was seen so.
    pub const fn lens(&self) -> &Lens {
        &self.lens
    }
}
