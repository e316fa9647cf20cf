//! Where the first deployment asks for it, nothing is written before a plan was approved and carried out, and nothing that changes
//! until then is lost.

use std::time::Duration;

use initial_sync::Silent;
use simulator::{Account, Fault, FaultKind, Member, Person, Route, World};
use sync_core::ports::{
    Clock, Comparisons, DeltaRecords, Ending, EndingWrite, FirstApproval, Marks, Queue, Runs, SubscriptionRecords,
};
use sync_core::run::{Mode, RunRecord, RunReport, RunState};
use sync_core::work::{UserWork, Why};

use crate::laboratory::{MINUTE, group, is_active, mapping, person, roles_of, title_of, world};
use crate::live::Live;
use crate::oracle;
use crate::proposal::{approved, carry_out};
use crate::rig::Rig;

const HOUR: Duration = Duration::from_hours(1);

/// Deployed so that it waits, as crates/initial-sync/src/stack.rs does it; the first sweep has been.
async fn deployed(rig: Rig) -> Live {
    deployed_with(rig, &mapping()).await
}

async fn deployed_with(mut rig: Rig, mapping: &str) -> Live {
    rig.map(mapping).await.unwrap();
    rig.store.ledger.wait_for_plan(rig.simulation.clock().now()).await.unwrap();
    let live = Live::new(rig);
    assert!(live.host().keep(None).await.unwrap().sweep);
    assert_eq!(swept(&live).await.status, "complete");
    assert!(live.rig.store.ledger.links().await.unwrap().is_some());
    tokio::time::sleep(10 * MINUTE).await;
    live
}

async fn company() -> Live {
    let world = world()
        .with_person(Person::new(person(5), "Emmy", "Noether", "emmy@example.com", "Scientist"))
        .with_account(Account::new(101, "ada@example.com", "Ada", "Lovelace", "Clerk"));
    deployed(Rig::new(world).await).await
}

async fn swept(live: &Live) -> RunReport {
    Box::pin(live.host().sweep(&Silent)).await.unwrap()
}

async fn waits(live: &Live) -> bool {
    live.rig.store.ledger.marks().await.unwrap().waiting.is_some()
}

fn writes(live: &Live) -> usize {
    live.rig.simulation.writes().len()
}

/// A busy hour: of everybody something changes, somebody comes, somebody leaves.
fn busy(live: &Live) {
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.update_person(person(2), |grace| grace.account_enabled = Some(false));
        editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
        editor.add_member(group(1), Member::Person(person(4)));
        editor.remove_member(group(3), Member::Person(person(3)));
        editor.delete_person(person(5));
    });
}

