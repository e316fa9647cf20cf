//! Records in a file, a line each: `{"hash":"<64 digits>","record":<the record's text, byte for byte>}`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::{Hash, Stored, Verdict, Verifier};

const BEFORE: &str = r#"{"hash":""#;
const BETWEEN: &str = r#"","record":"#;
const AFTER: &str = "}";

/// A record as a line.
pub(crate) fn line(record: &Stored) -> String {
    format!("{BEFORE}{}{BETWEEN}{}{AFTER}", record.hash, record.text)
}

/// Whose record it is, and which.
#[derive(Deserialize)]
struct Place {
    user: DirectoryUserId,
    number: u64,
}

/// A line as a record.
fn stored(line: &str) -> Option<Stored> {
    let (digits, text) = line.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.split_once(BETWEEN)?;
    // What else it says is the business of whoever reads it; a later version may say more.
    let Place { user, number } = serde_json::from_str(text).ok()?;
    Some(Stored { user, number, text: text.to_owned(), hash: Hash::from_digits(digits)? })
}

/// Verifies a file that `audit export` wrote, with nobody's help.
pub(crate) fn verify(path: &Path, mut progress: impl FnMut(u64)) -> anyhow::Result<Verdict> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let mut verifier = Verifier::default();
    for (number, line) in (1_u64..).zip(BufReader::new(file).lines()) {
        let line = line.with_context(|| format!("line {number} of {} cannot be read", path.display()))?;
        let Some(record) = stored(&line) else {
            bail!("line {number} of {} is no record as `audit export --format jsonl` writes them", path.display());
        };
        if let Some(fault) = verifier.follow(&record) {
            verifier.blame(fault);
        }
        progress(number);
    }
    if let Some(fault) = verifier.end() {
        verifier.blame(fault);
    }
    Ok(verifier.verdict())
}
