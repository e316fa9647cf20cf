//! What AWS's clients have in common, in a handler and at the operator's: the HTTP client that the process has anyway, and
//! signed requests to services for which a whole SDK would be too much.

mod connector;
mod signed;

pub use connector::{ATTEMPTS, http_client, timeouts};
pub use signed::SignedCalls;

use std::time::Duration;

/// One attempt at a call of AWS. DynamoDB and SQS answer within milliseconds; a connection that went dead while the process
/// was frozen is noticed after so long, not after minutes.
const ATTEMPT: Duration = Duration::from_secs(5);
/// All attempts at a call together.
const CALL: Duration = Duration::from_secs(20);
/// No answer of DynamoDB, SQS or Secrets Manager is larger (AWS docs: 1 MB a query, 16 MB a batch).
const LARGEST: usize = 17 * 1024 * 1024;
