use jiff::Timestamp;
use sync_core::domain::Operator;
use sync_core::ports::Parked;
use sync_core::work::UserWork;

use super::*;
use crate::schemas::hold;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
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
    hold("parked-list", &Document { parked: listed.iter().map(OnList::from).collect() });
    hold("parked-list", &Document { parked: Vec::new() });
    hold("parked-retry", &Queued { queued: &people });
    hold("parked-retry", &Queued { queued: &[] });
    hold("parked-drop", &Queued { queued: &people });
    hold("parked-drop", &Queued { queued: &[] });
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
    assert_eq!(choose(list.to_vec(), &options(&[2, 2], false)).unwrap(), [parked(2)]);
    assert_eq!(choose(list.to_vec(), &options(&[], true)).unwrap(), list);
    let refused = choose(list.to_vec(), &options(&[1, 3], false)).unwrap_err().to_string();
    assert!(refused.starts_with("not among the parked: 03030303-0303-0303-0303-030303030303."), "{refused}");
}

#[tokio::test]
async fn whoever_is_tried_again_or_dropped_stays_parked_until_the_flow_has_seen_to_it() {
    let stack = Embedded::new().await;
    stack.store.ledger.park(&parked(1)).await.unwrap();
    let ada = Operator::new("arn:aws:iam::123456789012:user/ada");
    let wishes = [Wish::Look, Wish::Drop { parked: parked(1).at }].map(|wish| (person(1), wish));
    ask_for(&stack.store.ledger, &stack.queues.users, &wishes, (&ada, now()), &RandomIds).await.unwrap();
    let works: Vec<_> =
        stack.bodies(&stack.store.urls.users).iter().map(|body| UserWork::read(body).unwrap()).collect();
    assert_eq!(works, wishes.map(|(user, wish)| UserWork::asked(user, ada.clone(), wish, now())));
    assert!(stack.store.ledger.parked(person(1)).await.unwrap().is_some());
}
