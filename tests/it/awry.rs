//! Stories of single changes that go awry on their way: refused, unanswered, half answered, or cut off by a death.

use std::time::Duration;

use simulator::{Fault, FaultKind, Member, Person, Route};

use crate::laboratory::{MINUTE, group, is_active, live, mapping, person, roles_of, title_of, world};
use crate::live::Live;
use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn a_person_whom_zenqms_refuses_is_parked_and_holds_nobody_up() {
    let live = live().await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).about("Director").times(1).kind(
        FaultKind::Answer {
            status: 422,
            body: Some(r#"{"error":{"code":"invalid","message":"x","fields":{"title":"too long"}}}"#.to_owned()),
            retry_after: None,
        },
    ));
    let ada = sync_core::domain::DirectoryUserId::from(person(1));
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.update_person(person(2), |grace| grace.job_title = Some("Admiral".into()));
    });
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(2)), "Admiral");
    let parked = live.rig.store.ledger.parked(ada).await.unwrap().unwrap();
    assert_eq!(parked.code, "rejected");
    assert!(
        parked.because.ends_with("the service does not accept it (HTTP 422, invalid): title"),
        "{}",
        parked.because
    );
    // The next change of hers brings her back.
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Countess".into())));
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(1)), "Countess");
    assert_eq!(live.rig.store.ledger.parked(ada).await.unwrap(), None);
    live.work_for(3 * MINUTE).await;
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_hours_without_zenqms_lose_nothing() {
    let live = live().await;
    let down = Fault::on(Route::AnyZenqms).always().kind(FaultKind::Status(503));
    live.rig.simulation.faults().add(down);
    live.rig.simulation.change(|editor| {
        editor.delete_person(person(2));
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.add_member(group(1), Member::Person(person(4)));
    });
    live.work_for(Duration::from_hours(2)).await;
    live.rig.simulation.faults().clear();
    live.work_for(10 * MINUTE).await;
    assert!(!is_active(&live, person(2)));
    assert_eq!((title_of(&live, person(1)), roles_of(&live, person(4))), ("Director".to_owned(), vec![17]));
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_read_ends_among_the_dead_letters_and_nobody_waits_for_it() {
    let live = live().await;
    let poison = sync_core::work::Message {
        body: "{\"user\":\"nobody\"}".to_owned(),
        group: person(1).to_string(),
        deduplication: "poison".to_owned(),
    };
    sync_core::ports::Queue::send(&live.rig.store.users, &[poison]).await.unwrap();
    live.rig
        .simulation
        .change(|editor| editor.update_person(person(2), |grace| grace.job_title = Some("Admiral".into())));
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(2)), "Admiral");
    live.work_for(Duration::from_hours(1)).await;
    let urls = &live.rig.store.urls;
    let dead = live.rig.store.sqs.messages(&urls.user_dead_letters);
    assert_eq!((dead.len(), live.rig.store.sqs.messages(&urls.users).len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_does_not_know_somebody_takes_no_role_of_his() {
    let live = live().await;
    let check = Fault::on(Route::CheckMemberGroups).about(person(1).to_string());
    live.rig.simulation.faults().add(check.times(1).kind(FaultKind::Status(404)));
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    live.work_for(MINUTE).await;
    assert_eq!((title_of(&live, person(1)), roles_of(&live, person(1))), ("Director".to_owned(), vec![17]));
    // A new person whose groups could not be read gets his roles a moment later.
    let check = Fault::on(Route::CheckMemberGroups).about(person(9).to_string());
    live.rig.simulation.faults().add(check.times(1).kind(FaultKind::Status(404)));
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 0.0);
    live.rig.simulation.change(|editor| {
        editor.add_person(Person::new(person(9), "Emmy", "Noether", "emmy@example.com", "Scientist"));
        editor.add_member(group(1), Member::Person(person(9)));
    });
    live.work_for(MINUTE).await;
    assert_eq!(roles_of(&live, person(9)), [17]);
}

#[tokio::test(start_paused = true)]
async fn a_leaver_is_out_although_nothing_is_said_about_his_groups() {
    let live = live().await;
    for status in [403, 500] {
        live.rig.simulation.faults().add(Fault::on(Route::CheckMemberGroups).always().kind(FaultKind::Status(status)));
    }
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.account_enabled = Some(false));
        editor.delete_person(person(2));
    });
    live.work_for(MINUTE).await;
    assert_eq!((is_active(&live, person(1)), is_active(&live, person(2))), (false, false));
    assert_eq!([1, 2].map(|n| roles_of(&live, person(n))), [vec![17], vec![17]]);
}

