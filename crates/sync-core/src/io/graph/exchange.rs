use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::domain::Personal;
use crate::failure::{Cause, Failure};
use crate::io::http::{Limits, Transport, retry_after, retrying, retrying_undone, what_is_wrong};
use crate::ports::{Clock, PageLink};

use super::sign_in::Token;
use super::wire::ErrorAnswer;
use super::{GraphClient, Priority};

/// A page of 999 users takes Graph half a second as a rule and ten in a bad hour; a page of 999 users whose every text is
/// as long as Entra ID allows has about 2 MB, a `$batch` of twenty full users far less.
const LIMITS: Limits = Limits { time: Duration::from_mins(1), body: 32 * 1024 * 1024 };
/// Whoever looks at a few people and can come back does not wait for a bad hour to pass.
const BRIEF_TIME: Duration = Duration::from_secs(20);

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");
const THROTTLE_PRIORITY: HeaderName = HeaderName::from_static("x-ms-throttle-priority");

/// What one call is about: enough to say what was being done, and what to mend when it is forbidden.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) action: Cow<'static, str>,
    /// The application permission that the call needs.
    pub(super) permission: &'static str,
    /// Casts and counts are served from an index that Graph wants to be asked for by name.
    pub(super) eventual: bool,
}

impl Call {
    pub(super) fn new(action: impl Into<Cow<'static, str>>, permission: &'static str) -> Self {
        Self { action: action.into(), permission, eventual: false }
    }

    pub(super) fn failed(&self, cause: Cause) -> Failure {
        Failure::new(self.action.clone(), cause)
    }
}

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// Gets `path` (or the page that `link` names) and reads the answer.
    pub(super) async fn get<A: DeserializeOwned>(
        &self,
        call: &Call,
        path: &str,
        link: Option<&PageLink>,
    ) -> Result<A, Failure> {
        let uri = self.page_uri(call, path, link)?;
        retrying(&self.retries, || async {
            read(call, &self.exchange(call, Method::GET, &uri, Bytes::new()).await?, self.now())
        })
        .await
    }

    /// Posts `body` to `path` and reads the answer. Only for calls that write nothing: it repeats them.
    pub(super) async fn post<A: DeserializeOwned>(&self, call: &Call, path: &str, body: Bytes) -> Result<A, Failure> {
        let uri = self.page_uri(call, path, None)?;
        retrying(&self.retries, || async {
            read(call, &self.exchange(call, Method::POST, &uri, body.clone()).await?, self.now())
        })
        .await
    }

    /// Sends `body` to `path` and reads the answer. A creation whose answer is lost is not repeated: it may have been done.
    pub(super) async fn write<B: Serialize + Sync, A: DeserializeOwned>(
        &self,
        call: &Call,
        method: Method,
        path: &str,
        body: &B,
    ) -> Result<A, Failure> {
        let uri = self.page_uri(call, path, None)?;
        let body = serde_json::to_vec(body).map_err(|error| call.failed(Cause::Unreadable(error.to_string())))?;
        let body = Bytes::from(body);
        let exchange =
            || async { read(call, &self.exchange(call, method.clone(), &uri, body.clone()).await?, self.now()) };
        if method == Method::POST {
            retrying_undone(&self.retries, exchange).await
        } else {
            retrying(&self.retries, exchange).await
        }
    }

    /// Deletes what is at `path`.
    pub(super) async fn delete(&self, call: &Call, path: &str) -> Result<(), Failure> {
        let uri = self.page_uri(call, path, None)?;
        retrying(&self.retries, || async {
            succeeded(call, &self.exchange(call, Method::DELETE, &uri, Bytes::new()).await?, self.now())
        })
        .await
    }

    /// A page's link is followed as it is, but only to the host that is configured: it gets the token.
    fn page_uri(&self, call: &Call, path: &str, link: Option<&PageLink>) -> Result<Uri, Failure> {
        let Some(PageLink(link)) = link else {
            return self.graph.uri(path).map_err(|error| call.failed(Cause::Unreadable(error.to_string())));
        };
        match Url::parse(link) {
            Ok(url) if self.graph.owns(&url) => {
                link.parse().map_err(|error: http::uri::InvalidUri| call.failed(Cause::Unreadable(error.to_string())))
            }
            Ok(url) => {
                let host = url.host_str().unwrap_or_default().to_owned();
                Err(call.failed(Cause::ForeignLink { host }))
            }
            Err(error) => Err(call.failed(Cause::Unreadable(format!("its link to the next page: {error}")))),
        }
    }

    /// One exchange. A token that Graph refuses is renewed once: it may have been revoked, or the keys rolled.
    async fn exchange(&self, call: &Call, method: Method, uri: &Uri, body: Bytes) -> Result<Response<Bytes>, Failure> {
        let token = self.sign_in.token(&self.transport, &self.retries).await?;
        let answer = self.send(call, method.clone(), uri, body.clone(), &token).await?;
        if answer.status() != 401 {
            return Ok(answer);
        }
        self.sign_in.forget(&token).await;
        let token = self.sign_in.token(&self.transport, &self.retries).await?;
        self.send(call, method, uri, body, &token).await
    }

    async fn send(
        &self,
        call: &Call,
        method: Method,
        uri: &Uri,
        body: Bytes,
        token: &Token,
    ) -> Result<Response<Bytes>, Failure> {
        let request = self
            .request(call, method, uri, body, token)
            .map_err(|error| call.failed(Cause::Unreadable(error.to_string())))?;
        let limits = if self.retries.is_brief() { Limits { time: BRIEF_TIME, ..LIMITS } } else { LIMITS };
        self.transport.send(request, limits).await.map_err(|error| call.failed(error.into()))
    }

    fn request(
        &self,
        call: &Call,
        method: Method,
        uri: &Uri,
        body: Bytes,
        token: &Token,
    ) -> Result<Request<Bytes>, http::Error> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.bearer.expose_secret()))?;
        bearer.set_sensitive(true);
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header(CLIENT_REQUEST_ID, self.retries.fresh_id().to_string());
        if self.priority == Priority::Low {
            request = request.header(THROTTLE_PRIORITY, "Low");
        }
        if call.eventual {
            request = request.header(CONSISTENCY_LEVEL, "eventual");
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(body)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.retries.clock().now()
    }
}

