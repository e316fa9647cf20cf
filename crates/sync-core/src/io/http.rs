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

/// What is wrong with a body, and where. serde's own words may quote a value, which may be a name or an address.
pub(crate) fn what_is_wrong(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "it cannot be read",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "it has another shape",
        serde_json::error::Category::Eof => "it ends too early",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

impl From<TransportError> for Cause {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotSent { .. } => Self::Unreachable(error.to_string()),
            TransportError::Lost { .. } => Self::AnswerLost(error.to_string()),
            TransportError::TooLarge { limit, .. } => Self::TooLarge { limit },
        }
    }
}
