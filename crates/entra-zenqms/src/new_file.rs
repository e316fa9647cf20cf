use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A file that a command writes. One that is there is not written over, and what was broken off leaves none behind.
pub(crate) struct NewFile {
    path: PathBuf,
    unfinished: PathBuf,
}

impl NewFile {
    /// Makes it under the name that it has meanwhile, for whoever asked and nobody else.
    pub(crate) fn begin(path: &Path) -> anyhow::Result<(Self, File)> {
        anyhow::ensure!(!path.exists(), "{} is there already, and is not written over", path.display());
        let unfinished = path.with_added_extension("part");
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&unfinished).with_context(|| {
            let part = unfinished.display();
            format!("{part} cannot be made; if it is there already, another command writes to it or was killed: remove it then")
        })?;
        Ok((Self { path: path.to_owned(), unfinished }, file))
    }

    /// Gives it its name; one that somebody else has taken meanwhile is not written over.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let named = match std::fs::hard_link(&self.unfinished, &self.path) {
            // Not every file system gives a file a second name (FAT, many network drives).
            Err(error) if error.kind() != ErrorKind::AlreadyExists => OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&self.path)
                .and_then(|_| std::fs::rename(&self.unfinished, &self.path)),
            named => named,
        };
        named.with_context(|| self.path.display().to_string())
    }
}

impl Drop for NewFile {
    /// The other name of what is whole, or what is left of what was broken off.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.unfinished);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::NewFile;

    #[test]
    fn what_is_broken_off_leaves_nothing_and_what_is_whole_is_not_written_over() {
        let folder = std::env::temp_dir().join(format!("new-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("plan.txt");
        let names = || std::fs::read_dir(&folder).unwrap().count();
        drop(NewFile::begin(&path).unwrap());
        assert_eq!(names(), 0);

        let (new, mut file) = NewFile::begin(&path).unwrap();
        assert!(NewFile::begin(&path).is_err(), "two at once");
        file.write_all(b"first").unwrap();
        std::fs::write(&path, "somebody else's").unwrap();
        assert!(new.finish().is_err());
        assert_eq!((names(), std::fs::read_to_string(&path).unwrap().as_str()), (1, "somebody else's"));
        std::fs::remove_file(&path).unwrap();

        let (new, mut file) = NewFile::begin(&path).unwrap();
        file.write_all(b"second").unwrap();
        new.finish().unwrap();
        assert_eq!((names(), std::fs::read_to_string(&path).unwrap().as_str()), (1, "second"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
