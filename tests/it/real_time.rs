//! Stories of single changes, from the directory to ZenQMS.

use std::time::Duration;

use simulator::{Behaviour, CompanyPlan, Fault, FaultKind, Group, Member, Person, Role, Route, World};
use uuid::Uuid;

use crate::live::Live;
use crate::oracle;
use crate::rig::Rig;

fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

fn group(n: u128) -> Uuid {
    Uuid::from_u128(0x9000 + n)
}

/// Ada and Grace are in Quality, which gives a role; Alan is in Labs, which is in Science, which gives another. Kurt is in
/// nothing.
fn world() -> World {
    let one = |n: u128, first: &str, last: &str| {
        let mail = format!("{}@example.com", first.to_lowercase());
        Person::new(person(n), first, last, &mail, "Scientist")
    };
    World::default()
        .with_person(one(1, "Ada", "Lovelace"))
        .with_person(one(2, "Grace", "Hopper"))
        .with_person(one(3, "Alan", "Turing"))
        .with_person(one(4, "Kurt", "Goedel"))
        .with_group(Group::new(group(1), "Quality").with_people([person(1), person(2)]))
        .with_group(Group::new(group(2), "Science").with_groups([group(3)]))
        .with_group(Group::new(group(3), "Labs").with_people([person(3)]))
        .with_group(Group::new(group(4), "Canteen").with_people([person(1), person(4)]))
        .with_role(Role::new(17, "Document Reader"))
        .with_role(Role::new(18, "Trainer"))
}

fn mapping() -> String {
    format!(r#"{{"{}":"Document Reader","{}":["Trainer"]}}"#, group(1), group(2))
}

async fn live() -> Live {
    live_with(Behaviour::default()).await
}

async fn live_with(behaviour: Behaviour) -> Live {
    Live::deployed_with(Rig::with(world(), behaviour).await, &mapping()).await
}

fn roles_of(live: &Live, user: Uuid) -> Vec<u64> {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        let account = world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap();
        account.roles.iter().map(|role| role.0).collect()
    })
}

fn is_active(live: &Live, user: Uuid) -> bool {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap().is_active
    })
}

fn title_of(live: &Live, user: Uuid) -> String {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap().title.to_string()
    })
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn a_change_arrives_by_itself() {
    let live = live().await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(1)), "Director");
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::AccountPatch), tally.calls(Route::AnyWrite)), (1, 1));
    // Read once, in one call each; nobody searched for her account, since the ledger knows it.
    assert_eq!((tally.calls(Route::Batch), tally.calls(Route::AccountSearch)), (1, 1));
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_new_person_gets_an_account_and_roles_at_once() {
    let live = live().await;
    live.rig.simulation.change(|editor| {
        editor.add_person(Person::new(person(9), "Emmy", "Noether", "emmy@example.com", "Scientist"));
        editor.add_member(group(1), Member::Person(person(9)));
    });
    live.work_for(MINUTE).await;
    assert_eq!(roles_of(&live, person(9)), [17]);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_disabled_or_deleted_is_deactivated_and_comes_back() {
    let live = live().await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| {
            ada.account_enabled = Some(false);
            ada.job_title = None;
        });
        editor.delete_person(person(2));
        editor.purge_person(person(3));
    });
    live.work_for(MINUTE).await;
    assert!(![1, 2, 3].map(person).into_iter().any(|user| is_active(&live, user)));
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| {
            ada.account_enabled = Some(true);
            ada.job_title = Some("Scientist".into());
        });
        editor.restore_person(person(2));
    });
    live.work_for(MINUTE).await;
    assert!([1, 2].map(person).into_iter().all(|user| is_active(&live, user)));
}

#[tokio::test(start_paused = true)]
async fn roles_follow_the_groups_nested_ones_included() {
    let live = live().await;
    assert_eq!([1, 2, 3, 4].map(|n| roles_of(&live, person(n))), [vec![17], vec![17], vec![18], vec![]]);
    live.rig.simulation.change(|editor| {
        editor.remove_member(group(1), Member::Person(person(1)));
        editor.add_member(group(3), Member::Person(person(4)));
    });
    live.work_for(MINUTE).await;
    assert_eq!([1, 4].map(|n| roles_of(&live, person(n))), [vec![], vec![18]]);
    // The whole group leaves, and another one enters.
    live.rig.simulation.change(|editor| {
        editor.remove_member(group(2), Member::Group(group(3)));
        editor.add_member(group(2), Member::Group(group(4)));
    });
    live.work_for(MINUTE).await;
    assert_eq!([1, 3, 4].map(|n| roles_of(&live, person(n))), [vec![18], vec![], vec![18]]);
}

#[tokio::test(start_paused = true)]
async fn a_mapped_group_that_is_deleted_takes_no_role() {
    let live = live().await;
    live.rig.simulation.change(|editor| {
        editor.delete_group(group(1));
    });
    live.work_for(MINUTE).await;
    live.sweep().await;
    // Somebody who is looked at for another reason keeps it as well.
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(1)), "Director");
    assert_eq!([1, 2].map(|n| roles_of(&live, person(n))), [vec![17], vec![17]]);
}

