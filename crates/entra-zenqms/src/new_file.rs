use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A file that a command writes. One that is there is not written over, and what was broken off never has the name of what is
/// whole.
pub(crate) struct NewFile<'a> {
    path: &'a Path,
    unfinished: PathBuf,
}

impl<'a> NewFile<'a> {
    /// Makes it under the name that it has meanwhile, for whoever asked and nobody else.
    pub(crate) fn begin(path: &'a Path) -> anyhow::Result<(Self, File)> {
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
        Ok((Self { path, unfinished }, file))
    }

    /// Gives it its name.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        std::fs::rename(&self.unfinished, self.path).with_context(|| self.path.display().to_string())
    }
}
