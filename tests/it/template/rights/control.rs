//! Everything that the runs, the keeper and the cleanup do with the ledger and the queues.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use cleanup::rehearse;
use initial_sync::Silent;
use jiff::SignedDuration;
use simulator::{LifecycleEvent, Member};
use sync_core::io::dynamo::Accepted;
use sync_core::ports::{
    Clock, Comparisons, Ending, EndingWrite, ExceptionList, FirstApproval, Holds, Queue, Receipt, Runs,
    SubscriptionRecords, Traces, Visibility, Watched,
};
use sync_core::run::{Mode, RunRecord};
use sync_core::work::{CleanupWork, KeeperWork, RunWork, open, unpack};
use uuid::Uuid;

use super::flows::{announce_link, with_limit};
use super::policy::Call;
use super::watch::{Watch, deliver, delivered};
use crate::laboratory::{self, group, mapping, person, world};
use crate::live::Live;
use crate::rig::Rig;

const A_WHILE: SignedDuration = SignedDuration::from_mins(3);

pub(super) async fn runs() -> BTreeSet<Call> {
    let mut rig = Rig::new(world()).await;
    rig.map(&mapping()).await.unwrap();
    let (ledger, clock) = (rig.store.ledger.clone(), rig.simulation.clock());
    let mut watch = Watch::new(&rig.store);
    let queue = watch.queue("RunQueue");

    // crates/initial-sync/src/stack.rs: the checks, and what follows from another mapping.
    watch.during(ledger.mapping()).await.unwrap();
    let accepted = Accepted { properties: "{}".to_owned(), mapping: rig.mapping.clone() };
    let known = watch.during(ledger.accepted()).await.unwrap();
    watch.during(ledger.accept(&accepted, known.first())).await.unwrap();
    watch.during(ledger.owe(clock.now())).await.unwrap();
    watch.during(ledger.marks()).await.unwrap();
    watch.during(ledger.wait_for_plan(clock.now())).await.unwrap();
    watch.during(rig.host().sweep(&Silent)).await.unwrap();
    watch.during(ledger.stop_waiting()).await.unwrap();
    let later = RunWork { not_before: Some(clock.now() + A_WHILE), ..RunWork::new(Mode::Sweep, clock.now()) };
    watch.during(queue.send(&[later.message(Uuid::from_u128(1))])).await.unwrap();
    // crates/initial-sync/src/events.rs: the queue's messages, those included that are not due yet.
    let attempts = Cell::new(0);
    watch
        .drain("RunQueue", async |batch| {
            let held_up = ledger.ending().await.map(|ending| ending.map(|_| "it is being removed"));
            let opened =
                open(held_up, &queue, delivered(batch), RunWork::read, |work| work.not_before, clock.now()).await;
            attempts.set(attempts.get() + opened.due.len());
            opened.failed.into_iter().map(|id| id.0).collect()
        })
        .await;
    assert_eq!(attempts.get(), 1);

    // A run that hands itself over and is gone on with.
    rig.budget = Some(Duration::ZERO);
    let report = watch.during(rig.host().full(&Silent)).await.unwrap();
    assert_eq!(report.status, "running");
    // crates/initial-sync/src/events.rs: whether somebody has to go on with it.
    assert!(watch.during(ledger.latest(Mode::Full)).await.unwrap().is_some());
    rig.budget = None;
    let report = watch.during(rig.host().full(&Silent)).await.unwrap();
    assert_eq!((report.status, report.counts.created), ("complete", 4));

    // A sweep that compares, because it is owed; one that follows; one whose links are not honoured any more.
    watch.during(rig.host().sweep(&Silent)).await.unwrap();
    assert!(ledger.owed().await.unwrap().is_none() && ledger.latest(Mode::Sweep).await.unwrap().is_some());
    rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.add_member(group(1), Member::Person(person(4)));
    });
    watch.during(rig.host().sweep(&Silent)).await.unwrap();
    let queued = [&rig.store.urls.users, &rig.store.urls.groups].map(|url| rig.store.sqs.messages(url).len());
    assert_eq!(queued, [1, 1]);
    rig.simulation.reset_delta();
    let report = watch.during(rig.host().sweep(&Silent)).await.unwrap();
    assert_eq!((report.status, report.counts.seen), ("complete", 4));

    // Kurt is not in line, and then he is.
    for (title, listed) in [(None, 1), (Some("Logician".into()), 0)] {
        tokio::time::sleep(Duration::from_mins(10)).await;
        rig.simulation.change(|editor| editor.update_person(person(4), |kurt| kurt.job_title = title));
        watch.during(rig.host().full(&Silent)).await.unwrap();
        assert_eq!(ledger.exceptions().await.unwrap().len(), listed);
    }

    // What was proposed and approved is carried out; making and approving it is the operator's.
    tokio::time::sleep(Duration::from_mins(10)).await;
    rig.simulation.change(|editor| editor.update_person(person(4), |kurt| kurt.job_title = Some("Fellow".into())));
    let plan = crate::proposal::approved(&rig).await.1;
    let report = watch.during(crate::proposal::carry_out(&rig, &plan)).await.unwrap();
    assert_eq!((report.status, report.counts.updated), ("complete", 1));

    // More would be taken away than was agreed.
    tokio::time::sleep(Duration::from_mins(10)).await;
    let live = with_limit(Live::new(rig), 0);
    live.rig.simulation.change(|editor| editor.update_person(person(4), |kurt| kurt.account_enabled = Some(false)));
    watch.during(live.host().full(&Silent)).await.unwrap();
    assert_eq!(live.rig.store.ledger.all_held().await.unwrap().len(), 1);
    watch.calls
}

