use jiff::Timestamp;
use std::time::Duration;

use sync_core::evidence::{Author, Entry, Intent, Stored};
use sync_core::ports::{EvidenceRead, Waiting};
use sync_core::run::RunId;
use sync_core::work::UserWork;

use super::*;
use crate::schemas::hold;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

/// A clock that stands still, and waits by tokio's.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

fn ada() -> Operator {
    Operator::new("arn:aws:iam::123456789012:user/ada")
}

fn person(n: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([n; 16])
}

fn parked(n: u8) -> ParkedPerson {
    ParkedPerson {
        user: person(n),
        code: "rejected".to_owned(),
        because: format!(
            "writing directory user {} failed: the service does not accept it (HTTP 422): title",
            person(n)
        ),
        at: now(),
    }
}

fn options(users: &[u8], all: bool) -> ChosenOptions {
    let stack = StackOptions { stack: "acme".to_owned(), region: None, profile: None, json: false };
    ChosenOptions { users: users.iter().map(|&n| person(n)).collect(), all, stack }
}

/// Looks at somebody and parks him, as a flow does.
async fn look_and_park(stack: &Embedded, n: u8) {
    let claims = Claims { people: &stack.store.ledger, clock: &Still, ids: &RandomIds };
    let Attempt::Held(claim, _) = claims.claim(person(n), None).await.unwrap() else { panic!("read since") };
    stack.store.ledger.park(&parked(n)).await.unwrap();
    let found = Found { parked: true, link_announced: true, ..Found::default() };
    stack.store.ledger.release(&claim, &found).await.unwrap();
}

#[tokio::test]
async fn all_who_are_parked_are_listed_over_as_many_pages_as_it_takes() {
    let stack = Embedded::new().await;
    // A page of DynamoDB has one megabyte.
    let long = "x".repeat(100_000);
    for n in 0..25 {
        stack.store.ledger.park(&ParkedPerson { because: long.clone(), ..parked(n) }).await.unwrap();
    }
    let listed = stack.store.ledger.parked_people().await.unwrap();
    assert_eq!(listed.iter().map(|person| person.user).collect::<Vec<_>>(), (0..25).map(person).collect::<Vec<_>>());
    assert!(listed.iter().all(|person| person.because == long && person.at == now()));
}