#[tokio::test(start_paused = true)]
async fn ten_announcements_of_one_change_are_one_write() {
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.per_change = (10, 10);
    behaviour.graph.notifications.doubled = 0.5;
    let live = live_with(behaviour).await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    live.work_for(MINUTE).await;
    assert_eq!(live.rig.simulation.tally().calls(Route::AnyWrite), 1);
    assert_eq!(title_of(&live, person(1)), "Director");
}

#[tokio::test(start_paused = true)]
async fn an_unmapped_group_costs_no_call() {
    let live = live().await;
    live.rig.simulation.change(|editor| {
        editor.add_member(group(4), Member::Person(person(2)));
        editor.update_group(group(4), |canteen| canteen.display_name = "Restaurant".into());
    });
    live.work_for(MINUTE).await;
    assert_eq!(live.rig.simulation.notification_tally().delivered, 2);
    assert_eq!(live.rig.simulation.tally().calls(Route::Any), 0);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_is_not_replicated_yet_is_looked_for_again() {
    let live = live().await;
    // For two minutes every replica shows the world as it was.
    live.rig
        .simulation
        .faults()
        .add(Fault::on(Route::User).about(person(9).to_string()).times(3).kind(FaultKind::Status(404)));
    live.rig.simulation.change(|editor| {
        editor.add_person(Person::new(person(9), "Emmy", "Noether", "emmy@example.com", "Scientist"));
    });
    live.work_for(MINUTE).await;
    assert_eq!(live.rig.simulation.world(|world| world.accounts.len()), 4);
    live.work_for(3 * MINUTE).await;
    assert_eq!(live.rig.simulation.world(|world| world.accounts.len()), 5);
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_is_made_good_by_the_second_look() {
    let live = live().await;
    let stale = Fault::on(Route::User).about(person(1).to_string()).times(1);
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    live.rig.simulation.faults().add(stale.kind(FaultKind::Stale(simulator::Age::Changes(1))));
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(1)), "Scientist");
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(1)), "Director");
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_notifications_missed_is_found_by_the_sweep_and_an_empty_sweep_costs_one_call() {
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.lost = 1.0;
    let live = live_with(behaviour).await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.delete_person(person(2));
        editor.add_member(group(3), Member::Person(person(4)));
        editor.remove_member(group(1), Member::Person(person(1)));
    });
    live.sweep().await;
    assert_eq!(title_of(&live, person(1)), "Director");
    assert!(!is_active(&live, person(2)));
    assert_eq!([1, 4].map(|n| roles_of(&live, person(n))), [vec![], vec![18]]);
    live.rig.simulation.reset_tally();
    live.sweep().await;
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::AnyGraph), tally.calls(Route::AnyZenqms)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_whose_link_is_not_honoured_compares_everything() {
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.lost = 1.0;
    let live = live_with(behaviour).await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.delete_person(person(2));
        editor.remove_member(group(1), Member::Person(person(1)));
        editor.add_person(Person::new(person(9), "Emmy", "Noether", "emmy@example.com", "Scientist"));
    });
    live.rig.simulation.reset_delta();
    live.sweep().await;
    assert_eq!(title_of(&live, person(1)), "Director");
    assert!(!is_active(&live, person(2)));
    assert!(roles_of(&live, person(1)).is_empty() && is_active(&live, person(9)));
    // The next one goes on from there.
    live.rig.simulation.reset_tally();
    live.sweep().await;
    assert_eq!(live.rig.simulation.tally().calls(Route::Any), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_an_address_gets_it_when_it_becomes_free() {
    let live = live().await;
    // Kurt takes Ada's address, which is hers still; then she gives it up.
    live.rig.simulation.change(|editor| {
        editor.update_person(person(4), |kurt| kurt.mail = Some("ada@example.com".into()));
    });
    live.work_for(3 * MINUTE).await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.mail = Some("countess@example.com".into()));
    });
    live.work_for(MINUTE).await;
    let mail = |user: Uuid| {
        live.rig.simulation.world(|world| {
            let id = user.to_string();
            world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap().email.to_string()
        })
    };
    assert_eq!((mail(person(1)), mail(person(4))), ("countess@example.com".to_owned(), "ada@example.com".to_owned()));
}

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
async fn a_busy_day_ends_as_the_rules_say() {
    let plan = CompanyPlan { people: 120, accounts: 60, groups: 8, ..CompanyPlan::default() };
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.lost = 0.1;
    behaviour.graph.notifications.doubled = 0.2;
    let live = Live::deployed(plan.build(), behaviour, 8).await;
    let mut churn = simulator::Churn::new(5);
    for _ in 0..200 {
        live.rig.simulation.change(|editor| churn.step(editor));
        live.work_for(MINUTE).await;
    }
    live.sweep().await;
    let (world, roles) = (live.rig.simulation.world(Clone::clone), crate::storm::roles(&live.rig.mapping));
    oracle::assert_same(&live.rig.simulation.world(oracle::accounts), &oracle::expected(&world, &roles, true, true));
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
