use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use http::Request;

use super::{ATTEMPT, CALL, LARGEST};
use crate::io::http::{Limits, ReqwestTransport, Transport, TransportError};

/// How often a call is tried.
pub const ATTEMPTS: u32 = 3;

/// How long a call may take.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(CALL).build()
}

/// The AWS SDK's HTTP client, over the one that the process has anyway.
#[must_use]
pub fn http_client(transport: ReqwestTransport) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(transport));
    http_client_fn(move |_, _| connector.clone())
}

/// The AWS SDK over the HTTP client that the process has anyway: one TLS stack, one pool, the roots compiled in. The SDK's
/// own clients bring a second one, and read the system's certificates at each start.
#[derive(Debug)]
struct Connector(ReqwestTransport);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let limits = Limits { time: ATTEMPT, body: LARGEST };
            let answer = transport.send(Request::from_parts(head, body), limits).await;
            let (head, body) = answer.map_err(lost)?.into_parts();
            let status = StatusCode::try_from(head.status.as_u16())
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            for (name, value) in &head.headers {
                if let Ok(value) = value.to_str() {
                    response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
                }
            }
            Ok(response)
        })
    }
}

fn lost(error: TransportError) -> ConnectorError {
    match error {
        TransportError::NotSent { .. } | TransportError::Lost { .. } => ConnectorError::io(error.into()),
        TransportError::TooLarge { .. } => ConnectorError::other(error.into(), None),
    }
}
