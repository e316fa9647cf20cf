use bytes::Bytes;
use http::{Request, Response};
use sync_core::io::http::{Limits, Transport, TransportError};

use crate::reply::Reply;
use crate::simulation::Simulation;

/// The address of the services in process. Nothing listens there; it only has to be one.
pub const BASE: &str = "http://localhost";

/// Carries requests to a simulation in process, within the same task, so that tokio's paused clock moves on only when
/// everybody waits for it.
#[derive(Clone, Debug)]
pub struct InProcess(Simulation);

impl Simulation {
    /// The way to both services in process.
    #[must_use]
    pub fn transport(&self) -> InProcess {
        InProcess(self.clone())
    }
}

impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>, limits: Limits) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match tokio::time::timeout(limits.time, self.0.handle(request)).await {
            Err(_) => Err(TransportError::Lost { host, reason: "no answer in time".to_owned() }),
            Ok(Reply::Cut) => Err(TransportError::Lost { host, reason: "the connection was cut".to_owned() }),
            Ok(Reply::Refused) => Err(TransportError::NotSent { host, reason: "connection refused".to_owned() }),
            Ok(Reply::Answer(answer)) if answer.body().len() > limits.body => {
                Err(TransportError::TooLarge { host, limit: limits.body })
            }
            Ok(Reply::Answer(answer)) => Ok(answer),
        }
    }
}
