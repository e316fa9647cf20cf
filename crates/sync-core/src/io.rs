//! Everything that talks to the outside: Microsoft Graph, ZenQMS, DynamoDB, the clock.
//!
//! `graph`, `zenqms` and `dynamo` know nothing of each other; what they have in common is in `http` and in the ports.

mod clock;
pub mod dynamo;
pub mod graph;
pub mod http;
pub mod zenqms;

pub use clock::SystemClock;
