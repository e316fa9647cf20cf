use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use rustls::{ClientConfig, RootCertStore};

use super::{Limits, Transport, TransportError};

/// Shorter than any answer's limit, so that an address that does not listen is told from a service that thinks.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A pooled connection that was idle for longer may be dead: Lambda freezes the process between invocations, and
/// load balancers close after 60 seconds or more.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
const USER_AGENT: &str = concat!("entra-zenqms/", env!("CARGO_PKG_VERSION"));

/// Carries requests over HTTP/1.1 and HTTP/2, TLS by rustls and ring, the Mozilla roots compiled in.
#[derive(Clone, Debug)]
pub struct ReqwestTransport(reqwest::Client);

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be set up: {0}")]
pub struct TlsError(String);

impl ReqwestTransport {
    /// Sets TLS up; reads nothing from disk.
    ///
    /// # Errors
    /// When the compiled-in parts do not fit together, which no configuration can cause.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that builds HTTP clients")]
    pub fn new() -> Result<Self, TlsError> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(USER_AGENT)
            // A redirect would carry the token along, and neither service answers with one.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build()
            .map(Self)
            .map_err(|error| TlsError(error.to_string()))
    }
}

impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let not_sent = |error: &reqwest::Error| TransportError::NotSent { host: host.clone(), reason: chain(error) };
        let lost = |error: &reqwest::Error| TransportError::Lost { host: host.clone(), reason: chain(error) };

        let mut request = reqwest::Request::try_from(request).map_err(|error| not_sent(&error))?;
        *request.timeout_mut() = Some(limits.time);
        let mut answer =
            self.0.execute(request).await.map_err(|error| {
                if error.is_connect() || error.is_builder() { not_sent(&error) } else { lost(&error) }
            })?;

        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > limits.body {
                return Err(TransportError::TooLarge { host, limit: limits.body });
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

/// The error with all its causes, but without the address, whose query may hold what must not be logged.
fn chain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    if causes.is_empty() { "the exchange broke off".to_owned() } else { causes.join(": ") }
}
