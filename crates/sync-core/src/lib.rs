//! The core of the synchronisation.

pub mod domain;
pub mod index;
#[cfg(feature = "io")]
pub mod io;
pub mod plan;
