//! HTTP/1.1 on the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long requests under way may take when the server stops.
const GRACE: Duration = Duration::from_secs(3);

/// A server on the loopback interface. Dropping it closes its port; requests under way are still answered.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    /// Dropped with the server, which is how the tasks learn of it.
    _alive: watch::Sender<()>,
}

impl Loopback {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Listens on a port of this machine that nobody else can reach. 0: any that is free.
///
/// # Errors
/// When the port is taken.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Answers requests whose bodies have at most `most` bytes; longer ones are refused with 413, unread.
///
/// # Errors
/// When the listener has no address.
pub fn serve<H, F>(listener: TcpListener, most: usize, handler: H) -> io::Result<Loopback>
where
    H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    let address = listener.local_addr()?;
    let (alive, mut stopped) = watch::channel(());
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(converse(stream, most, handler.clone(), stopped.clone()));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    });
    Ok(Loopback { address, _alive: alive })
}

/// One connection, until it is closed or the server stops.
async fn converse<H, F>(stream: TcpStream, most: usize, handler: H, mut stopped: watch::Receiver<()>)
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Response<Bytes>>,
{
    // Small answers to small requests: waiting to fill a packet would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(async |request| Ok::<_, hyper::Error>(answer(request, most, &handler).await?.map(Full::new)));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // An error here is a connection that the client cut.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer<H, F>(request: Request<Incoming>, most: usize, handler: &H) -> Result<Response<Bytes>, hyper::Error>
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Response<Bytes>>,
{
    let (head, body) = request.into_parts();
    let too_large = || Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
    if body.size_hint().lower() > most as u64 {
        return too_large();
    }
    match Limited::new(body, most).collect().await {
        Ok(body) => Ok(handler(Request::from_parts(head, body.to_bytes())).await),
        Err(error) if error.is::<LengthLimitError>() => too_large(),
        Err(_) => Ok(plain(StatusCode::BAD_REQUEST, "the body ended too early")),
    }
}

/// An answer of plain text, which no browser may take for anything else.
#[must_use]
pub fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(text.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What the server answers to these bytes before it closes the connection, or all that it says in a second.
    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut bytes)).await;
        String::from_utf8(bytes).unwrap()
    }

    async fn echo() -> Loopback {
        let handler = async |request: Request<Bytes>| plain(StatusCode::OK, request.into_body());
        let handler = move |request| handler(request);
        serve(listen(0).await.unwrap(), 8, handler).unwrap()
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit_and_refused_unread_beyond() {
        let server = echo().await;
        let post = |length: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n{body}");
        let answer = exchange(server.address(), &post("Content-Length: 8\r\nConnection: close", "12345678")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("12345678"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
        // Not a byte of the body is sent, so the answer cannot have waited for it.
        let answer = exchange(server.address(), &post("Content-Length: 9", "")).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        let answer = exchange(server.address(), &post("Transfer-Encoding: chunked", "9\r\n123456789\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_after_the_server_was_dropped() {
        let handler = async |_| {
            tokio::time::sleep(Duration::from_millis(200)).await;
            plain(StatusCode::OK, "late")
        };
        let server = serve(listen(0).await.unwrap(), 8, move |request: Request<Bytes>| handler(request)).unwrap();
        let address = server.address();
        let asking = exchange(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(server);
        };
        let (answer, ()) = tokio::join!(asking, stopping);
        assert!(answer.ends_with("late"), "{answer}");
        assert!(TcpStream::connect(address).await.is_err());
    }
}
