use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::form_urlencoded::Serializer;

use crate::failure::{Cause, Failure};
use crate::io::CredentialsSource;
use crate::io::http::{Endpoint, Limits, Retries, Transport, retry_after, retrying};
use crate::ports::Clock;

use super::aadsts::{code_of, sign_in_cause};
use super::assertion::client_assertion;
use super::credential::Credential;

const ACTION: &str = "signing in to Entra ID";
const LIMITS: Limits = Limits { time: Duration::from_secs(20), body: 64 * 1024 };
/// A token is renewed this long before it ends, so that none ends on its way. Tokens live 60 to 90 minutes.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// A token that claims to live longer, in seconds, is renewed after a day all the same.
const LONGEST_LIFE: i64 = 86_400;

/// Holds the app's token.
pub(super) struct SignIn {
    client_id: String,
    credentials: Arc<dyn CredentialsSource>,
    login: Endpoint,
    path: String,
    scope: String,
    /// Locked while a token is fetched, so that many callers fetch one.
    token: Mutex<Option<Token>>,
}

#[derive(Clone)]
pub(super) struct Token {
    pub(super) bearer: SecretString,
    renew_at: Timestamp,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    #[serde(default)]
    expires_in: i64,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    error_description: String,
}

impl SignIn {
    pub(super) fn new(
        tenant: &str,
        client_id: String,
        credentials: Arc<dyn CredentialsSource>,
        login: Endpoint,
        graph: &Endpoint,
    ) -> Self {
        let path = format!("/{tenant}/oauth2/v2.0/token");
        let scope = format!("https://{}/.default", graph.host());
        Self { client_id, credentials, login, path, scope, token: Mutex::new(None) }
    }

    /// The token, fetched if there is none or it nears its end.
    pub(super) async fn token<T: Transport, C: Clock>(
        &self,
        transport: &T,
        retries: &Retries<C>,
    ) -> Result<Token, Failure> {
        let mut kept = self.token.lock().await;
        let clock = retries.clock();
        if let Some(token) = kept.as_ref().filter(|token| clock.now() < token.renew_at) {
            return Ok(token.clone());
        }
        let token = retrying(retries, || self.fetch(transport, clock)).await?;
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Forgets a token that Graph refused, unless another has taken its place already.
    pub(super) async fn forget(&self, refused: &Token) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|token| token.bearer.expose_secret() == refused.bearer.expose_secret()) {
            *kept = None;
        }
    }

    /// Fetches a token. Credentials that are refused may have been rotated since they were read.
    async fn fetch<T: Transport, C: Clock>(&self, transport: &T, clock: &C) -> Result<Token, Failure> {
        let credentials = self.credentials.known().await?;
        match self.fetch_with(&credentials.entra, transport, clock).await {
            Err(Failure { cause: refused @ Cause::NotSignedIn { .. }, action }) => {
                let renewed = self.credentials.renewed(&credentials).await?;
                if Arc::ptr_eq(&renewed, &credentials) {
                    return Err(Failure { action, cause: refused });
                }
                self.fetch_with(&renewed.entra, transport, clock).await
            }
            fetched => fetched,
        }
    }

    async fn fetch_with<T: Transport, C: Clock>(
        &self,
        credential: &Credential,
        transport: &T,
        clock: &C,
    ) -> Result<Token, Failure> {
        let failed = |cause| Failure::new(ACTION, cause);
        let asked = clock.now();
        let request = self.request(credential, asked).map_err(failed)?;
        let answer = transport.send(request, LIMITS).await.map_err(|error| failed(error.into()))?;
        let status = answer.status().as_u16();
        if answer.status().is_success() {
            let token: TokenAnswer = serde_json::from_slice(answer.body())
                .map_err(|error| failed(Cause::Unreadable(format!("no token in it ({error})"))))?;
            let life = SignedDuration::from_secs(token.expires_in.clamp(0, LONGEST_LIFE));
            // A very short life would leave nothing before the margin; then half of it is used.
            let renew_at = asked + (life - MARGIN).max(life / 2);
            return Ok(Token { bearer: token.access_token, renew_at });
        }
        if status == 429 {
            return Err(failed(Cause::Throttled { retry_after: retry_after(answer.headers(), asked) }));
        }
        if status >= 500 || status == 408 {
            return Err(failed(Cause::Unavailable { status, retry_after: retry_after(answer.headers(), asked) }));
        }
        let code = serde_json::from_slice::<Refusal>(answer.body())
            .ok()
            .and_then(|refusal| code_of(&refusal.error_codes, &refusal.error_description));
        Err(failed(sign_in_cause(code, status)))
    }

    fn request(&self, credential: &Credential, now: Timestamp) -> Result<Request<Bytes>, Cause> {
        let wrong = |error: &dyn std::fmt::Display| Cause::NotSignedIn { advice: error.to_string().into() };
        let uri = self.login.uri(&self.path).map_err(|error| wrong(&error))?;
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", &self.client_id)
            .append_pair("scope", &self.scope)
            .append_pair("grant_type", "client_credentials");
        match credential {
            Credential::Secret(secret) => {
                form.append_pair("client_secret", secret.expose_secret());
            }
            Credential::Certificate { thumbprint, key } => {
                let audience = format!("{}{}", self.login.as_str(), self.path);
                let assertion = client_assertion(&audience, &self.client_id, *thumbprint, key, now)
                    .map_err(|error| wrong(&error))?;
                form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    .append_pair("client_assertion", &assertion);
            }
        }
        Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Bytes::from(form.finish()))
            .map_err(|error| wrong(&error))
    }
}
