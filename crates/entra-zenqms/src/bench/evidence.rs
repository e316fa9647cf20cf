//! The memory of proving a million records, in a process of its own. The records are made as they are asked for.

use std::collections::HashMap;
use std::process::Stdio;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sync_core::domain::{AccountId, DirectoryUserId, Field, Personal};
use sync_core::evidence::{
    Answer, Answered, Author, Entry, FieldChange, Hash, Head, Intent, Outcome, RecordedField, Stored, Write, verify,
};
use sync_core::failure::Failure;
use sync_core::ports::{EvidenceRead, HeadsPage, PageLink, RecordsPage};
use sync_core::run::RunId;
use tokio::process::Command;

use super::memory::{peak_kb, print_peak};
use crate::cli::BenchVerifyOptions;
use crate::tables::{self, thousands};

/// Records of one person: five changes.
const EACH: u64 = 10;
/// People on a page, as many as go into DynamoDB's megabyte.
const TOGETHER: u64 = 150;
/// The limit, kB: what a small machine has to spare. It does not depend on the number of records.
const LIMIT_KB: u64 = 64 * 1024;

/// What proving took.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Proving {
    pub(super) records: u64,
    pub(super) people: u64,
    /// Peak resident set of the process that proves, kB.
    pub(super) peak_kb: u64,
}

/// So many people, each with ten records.
struct Made {
    people: u64,
}

fn user(n: u64) -> DirectoryUserId {
    DirectoryUserId::from_bytes(u128::from(n).to_be_bytes())
}

fn chain(n: u64) -> Vec<Stored> {
    let mut head = Head::default();
    let mut records = Vec::new();
    for number in 1..=EACH {
        let account = Some(AccountId::text(&n.to_string()));
        let entry = if number % 2 == 1 {
            let text = |number: u64| Some(Personal::new(&format!("Quality Lead {number}")));
            let field = RecordedField::Profile(Field::Title);
            Entry::Intent(Intent {
                by: Author::new(RunId::from_stored("user-flow".to_owned())),
                account,
                deleted: false,
                outside: None,
                fields: vec![FieldChange { field, from: text(number), to: text(number + 1), substitute: false }],
                given: Vec::new(),
                taken: Vec::new(),
            })
        } else {
            let answers = vec![Answered { write: Write::Account, answer: Answer::Done }];
            Entry::Outcome(Outcome { of: number - 1, account, answers })
        };
        let record = Stored::after(&head, user(n), Timestamp::UNIX_EPOCH, entry);
        head = record.head();
        records.push(record);
    }
    records
}

impl Made {
    /// The people of a page, and where it goes on.
    fn page(&self, from: Option<&PageLink>) -> (std::ops::Range<u64>, Option<PageLink>) {
        let first: u64 = from.and_then(|link| link.0.parse().ok()).unwrap_or_default();
        let end = (first + TOGETHER).min(self.people);
        (first..end, (end < self.people).then(|| PageLink(end.to_string())))
    }
}

impl EvidenceRead for Made {
    async fn chain(&self, user: DirectoryUserId) -> Result<Vec<Stored>, Failure> {
        Ok(chain(number(user)))
    }

    async fn records(&self, from: Option<&PageLink>) -> Result<RecordsPage, Failure> {
        let (people, next) = self.page(from);
        Ok(RecordsPage { records: people.flat_map(chain).collect(), next, ..RecordsPage::default() })
    }

    async fn kept_heads(&self, from: Option<&PageLink>) -> Result<HeadsPage, Failure> {
        let (people, next) = self.page(from);
        let heads = people.filter_map(|n| Some((user(n), chain(n).last()?.head())));
        Ok(HeadsPage { heads: heads.collect(), next })
    }

    async fn hashes(&self, ends: &[(DirectoryUserId, u64)]) -> Result<HashMap<(DirectoryUserId, u64), Hash>, Failure> {
        let hash = |&(user, at): &(DirectoryUserId, u64)| {
            let record = chain(number(user)).into_iter().find(|record| record.number == at)?;
            Some(((user, at), record.hash))
        };
        Ok(ends.iter().filter_map(hash).collect())
    }
}

fn number(user: DirectoryUserId) -> u64 {
    u64::try_from(u128::from_be_bytes(user.to_bytes())).unwrap_or_default()
}

/// Measures the proof of so many records.
pub(super) async fn measure(records: u64) -> anyhow::Result<Proving> {
    let proof = Command::new(std::env::current_exe()?)
        .args(["bench-verify", "--records", &records.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .await?;
    serde_json::from_slice(&proof.stdout).context("what the proof measured of itself")
}

/// The process that is measured.
pub(crate) async fn prove(options: BenchVerifyOptions) -> anyhow::Result<()> {
    let verdict = verify(&Made { people: options.records / EACH }, |_| ()).await?;
    ensure!(verdict.is_whole(), "what was made is not whole: {verdict:?}");
    let proving = Proving { records: verdict.records, people: verdict.people, peak_kb: peak_kb()? };
    tables::line(&serde_json::to_string(&proving)?);
    Ok(())
}

impl Proving {
    pub(super) const fn is_too_much(&self) -> bool {
        self.peak_kb >= LIMIT_KB
    }

    pub(super) fn print(&self) {
        let (records, people) = (thousands(self.records), thousands(self.people));
        tables::heading(&format!("Proving {records} records of {people} people"));
        print_peak("the process that proves", self.peak_kb, LIMIT_KB);
    }
}
