use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use crate::reply::Reply;
use crate::simulation::Simulation;

/// A simulation that listens on a socket. Dropping it closes the socket and all connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: AbortHandle,
}

impl Server {
    /// The address of all services: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a simulation over HTTP/1.1.
///
/// # Errors
/// When the listener has no address.
pub fn serve(simulation: Simulation, listener: TcpListener) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        // Small answers to small requests: waiting to fill a packet would cost 40 ms each.
                        let _ = stream.set_nodelay(true);
                        let simulation = simulation.clone();
                        connections.spawn(async move {
                            let service = service_fn(move |request| answer(simulation.clone(), request));
                            // An error here is a connection that was cut, by order or by the client.
                            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                        });
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    });
    Ok(Server { address, task: task.abort_handle() })
}

/// A reply that is none ends the connection: hyper closes it without an answer when the service fails.
async fn answer(simulation: Simulation, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    match simulation.handle(Request::from_parts(head, body)).await {
        Reply::Answer(answer) => Ok(answer.map(Full::new)),
        Reply::Cut | Reply::Refused => Err(Cut),
    }
}

#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut by order")
    }
}

impl std::error::Error for Cut {}
