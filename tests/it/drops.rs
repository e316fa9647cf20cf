//! Whoever is taken off the list of the parked: by whom stands on record, and nothing else has changed.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use simulator::{Fault, FaultKind, LedgerFault, LedgerFaultKind, Route};
use sync_core::claim::{Attempt, Claims};
use sync_core::domain::{Field, Operator, Personal};
use sync_core::evidence::{Answer, Author, Dropped, Entry, FieldChange, Intent, Record, RecordedField, Stored, verify};
use sync_core::io::RandomIds;
use sync_core::ports::{Claim, Claimed, Clock, Evidence, EvidenceRead, Parked, ParkedPerson, People, Queue, Waiting};
use sync_core::run::RunId;
use sync_core::work::{UserWork, Wish};

use crate::laboratory::{self, MINUTE, person, title_of};
use crate::live::Live;

fn ada() -> Operator {
    Operator::new("arn:aws:iam::123456789012:user/ada")
}

/// Ada's new title is refused, and she is parked.
async fn with_somebody_parked() -> (Live, ParkedPerson) {
    let live = laboratory::live().await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).about("Director").kind(FaultKind::Status(422)));
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    let parked = parked(&live).await.unwrap();
    (live, parked)
}

async fn parked(live: &Live) -> Option<ParkedPerson> {
    live.rig.store.ledger.parked(person(1).into()).await.unwrap()
}

async fn ask(live: &Live, was: &ParkedPerson) {
    let at = live.rig.simulation.clock().now();
    let work = UserWork::asked(person(1).into(), ada(), Wish::Drop { parked: was.at }, at);
    live.rig.store.users.send(&[work.message(&at.to_string())]).await.unwrap();
}

async fn drop(live: &Live, was: &ParkedPerson) {
    ask(live, was).await;
    live.work_until_idle(Duration::from_hours(1)).await;
}

async fn chain(live: &Live) -> Vec<Record> {
    let stored = live.rig.store.ledger.chain(person(1).into()).await.unwrap();
    stored.iter().map(|record| record.record().unwrap()).collect()
}

/// Who is on record as having wanted it, and of whom all is whole.
async fn dropped(live: &Live) -> Vec<Dropped> {
    let verdict = verify(&live.rig.store.ledger, |_| ()).await.unwrap();
    assert!(verdict.is_whole() && verdict.unfinished == 0, "{verdict:?}");
    let kept = live.rig.store.ledger.kept_heads(None).await.unwrap().heads;
    let kept = kept.into_iter().find(|(user, _)| *user == person(1).into()).map(|(_, head)| head.number);
    assert_eq!(kept, chain(live).await.last().map(|last| last.number), "the ledger knows where the chain ends");
    let dropped = chain(live).await.into_iter().filter_map(|record| match record.entry {
        Entry::Dropped(dropped) => Some(dropped),
        Entry::Intent(_) | Entry::Outcome(_) => None,
    });
    dropped.collect()
}

/// Puts a write on record of which nobody has told what became of it. The account shows it.
async fn begin_a_write(live: &Live) {
    let ledger = &live.rig.store.ledger;
    let title = FieldChange {
        field: RecordedField::Profile(Field::Title),
        from: Some(Personal::new("Reader")),
        to: Some(Personal::new(&title_of(live, person(1)))),
        substitute: false,
    };
    let by = Author::new(RunId::from_stored("user-flow".to_owned()));
    let (account, given, taken) = (None, Vec::new(), Vec::new());
    let intent = Intent { by, account, deleted: false, outside: None, fields: vec![title], given, taken };
    let user = person(1).into();
    let head = ledger.last(user).await.unwrap().unwrap().head();
    let open = Stored::after(&head, user, live.rig.simulation.clock().now(), Entry::Intent(intent));
    ledger.append(&open).await.unwrap();
}

/// Whoever has all rights makes it unreadable. Returns it as it was.
async fn damage_the_last_record(live: &Live) -> HashMap<String, AttributeValue> {
    let user = person(1).to_string();
    let last = live.rig.store.ledger.chain(person(1).into()).await.unwrap().len();
    let key = [("pk", user), ("sk", format!("{last:010}"))];
    let key: HashMap<_, _> = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).into();
    let read = live.rig.store.dynamo.client().get_item().table_name("evidence").set_key(Some(key)).send().await;
    let record = read.unwrap().item.unwrap();
    let mut damaged = record.clone();
    damaged.remove("record").unwrap();
    put(live, damaged).await;
    record
}

