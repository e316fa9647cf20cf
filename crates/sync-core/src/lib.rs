//! The core of the synchronisation.

#[cfg(feature = "io")]
pub mod io;
