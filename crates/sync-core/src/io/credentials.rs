use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::failure::Failure;

use super::graph::Credential;

/// What proves to both services who is asking.
#[derive(Debug)]
pub struct Credentials {
    /// To Entra ID.
    pub entra: Credential,
    /// To ZenQMS.
    pub zenqms_token: SecretString,
}

/// Where the credentials are kept. They may be rotated at any time, so a client that is refused asks for them anew, once.
pub trait CredentialsSource: fmt::Debug + Send + Sync {
    /// The credentials as they are known.
    fn known(&self) -> BoxFuture<'_, Result<Arc<Credentials>, Failure>>;

    /// The credentials as they are kept now, because `refused` were not accepted. Returns the very same ones where nothing
    /// has changed.
    fn renewed<'a>(&'a self, refused: &'a Arc<Credentials>) -> BoxFuture<'a, Result<Arc<Credentials>, Failure>>;
}

/// Credentials that never change.
#[derive(Clone, Debug)]
pub struct FixedCredentials(Arc<Credentials>);

impl FixedCredentials {
    /// These.
    #[must_use]
    pub fn new(credentials: Credentials) -> Arc<Self> {
        Arc::new(Self(Arc::new(credentials)))
    }
}

impl CredentialsSource for FixedCredentials {
    fn known(&self) -> BoxFuture<'_, Result<Arc<Credentials>, Failure>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn renewed<'a>(&'a self, _: &'a Arc<Credentials>) -> BoxFuture<'a, Result<Arc<Credentials>, Failure>> {
        self.known()
    }
}