async fn put(live: &Live, record: HashMap<String, AttributeValue>) {
    let client = live.rig.store.dynamo.client();
    client.put_item().table_name("evidence").set_item(Some(record)).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_is_taken_off_is_not_looked_at_and_who_wanted_it_is_on_record() {
    let (live, was) = with_somebody_parked().await;
    let waiting = Waiting::ForAccount(person(2).into());
    live.rig.store.ledger.wait_for(person(1).into(), waiting).await.unwrap();
    let calls = live.rig.simulation.tally().calls(Route::Any);
    drop(&live, &was).await;
    assert_eq!(live.rig.simulation.tally().calls(Route::Any), calls, "somebody was looked at");
    assert_eq!((parked(&live).await, dropped(&live).await), (None, vec![Dropped::new(ada(), was.at, was.because)]));
    assert!(live.left_behind().is_empty());
    let (clock, people) = (live.rig.simulation.clock(), &live.rig.store.ledger);
    let claims = Claims { people, clock: &clock, ids: &RandomIds };
    let Attempt::Held(_, known) = claims.claim(person(1).into(), None).await.unwrap() else { panic!("read since") };
    assert!(!known.parked && !known.cut_off, "the look's record says what the list says");
    assert_eq!(known.awaited_by, [waiting], "whoever waits goes on waiting");
}

#[tokio::test(start_paused = true)]
async fn the_next_change_is_looked_at_as_anybodys_and_goes_on_with_the_chain() {
    let (live, was) = with_somebody_parked().await;
    drop(&live, &was).await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Countess".into()));
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((title_of(&live, person(1)).as_str(), dropped(&live).await.len()), ("Countess", 1));
    assert!(matches!(chain(&live).await.last().unwrap().entry, Entry::Outcome(_)));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_parked_no_more_or_anew_since_is_left_as_he_is() {
    let (live, was) = with_somebody_parked().await;
    ask(&live, &was).await;
    let anew = ParkedPerson { at: was.at + SignedDuration::from_secs(1), because: "anew".to_owned(), ..was.clone() };
    live.rig.store.ledger.park(&anew).await.unwrap();
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((parked(&live).await, dropped(&live).await), (Some(anew), vec![]));
    live.rig.store.ledger.unpark(person(1).into()).await.unwrap();
    drop(&live, &was).await;
    assert_eq!(dropped(&live).await, []);
}

/// His last write was cut off: what became of it is on record before, and nobody has to look any more.
#[tokio::test(start_paused = true)]
async fn what_was_begun_is_ended_before() {
    let (live, was) = with_somebody_parked().await;
    begin_a_write(&live).await;
    drop(&live, &was).await;
    let chain = chain(&live).await;
    let [.., before, _] = chain.as_slice() else { panic!("{chain:?}") };
    let Entry::Outcome(outcome) = &before.entry else { panic!("{before:?}") };
    assert_eq!(outcome.answers[0].answer, Answer::Shown);
    assert_eq!((parked(&live).await, dropped(&live).await.len()), (None, 1));
}

/// It is not told too soon that something was not done: ZenQMS may show it late.
#[tokio::test(start_paused = true)]
async fn what_is_not_shown_is_waited_for() {
    let (live, was) = with_somebody_parked().await;
    begin_a_write(&live).await;
    let account = laboratory::account_of(&live, person(1));
    let title = title_of(&live, person(1));
    let show = |title: &str| {
        live.rig.simulation.change(|editor| editor.update_account(account, |account| account.title = title.into()));
    };
    show("Reader");
    ask(&live, &was).await;
    live.work_for(Duration::from_secs(10)).await;
    assert!(matches!(chain(&live).await.last().unwrap().entry, Entry::Intent(_)) && parked(&live).await.is_some());
    show(&title);
    live.work_until_idle(Duration::from_hours(1)).await;
    let outcome = |chain: Vec<Record>| match &chain[chain.len() - 2].entry {
        Entry::Outcome(outcome) => outcome.answers[0].answer.clone(),
        other @ (Entry::Intent(_) | Entry::Dropped(_)) => panic!("{other:?}"),
    };
    assert_eq!((outcome(chain(&live).await), dropped(&live).await.len()), (Answer::Shown, 1));

    let (live, was) = with_somebody_parked().await;
    begin_a_write(&live).await;
    let account = laboratory::account_of(&live, person(1));
    live.rig.simulation.change(|editor| editor.update_account(account, |account| account.title = "Reader".into()));
    drop(&live, &was).await;
    assert_eq!((outcome(chain(&live).await), dropped(&live).await.len()), (Answer::NotShown, 1));
}

/// While ZenQMS is slow he is let go again and again, and a leaver finds him free.
#[tokio::test(start_paused = true)]
async fn a_drop_that_waits_for_zenqms_lets_him_go_meanwhile() {
    let (live, was) = with_somebody_parked().await;
    begin_a_write(&live).await;
    let slow = FaultKind::Slow(Duration::from_secs(25));
    live.rig.simulation.faults().add(Fault::on(Route::AccountSearch).kind(slow).times(1));
    ask(&live, &was).await;
    live.work_for(Duration::from_secs(9)).await;
    let now = live.rig.simulation.clock().now();
    let claim = Claim::new(person(1).into(), uuid::Uuid::from_u128(7), now);
    let claimed = live.rig.store.ledger.claim(&claim, None).await.unwrap();
    assert!(matches!(claimed, Claimed::Granted(_)), "{claimed:?}");
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((parked(&live).await, dropped(&live).await.len()), (None, 1));
}

/// Killed after each step in turn, or refused at each call: in the end he is off the list. Once with a write that was cut off.
#[tokio::test(start_paused = true)]
async fn killed_or_refused_at_any_step_he_is_off_in_the_end() {
    for cut_off in [false, true] {
        let mut killed = 0;
        for step in 0..10 {
            let (live, was) = with_somebody_parked().await;
            if cut_off {
                begin_a_write(&live).await;
            }
            ask(&live, &was).await;
            let kill = live.rig.simulation.kill_switch().clone();
            kill.arm(step);
            tokio::select! {
                () = live.work_for(MINUTE) => {}
                () = kill.tripped() => killed += 1,
            }
            kill.disarm();
            live.work_until_idle(Duration::from_hours(1)).await;
            let on_record = dropped(&live).await;
            assert!(parked(&live).await.is_none() && (1..=2).contains(&on_record.len()), "step {step}: {on_record:?}");
        }
        assert!(killed > 4, "{killed} were killed");
    }
    for operation in ["DeleteItem", "PutItem", "UpdateItem", "Query", "GetItem"] {
        let (live, was) = with_somebody_parked().await;
        live.rig.store.dynamo.order(LedgerFault::new(operation, 1, 5, LedgerFaultKind::Failed));
        drop(&live, &was).await;
        let on_record = dropped(&live).await;
        assert!(parked(&live).await.is_none() && (1..=2).contains(&on_record.len()), "{operation}: {on_record:?}");
    }
}

/// Somebody holds her for a while: she is taken off later, and what is announced of her meanwhile does not wait for that.
#[tokio::test(start_paused = true)]
async fn whoever_is_held_is_taken_off_later_and_a_leaver_does_not_wait_for_it() {
    let (live, was) = with_somebody_parked().await;
    let now = live.rig.simulation.clock().now();
    let claim = Claim::new(person(1).into(), uuid::Uuid::from_u128(7), now);
    live.rig.store.ledger.claim(&claim, None).await.unwrap();
    ask(&live, &was).await;
    live.work_for(Duration::from_secs(30)).await;
    assert!(parked(&live).await.is_some());
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.account_enabled = Some(false)));
    live.work_for(Duration::from_secs(90)).await;
    assert!(!laboratory::is_active(&live, person(1)), "a leaver has waited for a drop");
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(parked(&live).await, None);
}

