//! The seeds, and what is like them: what `make fuzz` begins with, and what the suite tries of it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use sync_core::work::{CleanupWork, GroupWork, KeeperWork, RunWork, UserWork};

use crate::{delivery, query, work};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn deliveries_like_the_seeds_are_taken_in(body in like_a_seed("delivery")) {
        delivery::check(&body);
    }

    #[test]
    fn queries_like_the_seeds_are_answered(query in like_a_seed("query")) {
        query::check(&query);
    }

    #[test]
    fn messages_like_the_seeds_are_read(message in like_a_seed("work")) {
        work::check(&message);
    }
}

/// The file's name begins with what its message is; a seed that nobody can read leads nowhere.
#[test]
fn each_message_among_the_seeds_is_of_the_kind_it_is_named_after() {
    for (name, seed) in seeds("work") {
        let body = str::from_utf8(&seed).unwrap();
        let kinds = [
            ("user", UserWork::read(body).is_ok()),
            ("group", GroupWork::read(body).is_ok()),
            ("keeper", KeeperWork::read(body).is_ok()),
            ("run", RunWork::read(body).is_ok()),
            ("cleanup", CleanupWork::read(body).is_ok()),
        ];
        for (kind, readable) in kinds {
            // What a run needs is all that cleaning up needs.
            assert_eq!(
                readable,
                name.starts_with(kind) || (kind == "cleanup" && !name.starts_with("keeper")),
                "{name} as {kind}"
            );
        }
    }
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = package().join("seeds").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .map(|file| (file.file_stem().unwrap().to_string_lossy().into_owned(), fs::read(file).unwrap()))
        .collect()
}

/// The words of the fuzzer's dictionary, each in quotes as in JSON.
fn words() -> Vec<Vec<u8>> {
    let dictionary = fs::read_to_string(package().join("words.dict")).unwrap();
    let words = dictionary.lines().filter(|line| line.starts_with('"'));
    words.map(|word| serde_json::from_str::<String>(word).unwrap().into_bytes()).collect()
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A seed as it is, or changed in a few places.
fn like_a_seed(target: &str) -> impl Strategy<Value = Vec<u8>> {
    let seeds: Vec<_> = seeds(target).into_iter().map(|(_, seed)| seed).collect();
    let change = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        any::<(Index, Index)>().prop_map(|(from, to)| Change::Cut(from, to)),
        any::<(Index, Index)>().prop_map(|(from, to)| Change::Twice(from, to)),
        (any::<Index>(), select(words())).prop_map(|(at, word)| Change::Word(at, word)),
        (any::<Index>(), select(seeds.clone()), any::<Index>())
            .prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ];
    let changes = prop::collection::vec(change, 0..5);
    (select(seeds), changes)
        .prop_map(|(seed, changes)| changes.into_iter().fold(seed, |bytes, change| change.make(bytes)))
}

#[derive(Clone, Debug)]
enum Change {
    /// Another byte in this place.
    Byte(Index, u8),
    /// Nothing between these.
    Cut(Index, Index),
    /// What is between these a second time.
    Twice(Index, Index),
    /// A word in this place.
    Word(Index, Vec<u8>),
    /// From this place on the other one, from that place on.
    Splice(Index, Vec<u8>, Index),
}

impl Change {
    fn make(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let place = |index: Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let between = |one: Index, other: Index, bytes: &[u8]| {
            let (one, other) = (place(one, bytes), place(other, bytes));
            one.min(other)..one.max(other)
        };
        match self {
            Self::Byte(at, byte) => {
                let at = place(at, &bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old = byte;
                }
            }
            Self::Cut(from, to) => drop(bytes.drain(between(from, to, &bytes))),
            Self::Twice(from, to) => bytes.extend_from_within(between(from, to, &bytes)),
            Self::Word(at, word) => {
                let at = place(at, &bytes);
                bytes.splice(at..at, word);
            }
            Self::Splice(at, other, from) => {
                bytes.truncate(place(at, &bytes));
                bytes.extend_from_slice(&other[place(from, &other)..]);
            }
        }
        bytes
    }
}
