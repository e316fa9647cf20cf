//! Everything that talks to the outside: Microsoft Graph, ZenQMS, DynamoDB, SQS, the clock, chance.
//!
//! `graph`, `zenqms`, `dynamo` and `sqs` know nothing of each other; what they have in common is in `http`, in `aws` and in
//! the ports.

pub mod aws;
mod clock;
mod credentials;
pub mod dynamo;
pub mod graph;
pub mod http;
mod random;
pub mod sqs;
pub mod zenqms;

pub use clock::SystemClock;
pub use credentials::{Credentials, CredentialsSource, FixedCredentials};
pub use random::RandomIds;