#[tokio::test(start_paused = true)]
async fn a_leaver_is_out_although_the_group_of_his_role_cannot_be_asked_after() {
    let live = live().await;
    live.rig.simulation.faults().add(Fault::on(Route::Group).always().kind(FaultKind::Status(500)));
    live.rig.simulation.change(|editor| {
        editor.remove_member(group(1), Member::Person(person(1)));
        editor.update_person(person(1), |ada| ada.account_enabled = Some(false));
    });
    live.work_for(MINUTE).await;
    assert_eq!((is_active(&live, person(1)), roles_of(&live, person(1))), (false, vec![17]));
    live.rig.simulation.faults().clear();
    live.work_for(5 * MINUTE).await;
    assert!(roles_of(&live, person(1)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn direct_members_only_means_that_in_every_flow() {
    let mut rig = Rig::new(world()).await;
    rig.nesting = sync_core::ports::Nesting::Direct;
    let live = Live::deployed_with(rig, &mapping()).await;
    // Alan is in Labs, which is in Science: that counts for nothing here.
    assert!(roles_of(&live, person(3)).is_empty());
    live.rig.simulation.change(|editor| {
        editor.update_person(person(3), |alan| alan.job_title = Some("Director".into()));
        editor.add_member(group(2), Member::Person(person(4)));
        editor.add_member(group(3), Member::Person(person(1)));
    });
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(3)), "Director");
    assert_eq!([1, 3, 4].map(|n| roles_of(&live, person(n))), [vec![17], vec![], vec![18]]);
    live.rig.simulation.change(|editor| {
        editor.remove_member(group(1), Member::Person(person(1)));
    });
    live.work_for(MINUTE).await;
    assert!(roles_of(&live, person(1)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_first_sweep_of_a_new_stack_is_no_initial_sync() {
    let mut rig = Rig::new(world()).await;
    rig.map(&mapping()).await.unwrap();
    let live = Live::new(rig);
    live.host().keep(None).await.unwrap();
    live.sweep().await;
    live.sweep().await;
    assert_eq!(live.rig.simulation.tally().calls(Route::AnyZenqms), 1, "the mapping's roles, and nothing else");
    // From then on changes are followed, each for himself.
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    live.sweep().await;
    assert_eq!(
        (live.rig.simulation.world(|world| world.accounts.len()), title_of(&live, person(1))),
        (1, "Director".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_nested_group_that_is_deleted_leads_to_a_comparison_even_after_a_crash() {
    let live = live().await;
    assert_eq!(roles_of(&live, person(3)), [18]);
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    live.rig.simulation.change(|editor| {
        editor.delete_group(group(3));
        // The mapped group is empty then; so that its list is an answer, somebody is in it.
        editor.add_member(group(2), Member::Person(person(4)));
    });
    // The sweep notices it and dies before it can compare; ZenQMS does not answer at all.
    live.rig.simulation.faults().add(Fault::on(Route::AnyZenqms).always().kind(FaultKind::NoAnswer));
    let host = live.rig.host();
    let died = tokio::time::timeout(Duration::from_secs(20), Box::pin(host.sweep(&initial_sync::Silent))).await;
    assert!(died.is_err());
    live.rig.simulation.faults().clear();
    tokio::time::sleep(10 * MINUTE).await;
    live.sweep().await;
    assert!(roles_of(&live, person(3)).is_empty());
    live.rig.simulation.reset_tally();
    live.sweep().await;
    assert_eq!(live.rig.simulation.tally().calls(Route::AnyZenqms), 0, "compared once");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_a_flow_made_is_ours_although_the_flow_died() {
    for steps in 1..12 {
        let live = live().await;
        live.rig.simulation.change(|editor| {
            editor.add_person(Person::new(person(9), "Emmy", "Noether", "emmy@example.com", "Scientist"));
        });
        let kill = live.rig.simulation.kill_switch().clone();
        kill.arm(steps);
        tokio::select! {
            () = live.work_for(Duration::from_secs(30)) => {}
            () = kill.tripped() => {}
        }
        kill.disarm();
        live.work_for(20 * MINUTE).await;
        let link = live.rig.store.ledger.link(person(9).into()).await.unwrap();
        assert!(link.is_some(), "killed after {steps} steps");
        let created = live.rig.simulation.writes().iter().filter(|write| write.route == Route::AccountCreate).count();
        assert_eq!(created, 1, "killed after {steps} steps");
    }
}
