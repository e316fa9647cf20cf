//! Who is synchronised, where not everybody is: by a filter, by groups, without guests. In full runs, flows and sweeps alike.

use simulator::{Details, Fault, FaultKind, Member, Person, Route, UserType, World};
use sync_core::domain::{GroupId, Leaving, Outside, Scope};
use sync_core::evidence::Entry;
use sync_core::plan::Reveal;
use sync_core::ports::{EvidenceRead, ExceptionList, Holds};
use uuid::Uuid;

use crate::laboratory::{self, MINUTE, group, is_active, mapping, person, roles_of, title_of};
use crate::live::Live;
use crate::rig::Rig;

const SCIENTISTS: &str = "jobTitle eq 'Scientist'";

fn groups(numbers: &[u128], leaving: Leaving) -> Scope {
    Scope { groups: numbers.iter().map(|&number| GroupId::from(group(number))).collect(), leaving, lens: None }
}

fn leaving(leaving: Leaving) -> Scope {
    groups(&[], leaving)
}

async fn rig(world: World, filter: &str, scope: Scope) -> Rig {
    let mut rig = Rig::new(world).await;
    rig.lens.admission.filter = (!filter.is_empty()).then(|| filter.parse().unwrap());
    rig.scope = scope;
    rig
}

async fn laboratory(filter: &str, scope: Scope) -> Live {
    Live::deployed_with(rig(laboratory::world(), filter, scope).await, &mapping()).await
}

fn has_account(rig: &Rig, user: Uuid) -> bool {
    let id = user.to_string();
    rig.simulation.world(|world| world.accounts.iter().any(|account| account.external_id.as_deref() == Some(&id)))
}

fn set_title(live: &Live, n: u128, title: &str) {
    live.rig.simulation.change(|editor| {
        editor.update_person(person(n), |person| person.job_title = Some(title.into()));
    });
}

async fn explained(live: &Live, n: u128) -> String {
    live.host().explain(person(n).into()).await.unwrap().sentences(Reveal::Ids).join("\n")
}

