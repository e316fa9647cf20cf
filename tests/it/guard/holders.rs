//! Roles that must keep a number of holders: whoever is one of the last keeps it until there are others, or until it is approved.

use std::time::Duration;

use simulator::{Account, AccountNumber, Behaviour, Fault, FaultKind, Group, Member, Person, Role, Route, World};
use sync_core::domain::MinimumHolders;
use sync_core::guard::Limits;
use sync_core::plan::HeldBecause;

use super::{DAY, approve_for, disable, enable, held, inactive, person, quality, readers, shown, skipped};
use crate::live::Live;
use crate::proposal::{approved, carry_out};
use crate::rig::Rig;

const HOUR: Duration = Duration::from_hours(1);

/// The first `holders` of six people are in Quality and hold its role, of which two must stay.
fn company(holders: u128) -> World {
    let mut world = World::default()
        .with_role(Role::new(17, "Document Reader"))
        .with_group(Group::new(quality(), "Quality").with_people((1..=holders).map(person)));
    for n in 1..=6 {
        let mail = format!("person{n}@example.com");
        let account =
            Account::new(u64::try_from(n).unwrap(), &mail, "Pat", "Example", "Scientist").linked_to(person(n));
        let account = if n <= holders { account.with_roles([17]) } else { account };
        world = world.with_person(Person::new(person(n), "Pat", "Example", &mail, "Scientist")).with_account(account);
    }
    world
}

async fn live(holders: u128) -> Live {
    live_with(holders, Limits::default()).await
}

