use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::hashing::Hashing;
use crate::new_file::NewFile;

use super::finding::Finding;
use super::review::Line;
use super::{Asker, Reported, Totals, Written, page, sheet};

/// Both files, as long as they are not whole.
pub(super) struct Files {
    sheet: (NewFile, File, String),
    page: (NewFile, File, String),
    page_path: PathBuf,
}

impl Files {
    pub(super) fn begin(output: &Path) -> anyhow::Result<Self> {
        let begin = |extension| {
            let path = output.with_added_extension(extension);
            let (new, file) = NewFile::begin(&path)?;
            Ok::<_, anyhow::Error>((new, file, name(&path)))
        };
        let page_path = output.with_added_extension("html");
        Ok(Self { sheet: begin("csv")?, page: begin("html")?, page_path })
    }

    pub(super) fn write(self, asker: &Asker<'_>, totals: Totals, lines: &[Line]) -> anyhow::Result<Reported> {
        let Self { sheet: (sheet_file, out, sheet), page: (page_file, page_out, page), page_path } = self;
        let mut out = Hashing::new(BufWriter::new(out));
        sheet::write(lines, &totals.groups_unread, &mut out).with_context(|| sheet.clone())?;
        let sheet = Written { file: sheet, sha256: out.finish()? };
        let mut out = Hashing::new(BufWriter::new(page_out));
        page::write(asker, &totals, &sheet, lines, &mut out).with_context(|| page.clone())?;
        let page = Written { file: page, sha256: out.finish()? };
        page_file.finish()?;
        sheet_file.finish().inspect_err(|_| {
            // One without the other is no review.
            let _ = std::fs::remove_file(&page_path);
        })?;
        let mut found: BTreeMap<Finding, u64> = asker.findings().map(|finding| (finding, 0)).collect();
        for line in lines {
            *found.entry(line.finding).or_default() += 1;
        }
        let settings = asker.of.settings().map(str::to_owned);
        Ok(Reported { settings, at: asker.at, totals, found, sheet, page })
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
