//! One HTTP exchange, as a capability.

mod transport;

pub use transport::{Limits, Transport, TransportError};
