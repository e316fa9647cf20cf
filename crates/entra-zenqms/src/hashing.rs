//! What was written, by its SHA-256.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use sync_core::evidence::Hash;

/// Hashes what it writes.
pub(crate) struct Hashing<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, hasher: Sha256::new() }
    }

    /// The SHA-256 of all that was written, in hexadecimal digits, once it is where it goes to.
    ///
    /// # Errors
    /// What was not written yet and cannot be.
    pub(crate) fn finish(mut self) -> io::Result<String> {
        self.out.flush()?;
        Ok(Hash::from_stored(&self.hasher.finalize()).unwrap_or_default().to_string())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
