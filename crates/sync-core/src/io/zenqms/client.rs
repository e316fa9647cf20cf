use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Cause, Failure};
use crate::io::http::{Endpoint, Limits, Retries, Transport, retry_after, what_is_wrong};
use crate::io::{Credentials, CredentialsSource};
use crate::ports::{Clock, Paced};

use super::contract::{PRODUCTION, SANDBOX, TOKEN_HEADER, TOKEN_SCHEME, refusal};
use super::gate::Gate;

/// A page of 100 users takes no second; a write that takes half a minute is lost and looked after.
const LIMITS: Limits = Limits { time: Duration::from_secs(30), body: 16 * 1024 * 1024 };
/// How often one request is sent anew after a 429, which is a promise that nothing was done.
const REFUSALS: u32 = 20;
/// The same for whoever can come back another time.
const BRIEF_REFUSALS: u32 = 5;

/// The longest that a request of theirs is held back because ZenQMS asks to wait: a flow has to end within its time.
const BRIEF_HOLD: Duration = Duration::from_secs(10);

/// Which ZenQMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// The one in use.
    #[default]
    Production,
    /// The one to try things out in.
    Sandbox,
}

/// A name that is no environment's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no ZenQMS environment; expected Production or Sandbox")]
pub struct UnknownEnvironment(String);

impl Environment {
    /// Its address.
    #[must_use]
    pub const fn address(self) -> &'static str {
        match self {
            Self::Production => PRODUCTION,
            Self::Sandbox => SANDBOX,
        }
    }
}

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        match text {
            "Production" => Ok(Self::Production),
            "Sandbox" => Ok(Self::Sandbox),
            _ => Err(UnknownEnvironment(text.to_owned())),
        }
    }
}

/// Where and as whom to ask.
#[derive(Debug)]
pub struct ZenqmsSettings {
    /// The service.
    pub endpoint: Endpoint,
    /// Where the token is kept, made under Settings > API Settings > Create Token.
    pub credentials: Arc<dyn CredentialsSource>,
}

/// A client of one ZenQMS tenant.
pub struct ZenqmsClient<T, C> {
    transport: T,
    pub(super) retries: Retries<C>,
    settings: ZenqmsSettings,
    gate: Arc<Gate>,
}

impl<T: Transport, C: Clock> ZenqmsClient<T, C> {
    /// A client that keeps to the gate's pace.
    pub const fn new(settings: ZenqmsSettings, transport: T, retries: Retries<C>, gate: Arc<Gate>) -> Self {
        Self { transport, retries, settings, gate }
    }

    /// One request, at its turn. A token that is refused may have been rotated since it was read.
    pub(super) async fn exchange<B: Serialize + Sync>(
        &self,
        action: &str,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<Response<Bytes>, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Failure::new(action.to_owned(), Cause::Unreadable(error.to_string())))?;
        let body = Bytes::from(body);
        let credentials = self.settings.credentials.known().await?;
        match self.exchange_as(&credentials, action, method.clone(), path, &body).await {
            Err(Failure { cause: refused @ Cause::NotSignedIn { .. }, action: failed }) => {
                let renewed = self.settings.credentials.renewed(&credentials).await?;
                if Arc::ptr_eq(&renewed, &credentials) {
                    return Err(Failure { action: failed, cause: refused });
                }
                self.exchange_as(&renewed, action, method, path, &body).await
            }
            answered => answered,
        }
    }

    /// Only a refusal (429) is answered by sending it again, since only then it is certain that nothing was done.
    async fn exchange_as(
        &self,
        credentials: &Credentials,
        action: &str,
        method: Method,
        path: &str,
        body: &Bytes,
    ) -> Result<Response<Bytes>, Failure> {
        let failed = |cause| Failure::new(action.to_owned(), cause);
        let (most_refusals, most_held) =
            if self.retries.is_brief() { (BRIEF_REFUSALS, BRIEF_HOLD) } else { (REFUSALS, Duration::MAX) };
        let mut refusals = 0;
        loop {
            let passage =
                self.gate.pass(most_held).await.map_err(|held| failed(Cause::Throttled { retry_after: Some(held) }))?;
            let request = self
                .request(&credentials.zenqms_token, method.clone(), path, body.clone())
                .map_err(|error| failed(Cause::Unreadable(error)))?;
            let answer = match self.transport.send(request, LIMITS).await {
                Ok(answer) => answer,
                Err(error) => {
                    passage.accepted();
                    return Err(failed(error.into()));
                }
            };
            let wait = retry_after(answer.headers(), self.retries.clock().now());
            if answer.status() != 429 {
                passage.accepted();
                return check(answer, wait).map_err(failed);
            }
            passage.refused(wait);
            refusals += 1;
            if refusals == most_refusals {
                return Err(failed(Cause::Throttled { retry_after: wait }));
            }
        }
    }

    fn request(&self, token: &SecretString, method: Method, path: &str, body: Bytes) -> Result<Request<Bytes>, String> {
        let token = format!("{TOKEN_SCHEME} {}", token.expose_secret());
        let mut token =
            HeaderValue::try_from(token).map_err(|_| "the token holds characters that no token has".to_owned())?;
        token.set_sensitive(true);
        let uri = self.settings.endpoint.uri(path).map_err(|error| error.to_string())?;
        Request::builder()
            .method(method)
            .uri(uri)
            .header(TOKEN_HEADER, token)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| error.to_string())
    }
}

impl<T: Transport, C: Clock> Paced for ZenqmsClient<T, C> {
    fn rate(&self) -> f64 {
        self.gate.rate()
    }
}

fn check(answer: Response<Bytes>, retry_after: Option<Duration>) -> Result<Response<Bytes>, Cause> {
    match answer.status().as_u16() {
        200..=299 => Ok(answer),
        401 => Err(Cause::NotSignedIn {
            advice:
                "ZenQMS refuses the token: it is wrong or was revoked. Make one under Settings > API Settings > Create \
                     Token and store it as zenqms_api_token"
                    .into(),
        }),
        403 => Err(Cause::Forbidden {
            advice:
                "ZenQMS accepts the token, but the user who made it may not do this: give that user the permission to \
                     manage users and roles, or make the token as another user"
                    .into(),
        }),
        status @ (408 | 500..=599) => Err(Cause::Unavailable { status, retry_after }),
        status => Err(refusal(status, answer.body())),
    }
}

/// Reads an answer's JSON.
pub(super) fn read<A: DeserializeOwned>(action: &str, answer: &Response<Bytes>) -> Result<A, Failure> {
    serde_json::from_slice(answer.body()).map_err(|error| {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no content type");
        let what = format!("{kind}, {} bytes: {}", answer.body().len(), what_is_wrong(&error));
        Failure::new(action.to_owned(), Cause::Unreadable(what))
    })
}