#[test]
fn a_list_is_no_wider_than_a_ticket_and_json_has_it_all() {
    let (title, because) = OnList::from(&parked(7)).words(now());
    assert_eq!(title, "07070707-0707-0707-0707-070707070707  2026-11-25 08:00 UTC, 0 s ago");
    assert!(tables::wrapped(&because, "    ").lines().all(|line| line.len() <= 80));
    let (listed, people) = ([parked(7), parked(8)], [person(7), person(8)]);
    hold("parked-list", &Document::Parked(listed.iter().map(OnList::from).collect()));
    hold("parked-list", &Document::Parked(Vec::new()));
    hold("parked-retry", &Queued { queued: &people });
    hold("parked-retry", &Queued { queued: &[] });
    hold("parked-drop", &Document::Dropped(&people));
    hold("parked-drop", &Document::Dropped(&[]));
    insta::assert_json_snapshot!(OnList::from(&parked(7)), @r#"
    {
      "user": "07070707-0707-0707-0707-070707070707",
      "code": "rejected",
      "since": "2026-11-25T08:00:00Z",
      "because": "writing directory user 07070707-0707-0707-0707-070707070707 failed: the service does not accept it (HTTP 422): title"
    }
    "#);
}

#[test]
fn whoever_is_not_parked_is_named_and_nothing_is_done() {
    let list = [parked(1), parked(2)];
    assert_eq!(ids(&choose(list.to_vec(), &options(&[2, 2], false)).unwrap()), [person(2)]);
    assert_eq!(ids(&choose(list.to_vec(), &options(&[], true)).unwrap()), [person(1), person(2)]);
    let refused = choose(list.to_vec(), &options(&[1, 3], false)).unwrap_err().to_string();
    assert!(refused.starts_with("not among the parked: 03030303-0303-0303-0303-030303030303."), "{refused}");
}

#[tokio::test]
async fn whoever_is_tried_again_stays_parked_until_he_is_well() {
    let stack = Embedded::new().await;
    look_and_park(&stack, 1).await;
    ask_for(&stack.store.ledger, &stack.queues.users, &[person(1)], (&ada(), now()), &RandomIds).await.unwrap();
    let works: Vec<_> =
        stack.bodies(&stack.store.urls.users).iter().map(|body| UserWork::read(body).unwrap()).collect();
    assert_eq!(works, [UserWork::asked(person(1), ada(), now())]);
    assert!(stack.store.ledger.parked(person(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn whoever_is_taken_off_the_list_is_parked_nowhere_and_keeps_everything_else() {
    let stack = Embedded::new().await;
    look_and_park(&stack, 1).await;
    look_and_park(&stack, 2).await;
    let waiting = Waiting::ForAccount(person(2));
    stack.store.ledger.wait_for(person(1), waiting).await.unwrap();

    take_off(&stack.store.ledger, &Still, &RandomIds, ada(), &parked(1)).await.unwrap();

    let left: Vec<_> = stack.store.ledger.parked_people().await.unwrap().iter().map(|person| person.user).collect();
    assert_eq!(left, [person(2)]);
    let claims = Claims { people: &stack.store.ledger, clock: &Still, ids: &RandomIds };
    let Attempt::Held(_, known) = claims.claim(person(1), None).await.unwrap() else { panic!("read since") };
    assert!(!known.parked, "the look's record says what the list says");
    assert!(known.link_announced, "that a link was announced is not forgotten");
    assert_eq!(known.awaited_by, [waiting]);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_being_looked_at_is_not_taken_off() {
    let stack = Embedded::new().await;
    look_and_park(&stack, 1).await;
    let claims = Claims { people: &stack.store.ledger, clock: &Still, ids: &RandomIds };
    claims.claim(person(1), None).await.unwrap();
    let refused = take_off(&stack.store.ledger, &Still, &RandomIds, ada(), &parked(1)).await.unwrap_err();
    assert!(refused.to_string().contains("another flow is at work on the same person"), "{refused}");
    assert!(stack.store.ledger.parked(person(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn who_took_somebody_off_is_on_record_and_the_ledger_knows_the_records_end() {
    let stack = Embedded::new().await;
    look_and_park(&stack, 1).await;
    take_off(&stack.store.ledger, &Still, &RandomIds, ada(), &parked(1)).await.unwrap();
    let chain = stack.store.ledger.chain(person(1)).await.unwrap();
    let [record] = chain.as_slice() else { panic!("{chain:?}") };
    let Entry::Dropped(dropped) = record.record().unwrap().entry else { panic!("{record:?}") };
    assert_eq!(dropped, Dropped::new(ada(), now(), parked(1).because));
    let kept = stack.store.ledger.kept_heads(None).await.unwrap().heads;
    assert_eq!(kept, [(person(1), record.head())]);
}

#[tokio::test]
async fn whose_last_write_is_not_at_its_end_stays_on_the_list_until_somebody_has_looked() {
    let stack = Embedded::new().await;
    look_and_park(&stack, 1).await;
    let by = Author::new(RunId::from_stored("user-flow".to_owned()));
    let (fields, given, taken) = (Vec::new(), Vec::new(), Vec::new());
    let intent = Intent { by, account: None, deleted: false, outside: None, fields, given, taken };
    let open = Stored::after(&Head::default(), person(1), now(), Entry::Intent(intent));
    stack.store.ledger.append(&open).await.unwrap();

    let refused = take_off(&stack.store.ledger, &Still, &RandomIds, ada(), &parked(1)).await.unwrap_err();
    assert!(refused.to_string().contains("`entra-zenqms parked retry 01010101-"), "{refused}");
    assert_eq!(stack.store.ledger.chain(person(1)).await.unwrap(), [open]);
    let claims = Claims { people: &stack.store.ledger, clock: &Still, ids: &RandomIds };
    let Attempt::Held(_, known) = claims.claim(person(1), None).await.unwrap() else { panic!("read since") };
    assert!(known.parked && stack.store.ledger.parked(person(1)).await.unwrap().is_some());
}
