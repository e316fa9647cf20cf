//! Stories of single changes, from the directory to ZenQMS.

use simulator::{Behaviour, CompanyPlan, Fault, FaultKind, Member, Person, Route};
use uuid::Uuid;

use crate::laboratory::{MINUTE, group, is_active, live, live_with, person, roles_of, title_of};
use crate::live::Live;
use crate::oracle;

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
