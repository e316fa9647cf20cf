//! The whole product in one process: the very flows that run in Lambda, around embedded queues and an embedded ledger.
//!
//! | room | what it is |
//! |---|---|
//! | [`Access`] | clients of both services, wherever these are |
//! | [`Store`] | DynamoDB and SQS, embedded, made as the template makes them |
//! | [`Host`] | each handler as one function, and all of them at work |
//! | [`Loopback`] | HTTP on this machine alone |
//! | [`serve_intake`], [`OverHttp`] | the notification intake at an address, and the simulated Graph's way there |

mod access;
mod door;
mod host;
mod loopback;
mod rest;
mod store;
mod work;

pub use access::{Access, Clients};
pub use door::{OverHttp, serve_intake};
pub use host::{Cleanup, Host, Options, Runs};
pub use loopback::{Loopback, listen, plain, serve};
pub use store::Store;
pub use work::Rhythm;
