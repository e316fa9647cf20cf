use jiff::Timestamp;
use sync_core::domain::DirectoryUserId;
use sync_core::ports::Exceptions;

use super::*;
use crate::schemas::hold;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

fn exception(n: u8, minutes: i64) -> Exception {
    Exception {
        user: DirectoryUserId::from_bytes([n; 16]),
        code: "missing_jobTitle".to_owned(),
        because: "the directory lacks jobTitle".to_owned(),
        since: now() - jiff::SignedDuration::from_mins(minutes),
    }
}

#[tokio::test]
async fn whoever_is_on_the_list_stays_there_since_when_he_was_until_he_is_in_line() {
    let ledger = Embedded::new().await.store.ledger;
    for (n, minutes) in [(0x20, 3), (0xf1, 30), (0x07, 10)] {
        ledger.except(&exception(n, minutes)).await.unwrap();
    }
    let later = Exception { because: "the directory lacks mail, jobTitle".to_owned(), ..exception(0x20, 1) };
    ledger.except(&later).await.unwrap();
    let stays = Exception { since: exception(0x20, 3).since, ..later };
    let mut listed = ledger.exceptions().await.unwrap();
    assert_eq!(listed, [exception(0x07, 10), stays.clone(), exception(0xf1, 30)]);
    longest_first(&mut listed);
    assert_eq!(listed, [exception(0xf1, 30), exception(0x07, 10), stays.clone()]);

    ledger.readmit(stays.user).await.unwrap();
    ledger.readmit(stays.user).await.unwrap();
    assert_eq!(ledger.exceptions().await.unwrap().len(), 2);
}

#[test]
fn a_list_is_no_wider_than_a_ticket_and_json_has_it_all() {
    let (title, because) = OnList::from(&exception(7, 90)).words(now());
    assert_eq!(title, "07070707-0707-0707-0707-070707070707  2026-11-25 06:30 UTC, 1 h 30 min ago");
    assert_eq!(because, "missing_jobTitle: the directory lacks jobTitle");
    let listed = [exception(7, 90), exception(8, 3)];
    hold("exceptions", &Document { exceptions: listed.iter().map(OnList::from).collect() });
    hold("exceptions", &Document { exceptions: Vec::new() });
    insta::assert_json_snapshot!(OnList::from(&exception(7, 90)), @r#"
    {
      "user": "07070707-0707-0707-0707-070707070707",
      "code": "missing_jobTitle",
      "since": "2026-11-25T06:30:00Z",
      "because": "the directory lacks jobTitle"
    }
    "#);
}
