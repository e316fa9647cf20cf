//! Whoever is killed - a cleanup, a run, a flow - leaves no id behind that we set.

use super::*;

/// Does something until it ends, or is killed after so many steps.
async fn killed_after<R>(rig: &Rig, steps: u64, work: impl Future<Output = R>) -> Option<R> {
    let kill = rig.simulation.kill_switch().clone();
    kill.arm(steps);
    let survived = tokio::select! {
        done = work => Some(done),
        () = kill.tripped() => None,
    };
    kill.disarm();
    survived
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_and_gone_on_with_it_ends_the_same() {
    let (whole, before) = small().await;
    let expected = cleaned_up(&whole.rig).await;
    assert!(expected.status == "complete" && expected.cleared > 4, "{expected:?}");
    let after = accounts(&whole.rig);
    for step in 1.. {
        let (live, _) = small().await;
        let survived = killed_after(&live.rig, step, clean_up(&live.rig)).await.is_some();
        let report = cleaned_up(&live.rig).await;
        assert_eq!(report, expected, "killed after step {step}");
        assert_eq!(accounts(&live.rig), after, "killed after step {step}");
        assert!(!is_twice(&patched(&live.rig)), "killed after step {step}");
        assert_eq!(left_of_ours(&live.rig, &before), []);
        if survived {
            assert!(step > 15, "only {step} steps");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_run_linked_and_did_not_live_to_record_is_cleared() {
    let world = CompanyPlan { people: 12, accounts: 6, groups: 2, ..CompanyPlan::default() }.build();
    for step in 1.. {
        let mut rig = Rig::new(world.clone()).await;
        rig.map(&serde_json::to_string(&world.suggested_mapping(2)).unwrap()).await.unwrap();
        let before = ids(&accounts(&rig));
        let survived = killed_after(&rig, step, rig.run()).await.is_some();
        let set = left_of_ours(&rig, &before).len() as u64;
        let report = cleaned_up(&rig).await;
        assert_eq!((report.status, report.cleared), ("complete", set), "killed after step {step}");
        assert_eq!(left_of_ours(&rig, &before), [], "killed after step {step}");
        assert_eq!(rig.store.ledger.links_left().await.unwrap(), 0);
        if survived {
            assert!(set > 4 && step > 20, "{set} links, {step} steps");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_flow_linked_and_did_not_live_to_record_is_cleared() {
    let mut unrecorded = 0;
    for step in 1.. {
        let live = company().await;
        let before = ids(&accounts(&live.rig));
        live.rig.simulation.change(|editor| {
            editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
        });
        let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
        killed_after(&live.rig, step, live.work_for(MINUTE)).await;
        let set = left_of_ours(&live.rig, &before).len() as u64;
        unrecorded += set.saturating_sub(live.rig.store.ledger.links_left().await.unwrap() - 4);
        let report = cleaned_up(&live.rig).await;
        assert_eq!((report.status, report.cleared), ("complete", 2 + set), "killed after step {step}");
        assert_eq!(report.left_alone, COMPANY_LEFT_ALONE, "killed after step {step}");
        // Whoever links her by hand now may do so.
        let rosa =
            live.rig.simulation.world(|world| world.accounts.by_email("rosa@example.com").next().map(|one| one.id));
        if let Some(rosa) = rosa {
            let hers = Some(person(9).to_string());
            live.rig.simulation.change(|editor| {
                editor.update_account(rosa, |rosa| rosa.external_id = hers.as_deref().map(Into::into));
            });
            assert_eq!(cleaned_up(&live.rig).await.cleared, 2 + set, "killed after step {step}");
            assert_eq!(accounts(&live.rig)[&rosa].external_id, hers, "killed after step {step}");
        }
        if step > 12 {
            assert!(set == 1 && unrecorded > 0, "it was never killed in between");
            break;
        }
    }
}

/// Rosa is new; her account takes the flow a while, and the cleanup begins meanwhile.
async fn cleaned_up_during_a_flow(kind: FaultKind) {
    let live = company().await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountCreate).kind(kind.clone()));
    live.rig.simulation.change(|editor| {
        editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
    });
    let cleanup = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        cleaned_up(&live.rig).await
    };
    let (report, ()) = futures::join!(cleanup, live.work_for(5 * MINUTE));
    let rosa = live.rig.simulation.world(|world| world.accounts.by_email("rosa@example.com").next().unwrap().clone());
    assert_eq!(rosa.external_id, None, "{kind:?}");
    assert_eq!((report.status, report.cleared, report.left_alone), ("complete", 3, COMPANY_LEFT_ALONE), "{kind:?}");
    assert!(!is_twice(&patched(&live.rig)), "{kind:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_flow_links_that_was_at_work_when_it_began_is_cleared() {
    // The account is made after the first pass; and before it, while the flow still waits for the answer.
    cleaned_up_during_a_flow(FaultKind::Slow(Duration::from_secs(25))).await;
    cleaned_up_during_a_flow(FaultKind::NoAnswer).await;
}
