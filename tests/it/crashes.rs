//! A run that is killed anywhere and started again completes the same work.

use std::collections::BTreeSet;
use std::time::Duration;

use simulator::{CompanyPlan, Route, World, WriteRecord};
use sync_core::domain::DirectoryUserId;
use sync_core::ports::Runs;
use sync_core::run::{Counts, Mode, RunRecord, RunReport, RunState};

use crate::evidence;
use crate::exceptions;
use crate::oracle;
use crate::rig::Rig;

fn company() -> World {
    CompanyPlan { people: 100, accounts: 50, groups: 6, ..CompanyPlan::default() }.build()
}

async fn rig(world: &World) -> Rig {
    let mut rig = Rig::new(world.clone()).await;
    rig.map(&serde_json::to_string(&world.suggested_mapping(6)).unwrap()).await.unwrap();
    rig.simulation.reset_tally();
    rig
}

/// Runs until it ends, or is killed after so many steps: then there is no report.
async fn run_killed_after(rig: &Rig, steps: u64) -> Option<RunReport> {
    let kill = rig.simulation.kill_switch().clone();
    kill.arm(steps);
    let report = tokio::select! {
        report = rig.run() => Some(report.unwrap()),
        () = kill.tripped() => None,
    };
    kill.disarm();
    report
}

/// Lets the lease of a dead worker end.
async fn let_the_lease_end() {
    tokio::time::sleep(RunRecord::LEASE.unsigned_abs() + Duration::from_secs(1)).await;
}

fn repeated(writes: &[WriteRecord]) -> Vec<&WriteRecord> {
    let mut seen = BTreeSet::new();
    writes.iter().filter(|write| !seen.insert((write.route, write.account, write.body.clone()))).collect()
}

async fn assert_every_link_of_ours_is_recorded(rig: &Rig, before: &World) {
    let now = rig.simulation.world(Clone::clone);
    for account in now.accounts.iter() {
        let was = before.accounts.get(account.id).and_then(|account| account.external_id.clone());
        let Some(user) = account.external_id.as_deref().and_then(|id| DirectoryUserId::parse(id).ok()) else {
            continue;
        };
        let recorded = rig.store.ledger.link(user).await.unwrap();
        assert_eq!(recorded.is_some(), was.is_none(), "account {} was linked to {was:?}", account.id);
        if let Some(link) = recorded {
            assert_eq!(link.account.to_string(), account.id.to_string());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn killed_after_every_odd_step_and_resumed_it_ends_the_same() {
    killed_after_every_second_step(1).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_every_even_step_and_resumed_it_ends_the_same() {
    killed_after_every_second_step(0).await;
}

/// Every second, so that two processors share the work.
async fn killed_after_every_second_step(first: u64) {
    let world = company();
    let whole = rig(&world).await;
    let uninterrupted: Counts = whole.run().await.unwrap().counts;
    let expected = whole.simulation.world(oracle::accounts);
    assert!(uninterrupted.created > 25 && uninterrupted.linked > 5 && uninterrupted.updated > 1, "{uninterrupted:?}");

    for step in (first..).step_by(2) {
        let rig = rig(&world).await;
        if run_killed_after(&rig, step).await.is_some() {
            assert!(step > 250, "only {step} steps");
            break;
        }
        let_the_lease_end().await;
        let had_ended =
            rig.store.ledger.latest(Mode::Full).await.unwrap().is_some_and(|run| run.state == RunState::Complete);
        let report = rig.run().await.unwrap();
        assert_eq!(report.status, "complete");
        if had_ended {
            // The last step is the end of the run, even when nobody lives to hear of it; this was another run.
            let Counts { created, linked, updated, deactivated, roles_added, roles_removed, .. } = report.counts;
            assert_eq!(created + linked + updated + deactivated + roles_added + roles_removed, 0);
        } else {
            assert_eq!(report.counts, uninterrupted, "killed after step {step}");
        }
        assert_eq!(rig.simulation.world(oracle::accounts), expected, "killed after step {step}");
        assert_eq!(repeated(&rig.simulation.writes()), Vec::<&WriteRecord>::new(), "killed after step {step}");
        assert_every_link_of_ours_is_recorded(&rig, &world).await;
        evidence::assert_tells_what_happened(&rig, &world).await;
        exceptions::assert_they_are_listed(&rig).await;
    }
}

#[tokio::test(start_paused = true)]
async fn killed_again_and_again_it_still_ends_the_same() {
    let world = company();
    let whole = rig(&world).await;
    let uninterrupted = whole.run().await.unwrap().counts;
    let expected = whole.simulation.world(oracle::accounts);

    let mut rig = rig(&world).await;
    // A slow ZenQMS, so that few people are claimed at once: a life that ends in claims alone gets nowhere.
    rig.pace.start = 4.0;
    rig.pace.ceiling = 4.0;
    let mut lives = 0;
    let report = loop {
        // Never twice after the same number of steps, and always enough of them to get on.
        let killed = run_killed_after(&rig, 40 + lives % 7).await;
        lives += 1;
        assert!(lives < 200, "it does not get on");
        if let Some(report) = killed {
            break report;
        }
        let_the_lease_end().await;
    };
    assert!(lives > 8, "{lives} lives");
    assert_eq!(report.counts, uninterrupted);
    assert_eq!(rig.simulation.world(oracle::accounts), expected);
    assert_eq!(repeated(&rig.simulation.writes()), Vec::<&WriteRecord>::new());
    assert_every_link_of_ours_is_recorded(&rig, &world).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_another_worker_holds_is_left_to_him() {
    let rig = rig(&company()).await;
    assert_eq!(run_killed_after(&rig, 20).await, None, "the run was to be killed");
    rig.simulation.reset_tally();
    let report = rig.run().await.unwrap();
    assert_eq!(report.status, "running");
    assert_eq!(rig.simulation.tally().calls(Route::Any), 0);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_up_the_run_saves_itself_and_goes_on_in_the_next_invocation() {
    let world = CompanyPlan::plain(600, 0, 0.0).build();
    let mut rig = rig(&world).await;
    // 600 accounts at 20 requests a second take half a minute; an invocation may last ten seconds.
    rig.pace.start = 20.0;
    rig.pace.ceiling = 20.0;
    rig.budget = Some(Duration::from_secs(10));
    let mut invocations = 0;
    let report = loop {
        invocations += 1;
        let began = tokio::time::Instant::now();
        let report = rig.run().await.unwrap();
        assert!(began.elapsed() <= Duration::from_secs(10), "{:?}", began.elapsed());
        if report.status != "running" {
            break report;
        }
        assert!(report.counts.created > 0 && report.counts.created < 600);
    };
    assert!(invocations > 3, "{invocations} invocations");
    assert_eq!((report.status, report.counts.created, report.counts.seen), ("complete", 600, 600));
    assert_eq!(rig.simulation.tally().calls(Route::AccountCreate), 600);
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_time_does_not_even_suffice_to_read_says_so_instead_of_going_round_for_ever() {
    let world = CompanyPlan::plain(2_000, 2_000, 0.5).build();
    let mut rig = rig(&world).await;
    rig.pace.start = 1.0;
    rig.pace.ceiling = 1.0;
    rig.budget = Some(Duration::from_secs(5));
    let mut reports = Vec::new();
    for _ in 0..3 {
        reports.push(rig.run().await.unwrap());
    }
    assert_eq!(reports.iter().map(|report| report.status).collect::<Vec<_>>(), ["running", "running", "halted"]);
    let because = reports[2].halted_because.as_deref().unwrap();
    assert!(because.contains("takes longer than one invocation may last"), "{because}");
}
