//! Files that a command writes.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};
use sync_core::evidence::Hash;

/// A file that is being written. What is broken off never has the name of what is whole.
pub(crate) struct NewFile {
    path: PathBuf,
    unfinished: PathBuf,
}

impl NewFile {
    /// Makes a file, for whoever asked and nobody else; one that exists is not written over.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub(crate) fn create(path: &Path) -> anyhow::Result<(Self, File)> {
        anyhow::ensure!(!path.exists(), "{} is there already, and is not written over", path.display());
        let unfinished = path.with_added_extension("part");
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&unfinished).with_context(|| {
            let part = unfinished.display();
            format!(
                "{part} cannot be made; if it is there already, an export is under way or was broken off: remove it then"
            )
        })?;
        Ok((Self { path: path.to_owned(), unfinished }, file))
    }

    /// It is whole.
    ///
    /// # Errors
    /// Why it cannot be given its name.
    pub(crate) fn keep(self) -> anyhow::Result<()> {
        std::fs::rename(&self.unfinished, &self.path).with_context(|| self.path.display().to_string())
    }
}

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

/// Lines of comma-separated values for a spreadsheet.
pub(crate) fn spreadsheet<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(out)
}

/// A text that a spreadsheet does not take for a formula (OWASP: CSV injection).
pub(crate) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