/// Of one batch: what is announced is looked at, and the drop comes after it.
#[tokio::test(start_paused = true)]
async fn a_drop_and_a_look_of_the_same_person_are_two_things() {
    let (live, was) = with_somebody_parked().await;
    let now = live.rig.simulation.clock().now();
    ask(&live, &was).await;
    let look = UserWork::asked(person(1).into(), ada(), Wish::Look, now);
    live.rig.store.users.send(&[look.message("look")]).await.unwrap();
    live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).about("Director").kind(FaultKind::Status(422)));
    live.work_until_idle(Duration::from_hours(1)).await;
    // The look came first, and in vain: she is parked anew, and was not meant.
    let anew = parked(&live).await.unwrap();
    assert!(anew.at > was.at && dropped(&live).await.is_empty());
    drop(&live, &anew).await;
    assert_eq!((parked(&live).await, dropped(&live).await.len()), (None, 1));
}

/// Nobody knows what her chain ends with: she stays on the list until that is put right.
#[tokio::test(start_paused = true)]
async fn whose_evidence_cannot_be_read_stays_on_the_list() {
    let (live, was) = with_somebody_parked().await;
    let record = damage_the_last_record(&live).await;
    ask(&live, &was).await;
    live.work_for(Duration::from_hours(1)).await;
    let waits = live.left_behind().iter().filter(|body| body.contains(r#""drop""#)).count();
    assert_eq!((parked(&live).await.is_some(), waits), (true, 1));
    put(&live, record).await;
    live.work_until_idle(Duration::from_hours(12)).await;
    assert!(parked(&live).await.is_none() && dropped(&live).await.len() <= 1);
}