fn succeeded(call: &Call, answer: &Response<Bytes>, now: Timestamp) -> Result<(), Failure> {
    if answer.status().is_success() {
        return Ok(());
    }
    // A Retry-After that is a date is best read by the service's own clock, the Date header beside it.
    let now = server_time(answer.headers()).unwrap_or(now);
    Err(call.failed(error_cause(call.permission, answer.status().as_u16(), answer.headers(), answer.body(), now)))
}

fn read<A: DeserializeOwned>(call: &Call, answer: &Response<Bytes>, now: Timestamp) -> Result<A, Failure> {
    succeeded(call, answer, now)?;
    // 202 to a read: "the server requires more time" (Graph docs: get user).
    if answer.status() == 202 {
        return Err(call.failed(Cause::Unavailable { status: 202, retry_after: None }));
    }
    serde_json::from_slice(answer.body()).map_err(|error| {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no content type");
        call.failed(Cause::Unreadable(format!("{kind}, {} bytes: {}", answer.body().len(), what_is_wrong(&error))))
    })
}

fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    headers
        .get(http::header::DATE)
        .and_then(|date| date.to_str().ok())
        .and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok())
}

/// What an error answer of Graph means, be it a whole answer or one item of a `$batch`.
pub(super) fn error_cause(permission: &str, status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Cause {
    let error = serde_json::from_slice::<ErrorAnswer>(body).unwrap_or_default().error;
    let code = error.most_specific_code();
    match status {
        401 => Cause::NotSignedIn {
            advice: format!(
                "Microsoft Graph refuses the token, a fresh one too ({code}): check EntraTenantId and EntraCloud"
            )
            .into(),
        },
        403 if is_quota(&error.message) => Cause::Forbidden {
            advice: "Microsoft Graph has no room for another subscription: an app may have 100 in a tenant, and all apps \
                     together 1,000. Remove some that nobody needs; until then the sweeps find every change"
                .into(),
        },
        403 => Cause::Forbidden {
            advice: format!(
                "Microsoft Graph refuses the app ({code}): it needs the application permission {permission}; add it under \
                 App registrations > API permissions > Microsoft Graph > Application permissions and grant admin consent \
                 (which takes some minutes to be known everywhere)"
            )
            .into(),
        },
        404 => Cause::NotFound,
        410 => Cause::PageExpired,
        429 => Cause::Throttled { retry_after: retry_after(headers, now) },
        // 509: bandwidth limit. 424: an item of a batch whose neighbour failed.
        408 | 424 | 500 | 502 | 503 | 504 | 509 => {
            Cause::Unavailable { status, retry_after: retry_after(headers, now) }
        }
        400 if [&error.code, code].iter().any(|code| code.contains("ExpiredPageToken")) => Cause::PageExpired,
        _ => Cause::Rejected {
            status,
            code: code.to_owned(),
            fields: Vec::new(),
            message: Personal::new(&error.message),
        },
    }
}

/// A quota of subscriptions is told from a missing permission by the words alone: both are 403 (Graph docs: change
/// notifications overview, subscription limits).
fn is_quota(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("subscription") && (message.contains("limit") || message.contains("maximum"))
}
