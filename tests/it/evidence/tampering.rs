//! Whoever changes what is on record is found out, and the place is named.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::{Chain, Entry, Flaw, Head, Record, Stored, sample};
use sync_core::io::dynamo::Ledger;
use sync_core::ports::EvidenceRead;

use super::{chain, verdict};
use crate::laboratory::{self, person};
use crate::live::Live;

/// Whoever tampers with the table.
struct Tamperer {
    client: Client,
    user: DirectoryUserId,
}

type Item = HashMap<String, AttributeValue>;

impl Tamperer {
    fn key(&self, number: u64) -> Item {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.user.to_string())),
            ("sk".to_owned(), AttributeValue::S(format!("{number:010}"))),
        ])
    }

    async fn read(&self, number: u64) -> Item {
        let read = self.client.get_item().table_name("evidence").set_key(Some(self.key(number)));
        read.send().await.unwrap().item.unwrap()
    }

    async fn write(&self, item: Item) {
        self.client.put_item().table_name("evidence").set_item(Some(item)).send().await.unwrap();
    }

    async fn remove(&self, number: u64) {
        let remove = self.client.delete_item().table_name("evidence").set_key(Some(self.key(number)));
        remove.send().await.unwrap();
    }
}

/// Ada has six records.
async fn tampering() -> (Live, Tamperer) {
    let live = laboratory::live().await;
    for title in ["Director", "President"] {
        live.rig.simulation.change(|editor| {
            editor.update_person(person(1), |ada| ada.job_title = Some(title.into()));
        });
        live.work_until_idle(Duration::from_hours(1)).await;
    }
    let tamperer = Tamperer { client: live.rig.store.dynamo.client(), user: person(1).into() };
    assert_eq!((chain(&live.rig, 1).await.len(), verdict(&live.rig).await.is_whole()), (6, true));
    (live, tamperer)
}

async fn flaws(live: &Live) -> Vec<Flaw> {
    let verdict = verdict(&live.rig).await;
    assert!(verdict.flaws.iter().all(|(user, _)| *user == person(1).into()), "{verdict:?}");
    assert_eq!(verdict.flawed, verdict.flaws.len() as u64);
    verdict.flaws.into_iter().map(|(_, flaw)| flaw).collect()
}

#[tokio::test(start_paused = true)]
async fn an_altered_record_is_found_and_named() {
    let (live, tamperer) = tampering().await;
    let mut item = tamperer.read(3).await;
    let text = item["record"].as_s().unwrap().replace("Director", "Dictator");
    item.insert("record".to_owned(), AttributeValue::S(text));
    tamperer.write(item).await;
    assert_eq!(flaws(&live).await, [Flaw::Altered { number: 3 }]);
}

/// Whoever computes the hash anew breaks the next record, and whoever computes all of them anew is found by what the ledger has
/// kept.
#[tokio::test(start_paused = true)]
async fn a_chain_that_was_written_anew_is_found() {
    let (live, tamperer) = tampering().await;
    let stored = live.rig.store.ledger.chain(person(1).into()).await.unwrap();
    let mut head = Head::default();
    for record in stored {
        let Record { user, at, mut entry, .. } = record.record().unwrap();
        if let Entry::Intent(intent) = &mut entry {
            intent.by.version = "9.9.9".into();
        }
        let forged = Stored::after(&head, user, at, entry);
        head = forged.head();
        let mut item = tamperer.read(forged.number).await;
        item.insert("record".to_owned(), AttributeValue::S(forged.text.clone()));
        item.insert("hash".to_owned(), AttributeValue::B(forged.hash.as_bytes().as_slice().into()));
        tamperer.write(item).await;
        let mut chain = Chain::begin(user);
        let whole = live.rig.store.ledger.chain(user).await.unwrap();
        let so_far = whole.iter().try_for_each(|record| chain.follow(record).map(drop));
        assert_eq!(so_far.is_ok(), forged.number == 6);
    }
    assert_eq!(flaws(&live).await, [Flaw::NotAsKept { number: 6 }]);
    assert_eq!(sampled(&live, 2, 100).await, (4, vec![(person(1).into(), Flaw::NotAsKept { number: 6 })]));
}

/// What a look in passing finds that begins behind somebody: of how many people, and what.
async fn sampled(live: &Live, behind: u128, people: usize) -> (u64, Vec<(DirectoryUserId, Flaw)>) {
    let found = sample(&live.rig.store.ledger, Ledger::among_heads(person(behind)), people).await.unwrap();
    assert_eq!(found.flawed, found.flaws.len() as u64);
    (found.people, found.flaws)
}

#[tokio::test(start_paused = true)]
async fn a_look_in_passing_finds_what_it_comes_upon_wherever_it_begins() {
    let (live, tamperer) = tampering().await;
    for behind in 0..6 {
        assert_eq!(sampled(&live, behind, 100).await, (4, vec![]));
        assert_eq!(sampled(&live, behind, 2).await, (2, vec![]));
    }
    tamperer.remove(6).await;
    let cut = (person(1).into(), Flaw::CutShort { known: 6, found: 5 });
    for behind in 0..6 {
        assert_eq!(sampled(&live, behind, 100).await, (4, vec![cut.clone()]));
    }
    // One by one, everybody is come upon.
    let mut found = Vec::new();
    for behind in 0..6 {
        found.extend(sampled(&live, behind, 1).await.1);
    }
    assert!(!found.is_empty() && found.iter().all(|one| *one == cut), "{found:?}");
    tamperer.remove(2).await;
    assert_eq!(sampled(&live, 0, 100).await.1, [(person(1).into(), Flaw::Missing { expected: 2, found: 3 })]);
}

#[tokio::test(start_paused = true)]
async fn a_removed_record_is_found_and_named() {
    let (live, tamperer) = tampering().await;
    let taken = tamperer.read(3).await;
    tamperer.remove(3).await;
    assert_eq!(flaws(&live).await, [Flaw::Missing { expected: 3, found: 4 }]);
    tamperer.write(taken).await;
    assert_eq!(flaws(&live).await, []);
    // The end of it; and all of it.
    tamperer.remove(6).await;
    assert_eq!(flaws(&live).await, [Flaw::CutShort { known: 6, found: 5 }]);
    for number in 1..6 {
        tamperer.remove(number).await;
    }
    assert_eq!(flaws(&live).await, [Flaw::CutShort { known: 6, found: 0 }]);
}

#[tokio::test(start_paused = true)]
async fn two_records_that_changed_places_are_found_and_named() {
    let (live, tamperer) = tampering().await;
    let (mut third, mut fifth) = (tamperer.read(3).await, tamperer.read(5).await);
    let place = third["sk"].clone();
    third.insert("sk".to_owned(), fifth["sk"].clone());
    fifth.insert("sk".to_owned(), place);
    tamperer.write(third).await;
    tamperer.write(fifth).await;
    assert_eq!(flaws(&live).await, [Flaw::Altered { number: 3 }]);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_no_record_is_named() {
    let (live, tamperer) = tampering().await;
    let mut item = tamperer.read(6).await;
    item.remove("hash");
    item.insert("sk".to_owned(), AttributeValue::S("note".to_owned()));
    tamperer.write(item).await;
    let verdict = verdict(&live.rig).await;
    assert_eq!((verdict.strangers, verdict.flawed), (vec![format!("{} note", person(1))], 0));
}
