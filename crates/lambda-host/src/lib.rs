//! What the handlers have in common on Lambda. A handler's `main.rs` says what it needs and what it does; how that is had
//! stands here, once.
//!
//! | room | what it knows |
//! |---|---|
//! | [`variable`], [`Environment`] | the names of the settings, and how each is read |
//! | [`Start`] | settings, AWS clients and the clients of both services, made once at start |
//! | [`Vault`] | the credentials, kept for a while and asked for anew when they are refused |
//! | [`MappingSource`] | the mapping's text, wherever it is |
//! | [`Metrics`] | what is counted, in CloudWatch's embedded metric format |
//! | [`messages`], [`Batch`] | a batch of a queue's messages, and those of it that come back |
//! | [`custom_resource`] | CloudFormation's requests and its answers |
//! | [`run`] | logs, and Lambda's runtime |
//!
//! Nothing here decides what is written for whom.

mod aws;
mod batch;
pub mod custom_resource;
mod environment;
mod flow;
mod logs;
mod mapping_source;
mod metrics;
mod observers;
mod runtime;
mod secret;
mod start;
pub mod variable;
mod vault;

pub use batch::{Batch, messages};
pub use environment::{Environment, SettingsError};
pub use flow::{Flow, going_with};
pub use mapping_source::MappingSource;
pub use metrics::{Metrics, Unit};
pub use observers::Watching;
pub use runtime::{Invocation, run, serve};
pub use secret::{SecretError, read_secret};
pub use start::{Graph, Start, Zenqms};
pub use vault::Vault;
