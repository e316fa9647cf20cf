//! The cleanup comes while others are at work.

use super::*;

#[tokio::test(start_paused = true)]
async fn work_that_is_still_queued_writes_nothing_any_more() {
    let live = company().await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.delete_person(person(2));
        editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
        editor.remove_member(crate::laboratory::group(1), simulator::Member::Person(person(1)));
    });
    let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
    assert!(live.left_behind().len() >= 4);
    cleaned_up(&live.rig).await;
    let after = accounts(&live.rig);
    // Sweeps and the keeper come as well.
    live.work_for(20 * MINUTE).await;
    assert_eq!(accounts(&live.rig), after);
    assert!(live.left_behind().is_empty() && live.rig.simulation.subscriptions().is_empty());
    let steps = live.rig.simulation.kill_switch().steps();
    for report in [live.host().full(&Silent).await.unwrap(), live.host().sweep(&Silent).await.unwrap()] {
        let because = report.halted_because.unwrap();
        assert!(report.status == "halted" && because.contains("is being removed"), "{because}");
    }
    assert_eq!(live.rig.simulation.kill_switch().steps(), steps, "a run was kept");
    assert_eq!(live.rig.simulation.tally().calls(Route::UsersList), 0);
    // A plan may still be made.
    assert_eq!(live.rig.rehearse().await.0.status, "complete");
}

#[tokio::test(start_paused = true)]
async fn a_batch_comes_back_while_the_mark_cannot_be_read() {
    let live = company().await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
    let before = accounts(&live.rig);
    live.rig.store.dynamo.order(LedgerFault::new("GetItem", 1, 1_000, LedgerFaultKind::Failed));
    live.work_for(MINUTE).await;
    assert_eq!(accounts(&live.rig), before);
    assert!(!live.left_behind().is_empty());
}

/// A full run over people without accounts that takes minutes, since ZenQMS takes two requests a second.
async fn slow_run(people: usize) -> Live {
    let plan = CompanyPlan { people, accounts: 0, groups: 2, mix: Mix::none(), ..CompanyPlan::default() };
    let mut rig = Rig::with(plan.build(), Behaviour::default()).await;
    rig.pace.start = 2.0;
    rig.pace.ceiling = 2.0;
    Live::new(rig)
}

#[tokio::test(start_paused = true)]
async fn a_run_under_way_is_stopped_and_what_it_linked_meanwhile_is_cleared() {
    let live = slow_run(400).await;
    let rig = &live.rig;
    let runner = rig.host();
    let marked_at = tokio::time::Instant::now() + Duration::from_secs(20);
    let run = Box::pin(async { (runner.full(&Silent).await.unwrap(), tokio::time::Instant::now()) });
    let cleanup = async {
        tokio::time::sleep_until(marked_at).await;
        cleaned_up(rig).await
    };
    let ((run, stopped_at), report) = futures::join!(run, cleanup);
    assert_eq!(run.status, "halted", "{run:?}");
    assert!(stopped_at - marked_at < MINUTE, "{:?}", stopped_at - marked_at);
    let made = accounts(rig);
    assert!(made.len() > 30 && made.len() < 200, "{}", made.len());
    assert!(made.values().all(|account| account.external_id.is_none()));
    assert_eq!((report.status, report.cleared), ("complete", made.len() as u64));
    assert_eq!(report.left_alone, LeftAlone::default());
    let halted = rig.store.ledger.latest(Mode::Full).await.unwrap().unwrap();
    assert!(matches!(halted.state, RunState::Halted { .. }) && halted.pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_zenqms_makes_wait_for_minutes_is_waited_for() {
    let live = slow_run(100).await;
    let rig = &live.rig;
    let runner = rig.host();
    let cleanup = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let wait = FaultKind::Answer { status: 429, body: None, retry_after: Some("240".to_owned()) };
        rig.simulation.faults().add(Fault::on(Route::AccountCreate).kind(wait));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let made = accounts(rig).len();
        (cleaned_up(rig).await, made)
    };
    let (run, (report, made_before)) = futures::join!(Box::pin(runner.full(&Silent)), cleanup);
    assert_eq!(run.unwrap().status, "halted");
    let made = accounts(rig);
    assert!(made.len() > made_before, "nobody was held");
    assert!(made.values().all(|account| account.external_id.is_none()));
    assert_eq!((report.status, report.cleared), ("complete", made.len() as u64));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_asked_for_the_mark_just_before_it_was_set_asks_again() {
    let rig = Rig::new(CompanyPlan::plain(8, 4, 0.0).build()).await;
    // The run asks for the mark, and then has to ask twice for the latest run: the SDK waits in between.
    rig.store.dynamo.order(LedgerFault::new("GetItem", 2, 1, LedgerFaultKind::Failed));
    let (run, report) = futures::join!(rig.run(), clean_up(&rig));
    assert_eq!((run.unwrap().status, report.unwrap().status), ("halted", "complete"));
    assert!(rig.simulation.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_begins_at_the_same_moment_leaves_nothing_behind() {
    let world = CompanyPlan { people: 8, accounts: 4, groups: 2, ..CompanyPlan::default() }.build();
    let (mut halted, mut set_at_most) = (0, 0);
    for n in 0..40 {
        let mut behaviour = Behaviour::default();
        behaviour.zenqms.latency = Latency::Between(Duration::from_millis(1), Duration::from_millis(900));
        let rig = Rig::with(world.clone(), behaviour).await;
        let before = ids(&accounts(&rig));
        let cleanup = async {
            tokio::time::sleep(Duration::from_millis(50 * n)).await;
            cleaned_up(&rig).await
        };
        let (report, run) = futures::join!(cleanup, rig.run());
        assert_eq!(report.status, "complete", "{n}: {report:?}");
        assert_eq!(left_of_ours(&rig, &before), [], "{n}");
        assert_eq!(report.left_alone.changed_since, 0, "{n}: {report:?}");
        halted += usize::from(run.unwrap().status == "halted");
        set_at_most = set_at_most.max(report.cleared);
    }
    assert!(halted > 5 && set_at_most > 4, "{halted} halted, {set_at_most} set");
}
