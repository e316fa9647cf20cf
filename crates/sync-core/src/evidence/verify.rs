use std::collections::{BTreeMap, HashMap};

use crate::domain::DirectoryUserId;
use crate::failure::Failure;
use crate::ports::{EvidenceRead, HeadsPage, PageLink};

use super::{Chain, Flaw, Head, Stored};

/// Flaws that are named; more are counted.
const NAMED: usize = 100;
/// A sample reads no more pages of ends. A page of the ledger may hold few of them, or none.
const PAGES: usize = 10;

/// What was found of all chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// People of whom something is on record.
    pub people: u64,
    /// Records.
    pub records: u64,
    /// People over whom somebody died, and at whom nobody has looked since: what became of the last write is not on record yet.
    pub unfinished: u64,
    /// Records that are what was written, and that this version cannot read: a later one has written them.
    pub unreadable: u64,
    /// What is wrong, and with whose chain; the first hundred.
    pub flaws: Vec<(DirectoryUserId, Flaw)>,
    /// How many chains have something wrong with them.
    pub flawed: u64,
    /// Items that are no records; the first hundred.
    pub strangers: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.flawed == 0 && self.strangers.is_empty()
    }

    fn blame(&mut self, user: DirectoryUserId, flaw: Flaw) {
        self.flawed += 1;
        if self.flaws.len() < NAMED {
            self.flaws.push((user, flaw));
        }
    }
}

/// Follows chains whose records come in any order that keeps one person's together, in constant memory.
#[derive(Debug, Default)]
pub struct Verifier {
    verdict: Verdict,
    chain: Option<Chain>,
    broken: Option<(DirectoryUserId, Flaw)>,
}

impl Verifier {
    /// Takes the next record. Returns whose chain was at fault, once it is over.
    pub fn follow(&mut self, record: &Stored) -> Option<(DirectoryUserId, Flaw)> {
        self.verdict.records += 1;
        let ended = match &self.chain {
            Some(chain) if chain.user() == record.user => None,
            _ => {
                let ended = self.end();
                self.verdict.people += 1;
                ended
            }
        };
        let chain = self.chain.get_or_insert_with(|| Chain::begin(record.user));
        if self.broken.is_none() {
            match chain.follow(record) {
                Ok(said) => self.verdict.unreadable += u64::from(said.is_none()),
                Err(flaw) => self.broken = Some((record.user, flaw)),
            }
        }
        ended
    }

    /// The last chain is over.
    pub fn end(&mut self) -> Option<(DirectoryUserId, Flaw)> {
        let chain = self.chain.take()?;
        self.verdict.unfinished += u64::from(self.broken.is_none() && chain.open().is_some());
        self.broken.take()
    }

    /// What was found, where nobody can be asked again.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        self.verdict
    }

    /// Takes note of a flaw.
    pub fn blame(&mut self, (user, flaw): (DirectoryUserId, Flaw)) {
        self.verdict.blame(user, flaw);
    }
}

/// Verifies all that is on record: each chain in itself, and its end against what was kept elsewhere. `progress` is told how many
/// records were read.
///
/// # Errors
/// What could not be read.
pub async fn verify(evidence: &impl EvidenceRead, mut progress: impl FnMut(u64)) -> Result<Verdict, Failure> {
    let mut verifier = Verifier::default();
    let mut from: Option<PageLink> = None;
    loop {
        let page = evidence.records(from.as_ref()).await?;
        for record in &page.records {
            if let Some(fault) = verifier.follow(record) {
                examine(evidence, &mut verifier, fault).await?;
            }
        }
        let room = NAMED.saturating_sub(verifier.verdict.strangers.len());
        verifier.verdict.strangers.extend(page.strangers.into_iter().take(room));
        progress(verifier.verdict.records);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    if let Some(fault) = verifier.end() {
        examine(evidence, &mut verifier, fault).await?;
    }
    let mut verdict = verifier.verdict();
    let mut from: Option<PageLink> = None;
    loop {
        let HeadsPage { heads, next } = evidence.kept_heads(from.as_ref()).await?;
        let ends: Vec<_> = heads.iter().map(|(user, head)| (*user, head.number)).collect();
        let hashes: HashMap<_, _> = evidence.hashes(&ends).await?;
        for (user, head) in heads {
            let number = head.number;
            match hashes.get(&(user, number)) {
                Some(hash) if *hash == head.hash => {}
                Some(_) => verdict.blame(user, Flaw::NotAsKept { number }),
                None => {
                    let found = evidence.chain(user).await?.last().map_or(0, |last| last.number);
                    // A record that is missing further up was named already.
                    if found < number {
                        verdict.blame(user, Flaw::CutShort { known: number, found });
                    }
                }
            }
        }
        from = next;
        if from.is_none() {
            return Ok(verdict);
        }
    }
}

/// Verifies the chains of so many people, those whose ends come behind `from`: each in itself, and its end against what was kept
/// elsewhere. For a look in passing: a few calls, and one a person, however much is on record.
///
/// # Errors
/// What could not be read.
pub async fn sample(evidence: &impl EvidenceRead, from: PageLink, people: usize) -> Result<Verdict, Failure> {
    let mut heads = BTreeMap::new();
    let (mut from, mut began_anew) = (Some(from), false);
    for _ in 0..PAGES {
        let page = evidence.kept_heads(from.as_ref()).await?;
        for (user, head) in page.heads {
            if heads.len() < people {
                heads.insert(user, head);
            }
        }
        // Behind the last one comes the first.
        from = page.next;
        if heads.len() >= people || (from.is_none() && std::mem::replace(&mut began_anew, true)) {
            break;
        }
    }
    let mut verifier = Verifier::default();
    for (user, head) in &heads {
        let records = evidence.chain(*user).await?;
        for record in &records {
            verifier.follow(record);
        }
        let fault = verifier.end().or_else(|| Some((*user, parted(head, &records)?)));
        if let Some(fault) = fault {
            verifier.blame(fault);
        }
    }
    Ok(Verdict { people: heads.len() as u64, ..verifier.verdict() })
}

/// Where a chain that is whole in itself parts with the end that was kept. It may have grown since.
fn parted(&Head { number, hash }: &Head, records: &[Stored]) -> Option<Flaw> {
    let found = records.last().map_or(0, |last| last.number);
    if found < number {
        return Some(Flaw::CutShort { known: number, found });
    }
    let kept = records.iter().find(|record| record.number == number)?;
    (kept.hash != hash).then_some(Flaw::NotAsKept { number })
}

/// A chain that seems to be at fault is read once more, alone: DynamoDB does not promise in which order it lists everything.
async fn examine(
    evidence: &impl EvidenceRead,
    verifier: &mut Verifier,
    (user, seeming): (DirectoryUserId, Flaw),
) -> Result<(), Failure> {
    let records = evidence.chain(user).await?;
    let mut chain = Chain::begin(user);
    match records.iter().try_for_each(|record| chain.follow(record).map(drop)) {
        Err(flaw) => verifier.blame((user, flaw)),
        // It is there no more.
        Ok(()) if records.is_empty() => verifier.blame((user, seeming)),
        Ok(()) => {}
    }
    Ok(())
}