async fn assert_in_line(live: &Live) {
    let (report, plans) = live.rig.rehearse().await;
    assert_eq!((report.status, plans), ("complete", Vec::<String>::new()));
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_while_it_waits_whatever_arrives() {
    let live = company().await;
    let ledger = &live.rig.store.ledger;
    busy(&live);
    let work = UserWork::new(person(1).into(), Why::Operator, live.rig.simulation.clock().now());
    live.rig.store.users.send(&[work.message("1")]).await.unwrap();
    ledger.owe(live.rig.simulation.clock().now()).await.unwrap();
    // Notifications are delivered, sweeps and the keeper come on schedule.
    live.work_for(3 * HOUR).await;
    let run = live.host().full(&Silent).await.unwrap();
    assert_eq!(
        (run.status, run.halted_because.as_deref()),
        (
            "halted",
            Some(
                "the integration waits for its first approved plan, and nothing else is written before that is carried out: \
                 `entra-zenqms plan`, then `approve` and `apply`; or deploy with FirstSyncNeedsApproval=false"
            )
        )
    );
    assert_eq!((writes(&live), live.left_behind()), (0, Vec::new()));
    assert!(waits(&live).await && ledger.records().await.unwrap().len() == 2);
    for mode in [Mode::Full, Mode::Apply, Mode::Sweep] {
        assert_eq!(ledger.latest(mode).await.unwrap(), None, "a run was kept");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unapproved_plan_does_not_end_it() {
    let live = company().await;
    let unheard_of = sync_core::guard::PlanHash::typed(&"ab".repeat(32));
    assert_eq!(carry_out(&live.rig, &unheard_of).await.unwrap().status, "halted");
    swept(&live).await;
    assert_eq!((waits(&live).await, writes(&live)), (true, 0));
}

#[tokio::test(start_paused = true)]
async fn after_the_approved_run_everything_arrives_that_changed_in_between() {
    let live = company().await;
    // Before the plan, between plan and run, and between the run and the sweep that ends the wait.
    live.rig.simulation.change(|editor| editor.update_person(person(3), |alan| alan.job_title = Some("Fellow".into())));
    live.work_for(HOUR).await;
    let (planned, plan) = approved(&live.rig).await;
    assert_eq!((planned.counts.created, planned.counts.linked), (4, 1));
    busy(&live);
    live.work_for(HOUR).await;
    let report = carry_out(&live.rig, &plan).await.unwrap();
    assert_eq!((report.status, report.counts.created), ("complete", 0));
    assert!(report.skipped_by_reason["not_as_proposed"] >= 4, "{report:?}");
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Countess".into())));
    let _ = tokio::time::timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
    assert!(waits(&live).await && !live.left_behind().is_empty());

    live.sweep().await;
    assert!(!waits(&live).await);
    assert_in_line(&live).await;
    assert_eq!(title_of(&live, person(1)), "Countess");
    assert_eq!(roles_of(&live, person(4)), [17]);

    // From now on it is as ever.
    live.rig.simulation.change(|editor| editor.update_person(person(4), |kurt| kurt.account_enabled = Some(false)));
    live.work_until_idle(HOUR).await;
    assert!(!is_active(&live, person(4)));
    assert!(live.host().full(&Silent).await.unwrap().status == "complete");
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_the_approved_run_is_under_way_arrives_once_it_is_done() {
    let live = company().await;
    let (_, plan) = approved(&live.rig).await;
    let slow = FaultKind::Answer { status: 429, body: None, retry_after: Some("120".to_owned()) };
    live.rig.simulation.faults().add(Fault::on(Route::AccountCreate).kind(slow));
    let meanwhile = async {
        tokio::time::sleep(MINUTE).await;
        assert!(writes(&live) > 0, "it has not begun");
        let before = writes(&live);
        live.rig.simulation.change(|editor| {
            editor.update_person(person(1), |ada| ada.account_enabled = Some(false));
        });
        let _ = tokio::time::timeout(MINUTE / 2, live.rig.simulation.deliver_forever()).await;
        swept(&live).await;
        assert!(waits(&live).await && writes(&live) == before);
    };
    let (report, ()) = futures::join!(carry_out(&live.rig, &plan), meanwhile);
    assert_eq!((report.unwrap().status, is_active(&live, person(1))), ("complete", true));
    live.sweep().await;
    assert!(!is_active(&live, person(1)));
    assert_in_line(&live).await;
}

#[tokio::test(start_paused = true)]
async fn with_the_initial_sync_off_only_those_who_changed_follow() {
    let world = world()
        .with_account(Account::new(101, "ada@example.com", "Ada", "Lovelace", "Clerk"))
        .with_account(Account::new(102, "grace@example.com", "Grace", "Hopper", "Clerk"));
    let mut rig = Rig::new(world).await;
    rig.initial_sync = false;
    let live = deployed(rig).await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.account_enabled = Some(false)));
    live.work_for(HOUR).await;
    let (_, plan) = approved(&live.rig).await;
    let report = carry_out(&live.rig, &plan).await.unwrap();
    assert_eq!((report.status, report.counts.linked, report.counts.updated), ("complete", 2, 0));
    live.sweep().await;
    assert!(!waits(&live).await && !is_active(&live, person(1)));
    assert_eq!(title_of(&live, person(2)), "Clerk");
    assert_eq!(live.rig.store.ledger.latest(Mode::Sweep).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn whoever_changed_before_the_first_groups_were_mapped_follows_as_well() {
    let world = world().with_account(Account::new(101, "ada@example.com", "Ada", "Lovelace", "Clerk"));
    let mut rig = Rig::new(world).await;
    rig.initial_sync = false;
    let live = deployed_with(rig, "{}").await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.account_enabled = Some(false)));
    live.work_for(HOUR).await;
    let mut rig = live.rig;
    rig.map(&mapping()).await.unwrap();
    let live = Live::new(rig);
    live.work_for(HOUR).await;
    let (_, plan) = approved(&live.rig).await;
    assert_eq!(carry_out(&live.rig, &plan).await.unwrap().status, "complete");
    live.sweep().await;
    assert!(!waits(&live).await && !is_active(&live, person(1)));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_where_the_list_of_changes_does_not_reach_back_so_far() {
    let live = company().await;
    busy(&live);
    live.work_for(HOUR).await;
    live.rig.simulation.reset_delta();
    let (_, plan) = approved(&live.rig).await;
    assert_eq!(carry_out(&live.rig, &plan).await.unwrap().status, "complete");
    live.sweep().await;
    assert!(!waits(&live).await);
    assert_in_line(&live).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_halted_half_way_ends_nothing_and_another_plan_does() {
    let live = company().await;
    let (_, plan) = approved(&live.rig).await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountCreate).always().kind(FaultKind::Status(403)));
    let report = carry_out(&live.rig, &plan).await.unwrap();
    // Ada's account is linked, and she has her role.
    assert_eq!((report.status, writes(&live)), ("halted", 2), "{report:?}");
    live.rig.simulation.faults().clear();
    busy(&live);
    live.work_for(HOUR).await;
    assert_eq!((waits(&live).await, writes(&live)), (true, 2));

    let (_, plan) = approved(&live.rig).await;
    assert_eq!(carry_out(&live.rig, &plan).await.unwrap().status, "complete");
    live.sweep().await;
    assert!(!waits(&live).await);
    assert_in_line(&live).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_step_it_waits_until_the_approved_run_is_complete_and_no_longer() {
    let mut steps = 1;
    loop {
        let live = company().await;
        let rig = &live.rig;
        let (_, plan) = approved(rig).await;
        rig.simulation.change(|editor| editor.update_person(person(4), |kurt| kurt.job_title = Some("Fellow".into())));
        let kill = rig.simulation.kill_switch().clone();
        kill.arm(steps);
        let ended = tokio::select! {
            () = async { carry_out(rig, &plan).await.unwrap(); swept(&live).await; } => true,
            () = kill.tripped() => false,
        };
        kill.disarm();
        let is_complete = async || {
            rig.store.ledger.latest(Mode::Apply).await.unwrap().is_some_and(|run| run.state == RunState::Complete)
        };
        assert!(waits(&live).await || is_complete().await, "killed after step {steps}");
        tokio::time::sleep(RunRecord::LEASE.unsigned_abs() + 10 * MINUTE).await;
        if !is_complete().await {
            assert_eq!(carry_out(rig, &plan).await.unwrap().status, "complete", "killed after step {steps}");
        }
        live.sweep().await;
        assert!(!waits(&live).await, "killed after step {steps}");
        assert_in_line(&live).await;
        assert_eq!(title_of(&live, person(4)), "Fellow");
        if ended {
            assert!(steps > 40, "only {steps} steps");
            break;
        }
        steps += 2;
    }
}

/// What nobody has seen of a run that is complete is seen before another plan takes its place.
#[tokio::test(start_paused = true)]
async fn a_plan_after_the_first_one_finds_that_it_is_over() {
    let live = company().await;
    let (_, plan) = approved(&live.rig).await;
    assert_eq!(carry_out(&live.rig, &plan).await.unwrap().status, "complete");
    let unheard_of = sync_core::guard::PlanHash::typed(&"ab".repeat(32));
    assert_eq!(carry_out(&live.rig, &unheard_of).await.unwrap().status, "halted");
    assert!(!waits(&live).await);
}

#[tokio::test(start_paused = true)]
async fn once_it_is_not_wanted_any_more_the_first_run_is_as_ever() {
    let live = company().await;
    busy(&live);
    live.work_for(HOUR).await;
    // crates/initial-sync/src/stack.rs: an update with FirstSyncNeedsApproval=false.
    live.rig.store.ledger.stop_waiting().await.unwrap();
    assert_eq!(live.host().full(&Silent).await.unwrap().status, "complete");
    assert_in_line(&live).await;
}

#[tokio::test(start_paused = true)]
async fn it_is_removed_while_it_waits_and_there_is_nothing_to_clear() {
    let live = company().await;
    let before = live.rig.simulation.world(oracle::accounts);
    busy(&live);
    let report = live.host().clean_up().await.unwrap();
    assert_eq!((report.status, report.cleared, report.subscriptions_ended), ("complete", 0, 2));
    live.work_for(HOUR).await;
    assert_eq!((live.rig.simulation.world(oracle::accounts), writes(&live)), (before, 0));
    assert!(live.rig.simulation.subscriptions().is_empty());
    // Taken up again, it waits as before.
    live.rig.store.ledger.resume().await.unwrap();
    assert_eq!(live.host().full(&Silent).await.unwrap().status, "halted");
    assert_eq!(writes(&live), 0);
}

#[tokio::test(start_paused = true)]
async fn each_mark_is_lifted_by_itself_and_the_first_one_stands() {
    let rig = Rig::new(World::default()).await;
    let ledger = &rig.store.ledger;
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let (first, second) = (at("2026-11-25T08:00:00Z"), at("2026-11-26T08:00:00Z"));
    let marks = async || ledger.marks().await.unwrap();
    ledger.resume().await.unwrap();
    ledger.stop_waiting().await.unwrap();
    assert_eq!(marks().await, Marks::default());
    ledger.wait_for_plan(first).await.unwrap();
    ledger.wait_for_plan(second).await.unwrap();
    assert_eq!(marks().await, Marks { ending: None, waiting: Some(first) });
    // A deployment lifts the mark of a removal before it starts anything.
    ledger.resume().await.unwrap();
    assert_eq!(marks().await, Marks { ending: None, waiting: Some(first) });
    assert_eq!(ledger.end(second).await.unwrap(), second);
    ledger.stop_waiting().await.unwrap();
    assert_eq!(marks().await, Marks { ending: Some(second), waiting: None });
}
