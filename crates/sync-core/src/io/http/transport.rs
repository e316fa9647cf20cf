use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

/// Carries one HTTP request to a service and brings back its answer.
///
/// Two carriers exist: [`ReqwestTransport`](super::ReqwestTransport) over TLS, and the simulator's, in process, for
/// tests under a paused clock (a waiting socket would let virtual time run away).
///
/// A carrier keeps the [`Limits`], follows no redirect, retries nothing and decides nothing.
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the whole answer, whatever its status.
    fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send;
}

/// What one exchange may cost at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte sent to the last byte read.
    pub time: Duration,
    /// Bytes of the answer's body, after decompression.
    pub body: usize,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection came about (name resolution, TCP, TLS): the service has certainly not seen the request.
    #[error("no connection to {host}: {reason}")]
    NotSent {
        /// The host that was to be reached.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// The answer was lost: a time-out or a cut connection. The service may have carried the request out.
    #[error("{host} did not answer: {reason}")]
    Lost {
        /// The host that was to answer.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// The answer is larger than [`Limits::body`]; reading it was given up.
    #[error("{host} answered with more than {limit} bytes")]
    TooLarge {
        /// The host that answered.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}
