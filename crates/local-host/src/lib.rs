//! The whole product in one process: the very flows that run in Lambda, around embedded queues and an embedded ledger.
//!
//! | room | what it is |
//! |---|---|
//! | [`Access`] | clients of both services, wherever these are |
//! | [`Store`] | DynamoDB and SQS, embedded, made as the template makes them |
//! | [`Host`] | each handler as one function, and all of them at work |

mod access;
mod host;
mod store;
mod work;

pub use access::{Access, Clients};
pub use host::{Host, Options, Runs};
pub use store::Store;
pub use work::Rhythm;
