use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::address::fold;
use super::names::{CULTURES, JOBS, LEVELS, POSTS};

/// How many of the people have names of two cultures.
const MIXED_NAMES: f64 = 0.3;
/// How many of the people have a job with a level.
const LEVELLED: f64 = 0.7;
/// How many of the people have a post.
const POSTED: f64 = 0.08;

/// The texts that people have in common, each there once.
pub(super) struct Texts {
    given: Vec<Word>,
    surnames: Vec<Word>,
    /// Of each culture, which of the words are its own.
    cultures: Vec<(Range<u16>, Range<u16>)>,
    titles: Vec<Arc<str>>,
    /// Which titles are jobs with a level, jobs without one, and posts.
    titles_by_kind: [Range<u16>; 3],
    full_names: HashMap<Name, Arc<str>>,
    nothing: Arc<str>,
}

/// A name, and how it is written in an address.
struct Word {
    text: Arc<str>,
    folded: Box<str>,
}

/// A first and a last name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    given: u16,
    surname: u16,
}

/// A job title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Title(u16);

impl Texts {
    pub(super) fn new() -> Self {
        let (mut given, mut surnames) = (Vec::new(), Vec::new());
        let cultures = CULTURES
            .iter()
            .map(|culture| (learn(&mut given, culture.given), learn(&mut surnames, culture.surnames)))
            .collect();
        let levelled = LEVELS.split(", ").flat_map(|level| JOBS.split(", ").map(move |job| format!("{level} {job}")));
        let mut titles: Vec<Arc<str>> = levelled.map(Arc::from).collect();
        let levelled = number(titles.len());
        titles.extend(JOBS.split(", ").map(Arc::from));
        let jobs = number(titles.len());
        titles.extend(POSTS.split(", ").map(Arc::from));
        Self {
            given,
            surnames,
            cultures,
            titles_by_kind: [0..levelled, levelled..jobs, jobs..number(titles.len())],
            titles,
            full_names: HashMap::new(),
            nothing: "".into(),
        }
    }

    pub(super) fn draw_name(&self, mut rng: fastrand::Rng) -> Name {
        let culture = |rng: &mut fastrand::Rng| rng.choice(&self.cultures).cloned().unwrap_or_default();
        let (given, mut surnames) = culture(&mut rng);
        if rng.f64() < MIXED_NAMES {
            surnames = culture(&mut rng).1;
        }
        Name { given: rng.u16(given), surname: rng.u16(surnames) }
    }

    /// The name after a wedding.
    pub(super) fn with_other_surname(&self, name: Name, mut rng: fastrand::Rng) -> Name {
        let surname = other(name.surname, self.surnames.len(), &mut rng);
        Name { surname, ..name }
    }

    pub(super) fn draw_title(&self, mut rng: fastrand::Rng) -> Title {
        let [levelled, jobs, posts] = &self.titles_by_kind;
        let kind = rng.f64();
        let kind = if kind < POSTED {
            posts
        } else if kind < POSTED + LEVELLED {
            levelled
        } else {
            jobs
        };
        Title(rng.u16(kind.clone()))
    }

    /// The title before a promotion.
    pub(super) fn other_title(&self, title: Title, mut rng: fastrand::Rng) -> Title {
        Title(other(title.0, self.titles.len(), &mut rng))
    }

    pub(super) fn given(&self, name: Name) -> Arc<str> {
        self.given.get(usize::from(name.given)).map_or(&self.nothing, |word| &word.text).clone()
    }

    pub(super) fn surname(&self, name: Name) -> Arc<str> {
        self.surnames.get(usize::from(name.surname)).map_or(&self.nothing, |word| &word.text).clone()
    }

    pub(super) fn title(&self, title: Title) -> Arc<str> {
        self.titles.get(usize::from(title.0)).unwrap_or(&self.nothing).clone()
    }

    pub(super) fn full_name(&mut self, name: Name) -> Arc<str> {
        if let Some(known) = self.full_names.get(&name) {
            return known.clone();
        }
        let text: Arc<str> = format!("{} {}", self.given(name), self.surname(name)).into();
        self.full_names.insert(name, text.clone());
        text
    }

    /// The part of an address in front of the @, before numbering.
    pub(super) fn mailbox(&self, name: Name) -> String {
        let given = self.given.get(usize::from(name.given)).map_or("", |word| &word.folded);
        let surname = self.surnames.get(usize::from(name.surname)).map_or("", |word| &word.folded);
        format!("{given}.{surname}")
    }
}

/// Adds the words of a list; which ones they are.
fn learn(words: &mut Vec<Word>, list: &str) -> Range<u16> {
    let from = number(words.len());
    words.extend(list.split(", ").map(|entry| match entry.split_once('=') {
        Some((text, folded)) => Word { text: text.into(), folded: folded.into() },
        None => Word { text: entry.into(), folded: fold(entry).into() },
    }));
    from..number(words.len())
}

/// There are some hundred words of a kind.
fn number(words: usize) -> u16 {
    u16::try_from(words).unwrap_or(u16::MAX)
}

/// Any number below `all` but `one`.
fn other(one: u16, all: usize, rng: &mut fastrand::Rng) -> u16 {
    let all = number(all);
    let ahead = rng.u16(1..all.max(2));
    u16::try_from((u32::from(one) + u32::from(ahead)) % u32::from(all.max(1))).unwrap_or_default()
}
