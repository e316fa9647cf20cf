//! ZenQMS. Its API reference is handed to customers only, so what this project assumes of it stands in one place,
//! [`contract`], and nowhere else.

mod client;
pub mod contract;
mod gate;
mod read;
mod write;

pub use client::{Environment, UnknownEnvironment, ZenqmsClient, ZenqmsSettings};
pub use gate::Gate;
