//! Roles that must keep a number of holders: whoever is one of the last keeps it until there are others, or until it is approved.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::{Account, AccountNumber, Behaviour, Fault, FaultKind, Group, Member, Person, Role, Route, World};
use sync_core::domain::MinimumHolders;
use sync_core::guard::{Approval, Limit, Limits, PlanHash};
use sync_core::plan::HeldBecause;
use sync_core::ports::{Clock, Holds, Queue};
use sync_core::work::{UserWork, Why};

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

/// Accounts in use that hold the role, whether their people may sign in or not.
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
async fn a_leaver_who_is_one_of_the_last_waits_for_approval() {
    let live = live(3).await;
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig), held(&live.rig).await), (1, 2, Vec::new()));

    disable(&live.rig, [2, 6]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig)), (2, 2), "he who holds no such role leaves at once");
    let waiting = held(&live.rig).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].withdrawal.user, person(2).into());
    assert_eq!((waiting[0].because, waiting[0].withdrawal.deactivates), (HeldBecause::TooFewHolders, true));

    // As whatever is kept back, it stays so: for a comparison of everybody, and when others hold the role.
    live.rig.simulation.change(|editor| {
        editor.add_member(quality(), Member::Person(person(4)));
        editor.add_member(quality(), Member::Person(person(5)));
    });
    live.work_until_idle(HOUR).await;
    let report = live.rig.run().await.unwrap();
    live.work_until_idle(HOUR).await;
    assert_eq!((report.status, skipped(&report, "held_awaits_approval")), ("complete", 1));
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (2, waiting));

    let approved = approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    assert_eq!(approved.people.len(), 1);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (3, Vec::new()));
    assert!(live.left_behind().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_the_group_keeps_the_role_if_too_few_stay() {
    let live = live(3).await;
    leave(&live.rig, 1);
    leave(&live.rig, 2);
    live.work_until_idle(HOUR).await;
    assert_eq!(holders(&live.rig), 3);
    let waiting = held(&live.rig).await;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|held| held.because == HeldBecause::TooFewHolders && !held.withdrawal.deactivates));

    // Exactly that may be approved.
    let approved = approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    assert_eq!(approved.people.len(), 2);
    live.work_until_idle(HOUR).await;
    assert_eq!((readers(&live.rig), held(&live.rig).await), (1, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_run_leaves_the_last_holders_to_a_closer_look() {
    let live = live(4).await;
    disable(&live.rig, [1, 2, 3, 6]);
    let report = live.rig.run().await.unwrap();
    assert_eq!((report.status, report.counts.deactivated), ("complete", 1), "{report:?}");
    assert_eq!((skipped(&report, "held_unseen"), held(&live.rig).await.len()), (3, 0));
    live.work_until_idle(HOUR).await;
    assert_eq!((holders(&live.rig), held(&live.rig).await.len()), (4, 3));
    assert!(held(&live.rig).await.iter().all(|held| held.because == HeldBecause::TooFewHolders));

    // One of them comes back: he keeps his account. What is kept back of the others waits on.
    enable(&live.rig, [3], true);
    live.work_until_idle(HOUR).await;
    assert_eq!((holders(&live.rig), held(&live.rig).await.len()), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn where_enough_stay_a_run_takes_them_by_its_flow() {
    let live = live(5).await;
    disable(&live.rig, [1, 2, 3]);
    live.rig.run().await.unwrap();
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig), held(&live.rig).await), (3, 2, Vec::new()));
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

/// Their accounts may still be in use: because that waits for approval, or because nobody has looked at them yet.
#[tokio::test(start_paused = true)]
async fn whoever_may_not_sign_in_is_no_holder() {
    let mut limits = Limits::default();
    limits.deactivations_per_day = Limit::Of { people: 1, basis_points: 0 };
    limits.deactivations_per_run = limits.deactivations_per_day;
    let live = live_with(4, limits).await;
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    disable(&live.rig, [2]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (1, 1), "the second is beyond the day's limit");
    // He holds the role in ZenQMS, and is no reason to take it from another.
    leave(&live.rig, 3);
    live.work_until_idle(HOUR).await;
    let because = held(&live.rig).await.into_iter().map(|held| (held.withdrawal.user, held.because));
    let because: BTreeMap<_, _> = because.collect();
    assert_eq!(because.get(&person(2).into()), Some(&HeldBecause::Limit));
    assert_eq!(because.get(&person(3).into()), Some(&HeldBecause::TooFewHolders));

    // Nor does an approval of what was beyond the limit say anything of holders: that is asked for by itself.
    let beyond = held(&live.rig).await.into_iter().find(|held| held.because == HeldBecause::Limit).unwrap();
    enable(&live.rig, [1], true);
    live.work_until_idle(HOUR).await;
    let now = live.rig.simulation.clock().now();
    let approval = Approval {
        by: "qm".to_owned(),
        why: "checked".to_owned(),
        at: now,
        until: now + DAY,
        plan: PlanHash::of([&beyond.withdrawal]),
    };
    live.rig.simulation.change(|editor| {
        editor.remove_member(quality(), Member::Person(person(1)));
        editor.remove_member(quality(), Member::Person(person(4)));
    });
    assert!(live.rig.store.ledger.approve(&beyond, &approval).await.unwrap());
    live.rig.store.users.send(&[UserWork::new(person(2).into(), Why::Operator, now).message("again")]).await.unwrap();
    live.work_until_idle(HOUR).await;
    let record = live.rig.store.ledger.held(person(2).into()).await.unwrap().unwrap();
    assert_eq!((record.because, record.approval), (HeldBecause::TooFewHolders, None));
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
    let more = |route| with.calls(route) - without.calls(route);
    assert_eq!((more(Route::TransitiveMembers), more(Route::Batch), more(Route::AccountSearch)), (1, 1, 4));
    assert_eq!(inactive(&live.rig), 2);
}

#[tokio::test(start_paused = true)]
async fn where_it_cannot_be_told_only_those_wait_whom_it_concerns() {
    let live = live(3).await;
    live.rig.simulation.faults().add(Fault::on(Route::TransitiveMembers).always().kind(FaultKind::Status(503)));
    disable(&live.rig, [1, 6]);
    live.work_for(Duration::from_mins(5)).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig), held(&live.rig).await), (1, 3, Vec::new()));
    live.rig.simulation.faults().clear();
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig)), (2, 2));
    assert!(live.left_behind().is_empty());
}

