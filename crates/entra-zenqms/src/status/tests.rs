mod document;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sync_core::domain::DirectoryUserId;
use sync_core::ports::{
    Cleanups, DeltaLink, DeltaLinks, DeltaRecords, EndingWrite, Exception, Exceptions, FirstApproval, Holds, Parked,
    ParkedPerson, Queue, Runs, SubscriptionRecord, SubscriptionRecordsWrite, Watched,
};
use sync_core::run::{CleanupRecord, CleanupState, Mode, RunRecord, RunState};
use sync_core::work::{UserWork, Why};
use uuid::Uuid;

use super::value::{State, Waits};
use super::*;
use crate::schemas::hold;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

async fn read(stack: &Embedded) -> Status {
    read_at(stack, now()).await
}

async fn read_at(stack: &Embedded, at: Timestamp) -> Status {
    let status = reading::read(&stack.store.ledger, &stack.queues, at).await.unwrap();
    hold("status", &Document { whereabouts: &Whereabouts::acme(), status: &status });
    status
}

fn document(status: &Status) -> String {
    serde_json::to_string_pretty(&Document { whereabouts: &Whereabouts::acme(), status }).unwrap()
}

/// The page as text, without colours.
fn page(status: &Status) -> String {
    anstream::adapter::strip_str(&tables::text(&page::sections(status))).to_string()
}

/// A stack that does what it is for.
async fn well() -> Embedded {
    let stack = Embedded::new().await;
    let ledger = &stack.store.ledger;
    let full = RunRecord { state: RunState::Complete, ..RunRecord::begin(Mode::Full, ago(3_000), 7) };
    ledger.begin(&full, None).await.unwrap();
    let links = DeltaLinks { users: DeltaLink("u".to_owned()), groups: None };
    ledger.keep_links(&links, 0, ago(7)).await.unwrap();
    let subscription = SubscriptionRecord {
        watched: Watched::Users,
        id: Some(Uuid::from_u128(1)),
        client_state: SecretString::from("not to be seen"),
        notification_url: "https://acme.example/".to_owned(),
        renewed_at: ago(100),
        expires: now() + SignedDuration::from_hours(600),
        version: 1,
    };
    ledger.keep(&subscription).await.unwrap();
    stack
}

async fn halt(stack: &Embedded, after: Mode) {
    let before = stack.store.ledger.latest(after).await.unwrap().map(|run| run.id);
    let because = "reading users failed: grant User.Read.All.".to_owned();
    let halted = RunRecord { state: RunState::Halted { because }, ..RunRecord::begin(after, ago(60), 8) };
    stack.store.ledger.begin(&halted, before.as_ref()).await.unwrap();
}

async fn dead_letter(stack: &Embedded) {
    let work = UserWork::new(DirectoryUserId::from_bytes([9; 16]), Why::Sweep, now());
    stack.queues.user_dead_letters.send(&[work.message("1")]).await.unwrap();
}

async fn park(stack: &Embedded, n: u8) {
    let user = DirectoryUserId::from_bytes([n; 16]);
    let person = ParkedPerson { user, code: "rejected".to_owned(), because: "x".to_owned(), at: ago(5) };
    stack.store.ledger.park(&person).await.unwrap();
}

async fn except(stack: &Embedded, n: u8, minutes: i64) {
    let exception = Exception {
        user: DirectoryUserId::from_bytes([n; 16]),
        code: "missing_jobTitle".to_owned(),
        because: "x".to_owned(),
        since: ago(minutes),
    };
    stack.store.ledger.except(&exception).await.unwrap();
}

#[tokio::test]
async fn whoever_is_no_more_in_line_is_counted_by_the_reason() {
    let stack = well().await;
    except(&stack, 1, 5).await;
    except(&stack, 2, 1_680).await;
    let status = read(&stack).await;
    assert_eq!(status.waits_for_operator, []);
    let page = page(&status);
    let exceptions = page.split("Exceptions\n").last().unwrap();
    insta::assert_snapshot!(exceptions, @r#"
     not in line because   people   the first of them
    ──────────────────────────────────────────────────
     missing_jobTitle           2         1 d 4 h ago
    Who they are: `entra-zenqms exceptions`.
    "#);
}

#[tokio::test]
async fn as_long_as_somebody_is_yet_to_be_looked_at_not_all_has_been_dealt_with() {
    let stack = well().await;
    assert_eq!(read(&stack).await.in_step_until, Some(ago(7)));
    let work = UserWork::new(DirectoryUserId::from_bytes([9; 16]), Why::Sweep, now());
    stack.queues.users.send(&[work.message("1")]).await.unwrap();
    let status = read(&stack).await;
    assert_eq!(status.in_step_until, None);
    assert!(page(&status).contains("7 min ago. Some are still to be looked at."));
}

#[tokio::test]
async fn a_stack_that_was_just_made_waits_for_nobody() {
    let status = read(&Embedded::new().await).await;
    assert_eq!(status.waits_for_operator, []);
    assert!(page(&status).contains("Entra ID was never swept"));
}

#[tokio::test]
async fn all_is_well_where_nothing_waits() {
    let stack = well().await;
    let status = read(&stack).await;
    assert_eq!(status.waits_for_operator, []);
    insta::assert_snapshot!(page(&status), @r#"
    Runs
     the latest       full run   comparison by a sweep
    ───────────────────────────────────────────────────
     state            complete                       -
     began         2 d 2 h ago                       -
     last saved    2 d 2 h ago                       -
     people                  0                       -
     created                 0                       -
     linked                  0                       -
     updated                 0                       -
     deactivated             0                       -
     unchanged               0                       -
     skipped                 0                       -
     failed                  0                       -
     roles given             0                       -
     roles taken             0                       -
    Entra ID was last swept for changes 7 min ago. Nobody waits to be looked at.

    Subscriptions
     to      state                                ends
    ───────────────────────────────────────────────────
     users    live   2026-12-20 08:00 UTC, in 25 d 0 h

    Messages
     on the queue               waiting   in work or not due   delayed
    ───────────────────────────────────────────────────────────────────
     people                           0                    0         0
     groups                           0                    0         0
     subscriptions                    0                    0         0
     runs                             0                    0         0
     cleanup                          0                    0         0
     dead letters: people             0                    0         0
     dead letters: groups             0                    0         0
     dead letters: other work         0                    0         0
    Nobody is parked.

    Exceptions
    Nobody is on the list.
    "#);
    assert!(!document(&status).contains("not to be seen"));
}

#[tokio::test]
async fn whatever_waits_for_the_operator_is_named_with_its_cure() {
    let stack = well().await;
    halt(&stack, Mode::Full).await;
    dead_letter(&stack).await;
    park(&stack, 1).await;
    park(&stack, 2).await;
    let status = read(&stack).await;
    let told: Vec<_> = status.waits_for_operator.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "The latest full run was halted: reading users failed: grant User.Read.All. Mend it, then `entra-zenqms sync`.",
            "2 people are parked: `entra-zenqms parked list` says why.",
            "1 message about people given up: docs/runbook.md, UserDeadLetters.",
        ]
    );
}

