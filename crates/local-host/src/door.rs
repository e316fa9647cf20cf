//! The notification intake at an address of this machine, as API Gateway has it in AWS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use simulator::Receiver;
use sync_core::io::http::{Limits, Transport};
use sync_core::look::Observer;
use sync_core::ports::{Clock, FreshIds};
use tokio::net::TcpListener;

use crate::host::Host;
use crate::loopback::{Loopback, plain, serve};

/// No delivery is larger (AWS docs: Lambda quotas, payload of a synchronous invocation).
const MOST: usize = 6 * 1_024 * 1_024;
/// Longer than Graph waits.
const PATIENCE: Duration = Duration::from_secs(15);
/// The intake's longest answer is a token that it sends back.
const LONGEST_ANSWER: usize = 64 * 1_024;

/// Takes notifications in at the listener's address.
///
/// # Errors
/// When the listener has no address.
pub fn serve_intake<T, C, I, O>(listener: TcpListener, host: Arc<Host<T, C, I, O>>) -> io::Result<Loopback>
where
    T: Transport + 'static,
    C: Clock + Send + 'static,
    I: FreshIds + Send + 'static,
    O: Observer + Send + 'static,
{
    serve(listener, MOST, move |request| take_in(host.clone(), request))
}

async fn take_in<T, C, I, O>(host: Arc<Host<T, C, I, O>>, request: Request<Bytes>) -> Response<Bytes>
where
    T: Transport,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    if request.method() != Method::POST {
        let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only POST");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return refusal;
    }
    let answer = host.intake(request.uri().query().unwrap_or_default(), request.body()).await;
    plain(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.body)
}

/// The simulated Graph's way to the intake: HTTP, by this carrier.
#[derive(Clone, Copy, Debug)]
pub struct OverHttp<T>(pub T);

impl<T: Transport> Receiver for OverHttp<T> {
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        Box::pin(async move {
            let request = Request::post(url).header(CONTENT_TYPE, content_type).body(body).ok()?;
            let answer = self.0.send(request, Limits { time: PATIENCE, body: LONGEST_ANSWER }).await.ok()?;
            let (head, body) = answer.into_parts();
            Some((head.status.as_u16(), head.headers, body))
        })
    }
}