pub(super) async fn keeper() -> BTreeSet<Call> {
    let mut rig = Rig::new(world()).await;
    rig.map(&mapping()).await.unwrap();
    let mut live = Live::new(rig);
    let (ledger, clock) = (live.rig.store.ledger.clone(), live.rig.simulation.clock());
    let mut watch = Watch::new(&live.rig.store);

    // crates/subscription-keeper/src/events.rs: before and after each time, and when changes may have been missed.
    watch.during(ledger.mapping()).await.unwrap();
    let report = watch.during(live.host().keep(None)).await.unwrap();
    assert!(report.sweep);
    let sweep = RunWork::new(Mode::Sweep, clock.now());
    watch.during(watch.queue("RunQueue").send(&[sweep.message(Uuid::from_u128(1))])).await.unwrap();
    assert_eq!(watch.during(ledger.records()).await.unwrap().len(), 2);

    // News from its queue. crates/lambda-host/src/batch.rs: a batch that fails as a whole comes back soon.
    let (own, has_failed) = (watch.queue("KeeperQueue"), Cell::new(false));
    let id = live.rig.simulation.subscriptions()[0].id;
    assert!(live.rig.simulation.send_lifecycle(id, LifecycleEvent::SubscriptionRemoved));
    deliver(&live).await;
    let host = live.host();
    watch
        .drain("KeeperQueue", async |batch| {
            let mut failed = Vec::new();
            for record in batch {
                if has_failed.replace(true) {
                    host.keep(Some(KeeperWork::read(&record.body).unwrap())).await.unwrap();
                } else {
                    own.hide(&[(Receipt(record.receipt_handle), Duration::from_secs(30))]).await.unwrap();
                    failed.push(record.message_id);
                }
            }
            failed
        })
        .await;
    assert!(has_failed.get() && live.left_behind().is_empty());

    // It is renewed; the address changes; no group is mapped any more.
    tokio::time::sleep(Duration::from_hours(20 * 24)).await;
    watch.during(live.host().keep(None)).await.unwrap();
    "https://elsewhere.example/".clone_into(&mut live.rig.notification_url);
    live = Live::new(live.rig);
    watch.during(live.host().keep(None)).await.unwrap();
    live.rig.map("{}").await.unwrap();
    live = Live::new(live.rig);
    watch.during(live.host().keep(None)).await.unwrap();
    let left: Vec<_> = ledger.records().await.unwrap().iter().map(|record| record.watched).collect();
    assert_eq!(left, [Watched::Users]);
    watch.calls
}

pub(super) async fn cleanup() -> BTreeSet<Call> {
    let live = laboratory::live().await;
    let (ledger, clock) = (live.rig.store.ledger.clone(), live.rig.simulation.clock());
    let mut watch = Watch::new(&live.rig.store);
    let own = watch.queue("CleanupQueue");
    // A link that was announced by somebody who died, and a run that has to be halted.
    announce_link(&live, person(1).into()).await;
    let latest = ledger.latest(Mode::Full).await.unwrap().unwrap();
    ledger.begin(&RunRecord::begin(Mode::Full, clock.now(), 7), Some(&latest.id)).await.unwrap();

    let planned = watch.during(rehearse(live.host().cleanup_services())).await.unwrap();
    assert_eq!(planned.remaining, Some(4));
    let report = watch.during(live.host().clean_up()).await.unwrap();
    assert_eq!((report.status, report.cleared, report.subscriptions_ended), ("complete", 4, 2));
    assert_eq!(ledger.links_left().await.unwrap(), 0);
    assert_eq!(ledger.latest(Mode::Full).await.unwrap().unwrap().state.name(), "halted");

    // crates/cleanup/src/events.rs: what is gone on with later.
    let not_before = Some(clock.now() + A_WHILE);
    let later = CleanupWork { request: None, since: clock.now(), attempt: 1, not_before };
    watch.during(own.send(&[later.message(Uuid::from_u128(1))])).await.unwrap();
    let attempts = Cell::new(0);
    watch
        .drain("CleanupQueue", async |batch| {
            let opened = unpack(&own, delivered(batch), CleanupWork::read, |work| work.not_before, clock.now()).await;
            attempts.set(attempts.get() + opened.due.len());
            opened.failed.into_iter().map(|id| id.0).collect()
        })
        .await;
    assert_eq!(attempts.get(), 1);
    // crates/cleanup/src/stack.rs: a later deployment lifts the mark.
    watch.during(ledger.resume()).await.unwrap();
    // crates/cleanup/src/stack.rs: the last step of a removal that is to leave nothing.
    watch.during(ledger.discard_evidence()).await.unwrap();
    watch.during(ledger.discard_evidence()).await.unwrap();
    watch.calls
}