#[tokio::test]
async fn a_run_is_under_way_or_nobody_is_at_it() {
    let stack = Embedded::new().await;
    let run = RunRecord::begin(Mode::Full, ago(1), 1);
    stack.store.ledger.begin(&run, None).await.unwrap();
    assert_eq!(read(&stack).await.full.map(|run| run.state), Some(State::Running));
    let later = read_at(&stack, now() + RunRecord::LEASE).await;
    assert_eq!(later.full.map(|run| run.state), Some(State::Interrupted));
    assert_eq!(later.waits_for_operator, []);
}

#[tokio::test]
async fn whoever_waits_for_the_first_plan_is_told_how_it_goes_on() {
    let stack = Embedded::new().await;
    let ledger = &stack.store.ledger;
    ledger.wait_for_plan(ago(90)).await.unwrap();
    let links = DeltaLinks { users: DeltaLink("u".to_owned()), groups: None };
    ledger.keep_links(&links, 0, ago(85)).await.unwrap();
    let status = read(&stack).await;
    assert_eq!((status.waiting_since, status.in_step_until), (Some(ago(90)), None));
    let told: Vec<_> = status.waits_for_operator.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["Nothing is written before a plan was approved: `entra-zenqms plan` makes it, then `approve` and `apply` it."]
    );
    let page = page(&status);
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    assert!(page.starts_with(
        "Runs\nNo run has begun yet.\nChanges since 2026-11-25 06:35 UTC are looked at after the first run.\n"
    ));
    insta::assert_snapshot!(page.split("Nobody is on the list.\n").last().unwrap(), @"
    First run
    Nothing is written since 2026-11-25 06:30 UTC, 1 h 30 min ago, before a plan was
    approved.
    The way on: `entra-zenqms plan`, then `approve` and `apply`.
    ");

    // While one is carried out nobody waits for the operator; where that is halted, he is asked again.
    let run = RunRecord::begin(Mode::Apply, ago(1), 1);
    ledger.begin(&run, None).await.unwrap();
    let status = read(&stack).await;
    assert_eq!(status.waits_for_operator, []);
    assert!(self::page(&status).contains("One is being carried out; once it is done, everything is followed."));
    halt(&stack, Mode::Apply).await;
    let waits = read(&stack).await.waits_for_operator;
    assert!(matches!(waits[..], [Waits::FirstPlan, Waits::HaltedRun { mode: Mode::Apply, .. }]), "{waits:?}");
}

#[tokio::test]
async fn once_the_integration_is_being_removed_only_its_cleanup_counts() {
    let stack = well().await;
    halt(&stack, Mode::Sweep).await;
    park(&stack, 1).await;
    let ledger = &stack.store.ledger;
    let since = ledger.end(ago(30)).await.unwrap();
    // The record of a removal before this one is none of it.
    let before =
        CleanupRecord { version: 1, state: CleanupState::Failed, ..CleanupRecord::begin(ago(900), ago(900), None) };
    ledger.save_cleanup(&before).await.unwrap();
    let status = read(&stack).await;
    assert_eq!(status.removal, Some(value::Removal { since, cleanup: None }));
    assert_eq!(status.waits_for_operator, []);

    let mut cleanup = CleanupRecord { version: 2, ..CleanupRecord::begin(since, ago(20), Some(&before)) };
    cleanup.cleared = 1_200;
    cleanup.subscriptions = BTreeSet::from([Uuid::from_u128(1)]);
    cleanup.pass.entries = 4_000;
    cleanup.pass.failed = 3;
    cleanup.state = CleanupState::Failed;
    ledger.save_cleanup(&cleanup).await.unwrap();
    let status = read(&stack).await;
    assert_eq!(status.waits_for_operator, [Waits::FailedCleanup { accounts: 3 }]);
    let page = page(&status);
    assert!(page.contains("since 2026-11-25 07:30 UTC, 30 min ago"), "{page}");
    assert!(page.contains("The cleanup is failed: 1,200 links cleared; 4,000 accounts looked at"), "{page}");
}

#[tokio::test]
async fn no_page_is_wider_than_a_ticket() {
    let stack = well().await;
    halt(&stack, Mode::Full).await;
    halt(&stack, Mode::Sweep).await;
    stack.store.ledger.end(ago(30)).await.unwrap();
    let page = page(&read(&stack).await);
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
}