/// All but one are disabled, and whoever is at work is killed after each step in turn: nobody loses anything, and nobody is
/// forgotten.
#[tokio::test(start_paused = true)]
async fn killed_anywhere_the_last_holders_stay() {
    for step in 0.. {
        let live = live(4).await;
        let rig = &live.rig;
        let kill = rig.simulation.kill_switch().clone();
        disable(rig, 1..=3);
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
        assert_eq!((holders(rig), held(rig).await.len()), (4, 3), "killed after {step} steps");
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

/// A group as groups are: with many who left long ago, and whose accounts are not in use any more.
#[tokio::test(start_paused = true)]
async fn many_who_left_long_ago_hide_nobody() {
    let mut world = company(0);
    for n in 100..300 {
        let mail = format!("person{n}@example.com");
        let account =
            Account::new(u64::try_from(n).unwrap(), &mail, "Pat", "Example", "Scientist").linked_to(person(n));
        let mut account = account.with_roles([17]);
        let mut one = Person::new(person(n), "Pat", "Example", &mail, "Scientist");
        if n < 290 {
            account.is_active = false;
            one.account_enabled = Some(false);
        }
        world = world.with_person(one).with_account(account);
    }
    world = world.with_group(Group::new(quality(), "Quality").with_people((100..300).map(person)));
    let mut rig = Rig::with(world, Behaviour::default()).await;
    rig.minimum = MinimumHolders::parse(r#"{"17": 2}"#).unwrap();
    let live = Live::deployed_with(rig, &super::mapping()).await;
    live.rig.simulation.reset_tally();
    disable(&live.rig, [299]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (191, Vec::new()));
    assert!(live.rig.simulation.tally().calls(Route::AccountSearch) < 15, "{:?}", live.rig.simulation.tally());
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
    assert_eq!(searches, 2 * (1 + 48));
    assert_eq!(held(&live.rig).await.len(), 1);
}

/// Reading somebody else may fail for good: that is no reason to keep a leaver in, where enough others hold the role.
#[tokio::test(start_paused = true)]
async fn one_who_cannot_be_read_is_in_nobodys_way() {
    let live = live(5).await;
    let unread = Fault::on(Route::AccountSearch).about(person(2).to_string()).always().kind(FaultKind::Status(422));
    live.rig.simulation.faults().add(unread);
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (1, Vec::new()));

    // Where it matters whether he is one, he is none: that may be approved.
    disable(&live.rig, [3, 4]);
    live.work_until_idle(HOUR).await;
    let because = held(&live.rig).await.iter().map(|held| held.because).collect::<Vec<_>>();
    assert_eq!((inactive(&live.rig), because), (1, vec![HeldBecause::TooFewHolders; 2]));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_deleted_meanwhile_still_waits_for_the_same_reason_and_one_approval_is_enough() {
    let live = live(2).await;
    disable(&live.rig, [1]);
    live.work_until_idle(HOUR).await;
    live.rig.simulation.change(|editor| {
        editor.delete_person(person(1));
    });
    live.work_until_idle(HOUR).await;
    let waiting = held(&live.rig).await;
    assert_eq!((waiting.len(), waiting[0].because, waiting[0].gone), (1, HeldBecause::TooFewHolders, true));
    approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (1, Vec::new()));
}

/// A service that is slow for one must not hold up the others of his batch.
#[tokio::test(start_paused = true)]
async fn a_search_that_takes_too_long_is_tried_again_and_the_others_go_on() {
    let live = live(3).await;
    let slow = Fault::on(Route::TransitiveMembers).always().kind(FaultKind::Slow(Duration::from_secs(50)));
    live.rig.simulation.faults().add(slow);
    disable(&live.rig, [1, 6]);
    live.work_for(Duration::from_mins(1)).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig)), (1, 3));
    live.rig.simulation.faults().clear();
    live.work_until_idle(HOUR).await;
    assert_eq!((inactive(&live.rig), holders(&live.rig), held(&live.rig).await), (2, 2, Vec::new()));
}
