//! One HTTP exchange, as a capability.

mod endpoint;
mod reqwest_transport;
mod retry;
mod retry_after;
mod transport;

pub use endpoint::{Endpoint, EndpointError};
pub use reqwest_transport::{ReqwestTransport, TlsError};
pub(crate) use retry::{LONGEST_RETRY_AFTER, least_pause};
pub use retry::{Retries, retrying, retrying_undone, retrying_unseen};
pub use retry_after::retry_after;
pub use transport::{Limits, Transport, TransportError};

use crate::failure::Cause;

impl From<TransportError> for Cause {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotSent { .. } => Self::Unreachable(error.to_string()),
            TransportError::Lost { .. } => Self::AnswerLost(error.to_string()),
            TransportError::TooLarge { limit, .. } => Self::TooLarge { limit },
        }
    }
}