/// Nothing is left to do for a run, and it writes nothing.
async fn assert_a_run_writes_nothing(rig: &Rig) {
    rig.simulation.reset_tally();
    rig.run().await.unwrap();
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_passes_over_whoever_is_outside_and_says_why() {
    let mut guest = Person::new(person(5), "Emmy", "Noether", "emmy@else.example", "Scientist");
    guest.user_type = Some(UserType::Guest);
    let mut world = laboratory::world().with_person(guest);
    world.people.update(person(4), |kurt| kurt.job_title = Some("Cook".into()));
    let mut rig = rig(world, SCIENTISTS, groups(&[1, 4], Leaving::Deactivate)).await;
    rig.lens.admission.no_guests = true;
    rig.map(&mapping()).await.unwrap();
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.created, report.counts.skipped, report.counts.roles_added), (2, 3, 2));
    for (code, people) in [("out_of_scope_filter", 1), ("out_of_scope_guest", 1), ("out_of_scope_groups", 1)] {
        assert_eq!(report.skipped_by_reason[code], people, "{code}");
    }
    // Whoever is outside by choice is no exception that somebody has to mend.
    assert!(rig.store.ledger.exceptions().await.unwrap().is_empty());
    assert_a_run_writes_nothing(&rig).await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_the_scope_is_left_as_he_is_until_he_comes_back_or_is_disabled() {
    let live = laboratory(SCIENTISTS, Scope::default()).await;
    set_title(&live, 1, "Countess");
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.given_name = Some("Augusta".into()));
        editor.remove_member(group(1), Member::Person(person(1)));
    });
    live.work_for(5 * MINUTE).await;
    assert_eq!((title_of(&live, person(1)).as_str(), is_active(&live, person(1))), ("Scientist", true));
    assert_eq!(roles_of(&live, person(1)), [17]);
    assert!(
        explained(&live, 1)
            .await
            .contains("Left out: he is outside the scope: the setting ScopeFilter does not admit him.")
    );
    assert!(explained(&live, 2).await.contains("He is in the scope."));
    assert_a_run_writes_nothing(&live.rig).await;

    // A leaver is a leaver wherever he is.
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.account_enabled = Some(false));
    });
    live.work_for(MINUTE).await;
    assert!(!is_active(&live, person(1)));

    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| {
            (ada.account_enabled, ada.job_title) = (Some(true), Some("Scientist".into()));
        });
    });
    live.work_for(5 * MINUTE).await;
    assert!(is_active(&live, person(1)));
    // Back inside, he holds what the groups give him, and that is nothing any more.
    assert!(roles_of(&live, person(1)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_leaves_the_scope_is_deactivated_where_the_setting_says_so_and_comes_back_whole() {
    let live = laboratory(SCIENTISTS, leaving(Leaving::Deactivate)).await;
    set_title(&live, 1, "Countess");
    live.work_for(MINUTE).await;
    assert_eq!((is_active(&live, person(1)), title_of(&live, person(1)).as_str()), (false, "Scientist"));
    let chain = live.rig.store.ledger.chain(person(1).into()).await.unwrap();
    let outside: Vec<_> = chain
        .iter()
        .filter_map(|stored| match stored.record()?.entry {
            Entry::Intent(intent) => Some(intent.outside),
            Entry::Outcome(_) | Entry::Dropped(_) => None,
        })
        .collect();
    assert_eq!(outside, [None, Some(Outside::Filter)]);
    assert_eq!(roles_of(&live, person(1)), [17]);
    assert_a_run_writes_nothing(&live.rig).await;
    set_title(&live, 1, "scientist");
    live.work_for(MINUTE).await;
    assert_eq!((is_active(&live, person(1)), title_of(&live, person(1)).as_str()), (true, "scientist"));

    // With every notification lost, the sweep hears of it as well.
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    set_title(&live, 2, "Admiral");
    live.sweep().await;
    assert!(!is_active(&live, person(2)));
}

#[tokio::test(start_paused = true)]
async fn a_group_of_the_scope_gives_an_account_at_once_and_takes_it() {
    // Science gives a role, Quality gives one and is no group of the scope.
    let live = laboratory("", groups(&[2], Leaving::Deactivate)).await;
    assert_eq!([1, 2, 3, 4].map(|n| has_account(&live.rig, person(n))), [false, false, true, false]);
    assert!(explained(&live, 1).await.contains("he is in none of the groups that the setting ScopeGroups names"));

    // Ada enters Labs, which is in Science; what Quality gives her she gets as well.
    live.rig.simulation.change(|editor| editor.add_member(group(3), Member::Person(person(1))));
    live.work_for(MINUTE).await;
    assert_eq!((is_active(&live, person(1)), roles_of(&live, person(1))), (true, vec![17, 18]));

    live.rig.simulation.change(|editor| editor.remove_member(group(3), Member::Person(person(1))));
    live.work_for(5 * MINUTE).await;
    assert!(!is_active(&live, person(1)));
    assert_a_run_writes_nothing(&live.rig).await;

    // The group in which she was leaves the one of the scope, and comes back with everybody in it.
    live.rig.simulation.change(|editor| editor.remove_member(group(2), Member::Group(group(3))));
    live.work_for(10 * MINUTE).await;
    assert!(!is_active(&live, person(3)));
    live.rig.simulation.change(|editor| editor.add_member(group(2), Member::Group(group(3))));
    live.work_for(10 * MINUTE).await;
    assert!(is_active(&live, person(3)));
}

#[tokio::test(start_paused = true)]
async fn a_group_of_the_scope_that_is_deleted_puts_nobody_outside() {
    let live = laboratory("", groups(&[1, 2], Leaving::Deactivate)).await;
    live.rig.simulation.change(|editor| editor.delete_group(group(1)));
    live.work_for(20 * MINUTE).await;
    set_title(&live, 1, "Countess");
    live.work_for(5 * MINUTE).await;
    assert_eq!([1, 2, 3].map(|n| is_active(&live, person(n))), [true; 3]);
    assert!(explained(&live, 1).await.contains("did not show enough of him to tell whether he is in the scope"));
    let report = live.rig.run().await.unwrap();
    assert_eq!((report.counts.deactivated, report.skipped_by_reason["scope_untold"]), (0, 3));
    assert_eq!([1, 2, 3].map(|n| is_active(&live, person(n))), [true; 3]);
}

#[tokio::test(start_paused = true)]
async fn of_a_group_of_the_scope_that_is_empty_everybody_is_asked_after() {
    let live = laboratory("", groups(&[1], Leaving::Deactivate)).await;
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    live.rig.simulation.change(|editor| {
        editor.remove_member(group(1), Member::Person(person(1)));
        editor.remove_member(group(1), Member::Person(person(2)));
    });
    // A list that is empty takes nothing. But whoever has an account is asked after, one by one, and that is an answer.
    let report = live.rig.run().await.unwrap();
    assert_eq!(report.counts.deactivated, 0);
    live.work_until_idle(20 * MINUTE).await;
    assert_eq!([1, 2].map(|n| is_active(&live, person(n))), [false; 2]);
}

#[tokio::test(start_paused = true)]
async fn an_initial_sync_that_is_off_links_nobody_who_is_outside() {
    for (filter, scope) in [("department eq 'Labs'", Scope::default()), ("", groups(&[1], Leaving::Deactivate))] {
        let mut world = laboratory::world();
        for n in 1..=4 {
            let mail = world.people.get(person(n)).unwrap().mail.clone().unwrap();
            let number = u64::try_from(n).unwrap();
            world = world.with_account(simulator::Account::new(number, &mail, "Some", "Body", "Other"));
        }
        let labs = || Some(Box::new(Details { department: Some("LABS".into()), ..Details::default() }));
        world.people.update(person(1), |ada| ada.details = labs());
        world.people.update(person(2), |grace| grace.details = labs());
        let mut rig = rig(world, filter, scope).await;
        rig.initial_sync = false;
        rig.map(&mapping()).await.unwrap();
        let report = rig.run().await.unwrap();
        assert_eq!((report.counts.linked, report.counts.skipped), (2, 2), "{filter}");
        assert_eq!([1, 2, 3, 4].map(|n| has_account(&rig, person(n))), [true, true, false, false], "{filter}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_filter_has_everybody_compared_once_and_beyond_the_limit_nobody_loses_his_account() {
    let mut live = laboratory("", leaving(Leaving::Deactivate)).await;
    live.rig.limits = sync_core::guard::Limits {
        deactivations_per_run: "1".parse().unwrap(),
        deactivations_per_day: "1".parse().unwrap(),
        ..crate::rig::wide()
    };
    for n in [1, 2] {
        set_title(&live, n, "Countess");
    }
    live.work_for(5 * MINUTE).await;
    live.rig.lens.admission.filter = Some(SCIENTISTS.parse().unwrap());
    let live = Live::new(live.rig);
    live.sweep().await;
    assert_eq!([1, 2].map(|n| is_active(&live, person(n))), [true; 2]);
    let held = live.rig.store.ledger.all_held().await.unwrap();
    assert_eq!(held.len(), 2);
    assert!(explained(&live, 1).await.contains("He would lose the account, kept back for approval"));

    // Who comes back inside waits for nobody's approval.
    set_title(&live, 1, "Scientist");
    live.work_for(5 * MINUTE).await;
    assert_eq!(live.rig.store.ledger.all_held().await.unwrap().len(), 1);
    // Now that everybody was seen by this filter, a sweep is one call again.
    live.sweep().await;
    live.rig.simulation.reset_tally();
    live.sweep().await;
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::AnyZenqms), tally.calls(Route::UsersList), tally.calls(Route::Batch)), (0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn of_somebody_of_whom_it_is_not_shown_whether_he_may_sign_in_nothing_is_told() {
    let live = laboratory(SCIENTISTS, leaving(Leaving::Deactivate)).await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| (ada.account_enabled, ada.job_title) = (None, Some("Countess".into())));
    });
    live.work_for(5 * MINUTE).await;
    assert!(is_active(&live, person(1)));
    assert_eq!(live.rig.run().await.unwrap().skipped_by_reason["scope_untold"], 1);
    assert!(is_active(&live, person(1)));
}

#[tokio::test(start_paused = true)]
async fn each_property_that_a_filter_knows_is_asked_for_and_read() {
    let x = || Some("X".into());
    let details = Details {
        department: x(),
        company_name: x(),
        office_location: x(),
        employee_type: x(),
        mail_nickname: x(),
        employee_id: x(),
        city: x(),
        country: x(),
        usage_location: x(),
        extension_attribute_1: x(),
    };
    let mut world = laboratory::world();
    world.people.update(person(1), |ada| {
        ada.details = Some(Box::new(details));
        (ada.display_name, ada.user_principal_name, ada.job_title) = (x(), Some("x@example.com".into()), x());
        ada.user_type = None;
    });
    for filter in [
        "department eq 'x'",
        "companyName eq 'x'",
        "officeLocation eq 'x'",
        "employeeType eq 'x'",
        "mailNickname eq 'x'",
        "employeeId eq 'x'",
        "city eq 'x'",
        "country eq 'x'",
        "usageLocation eq 'x'",
        "onPremisesExtensionAttributes/extensionAttribute1 eq 'x'",
        "displayName eq 'x'",
        "userPrincipalName eq 'x@example.com'",
        "jobTitle eq 'x'",
        "mail eq 'ADA@example.com'",
        "userType eq null",
    ] {
        let rig = rig(world.clone(), filter, Scope::default()).await;
        let report = rig.run().await.unwrap();
        assert_eq!((report.counts.created, report.counts.skipped), (1, 3), "{filter}");
        assert!(has_account(&rig, person(1)), "{filter}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sweep_hears_of_a_property_that_only_the_filter_asks_for() {
    let filter = "onPremisesExtensionAttributes/extensionAttribute1 ne 'external'";
    let live = laboratory(filter, leaving(Leaving::Deactivate)).await;
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| {
            let extension_attribute_1 = Some("External".into());
            ada.details = Some(Box::new(Details { extension_attribute_1, ..Details::default() }));
        });
    });
    live.sweep().await;
    assert_eq!([1, 2].map(|n| is_active(&live, person(n))), [false, true]);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_back_stays_so_while_it_cannot_be_told_who_is_inside() {
    let mut live = laboratory("", groups(&[1], Leaving::Deactivate)).await;
    let none = sync_core::guard::Limit::Of { people: 0, basis_points: 0 };
    live.rig.limits = sync_core::guard::Limits { deactivations_per_day: none, ..crate::rig::wide() };
    let live = Live::new(live.rig);
    live.rig.simulation.change(|editor| editor.remove_member(group(1), Member::Person(person(1))));
    live.work_for(5 * MINUTE).await;
    let held = async || live.rig.store.ledger.all_held().await.unwrap();
    let before = held().await;
    assert_eq!(before.len(), 1);

    // His groups are not answered, the group is gone: neither says that he is inside.
    live.rig.simulation.faults().add(Fault::on(Route::CheckMemberGroups).always().kind(FaultKind::Status(503)));
    set_title(&live, 1, "Countess");
    live.work_for(MINUTE).await;
    assert_eq!(held().await, before);
    live.rig.simulation.faults().clear();
    live.rig.simulation.change(|editor| editor.delete_group(group(1)));
    set_title(&live, 1, "Lady");
    live.work_for(5 * MINUTE).await;
    assert_eq!((held().await, is_active(&live, person(1))), (before, true));
}

#[tokio::test(start_paused = true)]
async fn of_whom_it_is_not_shown_whether_he_may_sign_in_no_group_is_said_either() {
    let live = laboratory("", groups(&[1], Leaving::Deactivate)).await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.account_enabled = None);
        editor.remove_member(group(1), Member::Person(person(1)));
    });
    live.work_for(5 * MINUTE).await;
    assert_eq!(live.rig.run().await.unwrap().skipped_by_reason["scope_untold"], 1);
    assert!(is_active(&live, person(1)));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_read_a_group_of_the_scope_is_put_off() {
    let mut rig = rig(laboratory::world(), "", groups(&[1], Leaving::Keep)).await;
    rig.map(&mapping()).await.unwrap();
    rig.simulation
        .faults()
        .add(Fault::on(Route::TransitiveMembers).about(group(1).to_string()).always().kind(FaultKind::Status(503)));
    rig.run().await.unwrap_err();
    assert_eq!([1, 2].map(|n| has_account(&rig, person(n))), [false; 2]);
    rig.simulation.faults().clear();
    assert_eq!(rig.run().await.unwrap().counts.created, 2);
}

#[tokio::test(start_paused = true)]
async fn an_initial_sync_that_is_off_has_nobody_looked_at_for_an_empty_group() {
    let mut live = laboratory("", groups(&[1], Leaving::Deactivate)).await;
    live.rig.initial_sync = false;
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    live.rig.simulation.change(|editor| {
        for n in [1, 2] {
            editor.remove_member(group(1), Member::Person(person(n)));
        }
    });
    live.rig.run().await.unwrap();
    assert!(live.left_behind().is_empty());
    assert_eq!([1, 2].map(|n| is_active(&live, person(n))), [true; 2]);
}

#[tokio::test(start_paused = true)]
async fn of_a_deleted_group_nobody_is_said_to_be_outside_whatever_becomes_of_his_account() {
    let live = laboratory("", groups(&[1], Leaving::Keep)).await;
    live.rig.simulation.change(|editor| editor.delete_group(group(1)));
    live.work_for(20 * MINUTE).await;
    for n in [1, 4] {
        let told = explained(&live, n).await;
        assert!(told.contains("did not show enough of him to tell whether he is in the scope"), "{told}");
    }
}