async fn live_with(holders: u128, limits: Limits) -> Live {
    let mut rig = Rig::with(company(holders), Behaviour::default()).await;
    rig.limits = limits;
    rig.minimum = MinimumHolders::parse(r#"{"Document Reader": 2}"#).unwrap();
    Live::deployed_with(rig, &super::mapping()).await
}

/// Accounts in use that hold the role.
fn holders(rig: &Rig) -> usize {
    let holds = |account: &&Account| account.is_active && !account.roles.is_empty();
    rig.simulation.world(|world| world.accounts.iter().filter(holds).count())
}

fn leave(rig: &Rig, n: u128) {
    rig.simulation.change(|editor| {
        editor.remove_member(quality(), Member::Person(person(n)));
    });
}

#[tokio::test(start_paused = true)]
async fn a_leaver_who_is_one_of_the_last_waits_until_there_is_another() {
    let live = live(3).await;
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig), held(&live.rig).await), (1, 2, Vec::new()));
    // The hour is over within which he who has just left would be no other holder anyway.
    tokio::time::sleep(2 * HOUR).await;

    disable(&live.rig, [2, 6]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig)), (2, 2), "he who holds no such role leaves at once");
    let waiting = held(&live.rig).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].withdrawal.user, person(2).into());
    assert_eq!((waiting[0].because, waiting[0].withdrawal.deactivates), (HeldBecause::TooFewHolders, true));
    // A comparison of everybody does not take it either.
    let report = live.rig.run().await.unwrap();
    live.work_until_idle(HOUR).await;
    assert_eq!((report.status, skipped(&report, "held_awaits_approval")), ("complete", 1));
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (2, 1));

    // Somebody else is given the role. With the next full run whoever waited for that leaves, unasked.
    live.rig.simulation.change(|editor| {
        editor.add_member(quality(), Member::Person(person(4)));
    });
    live.work_until_idle(HOUR).await;
    assert_eq!(holders(&live.rig), 3);
    live.rig.run().await.unwrap();
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig), held(&live.rig).await), (3, 2, Vec::new()));
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_group_keeps_the_role_if_too_few_stay() {
    let live = live(3).await;
    leave(&live.rig, 1);
    leave(&live.rig, 2);
    live.work_until_idle(HOUR).await;
    assert!(holders(&live.rig) >= 2, "{}", holders(&live.rig));
    let waiting = held(&live.rig).await;
    assert!(!waiting.is_empty());
    assert!(waiting.iter().all(|held| held.because == HeldBecause::TooFewHolders && !held.withdrawal.deactivates));

    // Exactly that may be approved.
    let approved = approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    assert_eq!(approved.people.len(), waiting.len());
    live.work_until_idle(HOUR).await;
    assert_eq!((readers(&live.rig), held(&live.rig).await), (1, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_run_takes_from_all_of_a_roles_holders_or_from_none() {
    let live = live(4).await;
    disable(&live.rig, [1, 2, 3, 6]);
    let report = live.rig.run().await.unwrap();
    assert_eq!((report.status, report.counts.deactivated), ("complete", 1), "{report:?}");
    assert_eq!((skipped(&report, "held_too_few_holders"), holders(&live.rig)), (3, 4));
    assert_eq!(held(&live.rig).await.len(), 3);

    // One of them comes back, so enough would stay: the others leave.
    enable(&live.rig, [3], true);
    live.rig.run().await.unwrap();
    live.work_until_idle(HOUR).await;
    assert_eq!((holders(&live.rig), held(&live.rig).await.len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn whose_account_is_not_in_use_or_lacks_the_role_is_no_holder() {
    let live = live(4).await;
    // Somebody has changed ZenQMS by hand.
    live.rig.simulation.change(|editor| {
        editor.update_account(AccountNumber(3), |account| account.is_active = false);
        editor.update_account(AccountNumber(4), |account| account.roles.clear());
    });
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    let waiting = held(&live.rig).await;
    assert_eq!(waiting.iter().map(|held| held.because).collect::<Vec<_>>(), [HeldBecause::TooFewHolders]);
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_of_no_more_people_than_are_needed_and_of_nobody_otherwise() {
    let live = live(5).await;
    live.rig.simulation.reset_tally();
    disable(&live.rig, [6]);
    live.work_until_idle(HOUR).await;
    let without = live.rig.simulation.tally();
    live.rig.simulation.reset_tally();
    disable(&live.rig, [5]);
    live.work_until_idle(HOUR).await;
    let with = live.rig.simulation.tally();
    assert_eq!(with.calls(Route::TransitiveMembers) - without.calls(Route::TransitiveMembers), 1);
    assert_eq!(with.calls(Route::AccountSearch) - without.calls(Route::AccountSearch), 2);
    assert_eq!(inactive(&live.rig), 2);
}

#[tokio::test(start_paused = true)]
async fn where_it_cannot_be_told_nobody_loses_anything_and_it_is_tried_again() {
    let live = live(3).await;
    live.rig.simulation.faults().add(Fault::on(Route::TransitiveMembers).always().kind(FaultKind::Status(503)));
    disable(&live.rig, [1]);
    live.work_for(Duration::from_mins(5)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (0, Vec::new()));
    live.rig.simulation.faults().clear();
    live.work_until_idle(HOUR).await;
    assert_eq!(inactive(&live.rig), 1);
    assert!(live.left_behind().is_empty());
}

/// All holders are disabled, and whoever is at work is killed after each step in turn: two stay, whatever happens, and nobody is
/// forgotten.
#[tokio::test(start_paused = true)]
async fn killed_anywhere_two_holders_stay() {
    for step in 0.. {
        let live = live(4).await;
        let rig = &live.rig;
        let kill = rig.simulation.kill_switch().clone();
        disable(rig, 1..=4);
        kill.arm(step);
        let done = tokio::select! {
            () = live.work_until_idle(HOUR) => true,
            () = kill.tripped() => false,
        };
        kill.disarm();
        tokio::time::sleep(Duration::from_mins(10)).await;
        live.work_until_idle(3 * HOUR).await;
        live.sweep().await;
        live.work_until_idle(3 * HOUR).await;
        assert!(holders(rig) >= 2, "killed after {step} steps: {} stay", holders(rig));
        assert_eq!(held(rig).await.len(), holders(rig), "killed after {step} steps");
        if done {
            assert!(step > 10, "only {step} steps");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_approved_in_so_many_words_is_done_all_the_same() {
    let live = live(2).await;
    disable(&live.rig, [1]);
    let (_, plan) = approved(&live.rig).await;
    let report = carry_out(&live.rig, &plan).await.unwrap();
    assert_eq!((report.status, report.counts.deactivated, holders(&live.rig)), ("complete", 1, 1));
}

#[tokio::test(start_paused = true)]
async fn among_many_who_do_not_hold_it_the_search_ends() {
    // They lack what an account needs.
    let mut world = company(1);
    for n in 100..400 {
        world = world.with_person(Person::new(person(n), "", "", "", ""));
    }
    let crowd = (100..400).chain([1]).map(person);
    world = world.with_group(Group::new(quality(), "Quality").with_people(crowd));
    let mut rig = Rig::with(world, Behaviour::default()).await;
    rig.minimum = MinimumHolders::parse(r#"{"17": 1}"#).unwrap();
    let live = Live::deployed_with(rig, &super::mapping()).await;
    live.rig.simulation.reset_tally();
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    let searches = live.rig.simulation.tally().calls(Route::AccountSearch);
    // Twice, as is everybody of whom a look writes nothing: it may have been read too soon. Each time once for his own account.
    assert_eq!(searches, 2 * (1 + 50));
    assert_eq!(held(&live.rig).await.len(), 1);
}
