//! The classic disasters: nothing is taken away beyond what was agreed, everything else goes on, and one approval goes on with it.

mod approval;
mod holders;

use std::time::Duration;

use jiff::SignedDuration;
use simulator::{Account, Behaviour, Group, Member, Person, Role, Route, World};
use sync_core::domain::DirectoryUserId;
use sync_core::guard::{Approved, HeldPerson, Limit, Limits, PlanHash, Protected, Refused, approve};
use sync_core::io::RandomIds;
use sync_core::plan::HeldBecause;
use sync_core::ports::{Clock, Holds};
use sync_core::run::RunReport;
use uuid::Uuid;

use crate::live::Live;
use crate::rig::{Rig, wide};

const PEOPLE: u128 = 40;
const MINUTE: Duration = Duration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

fn quality() -> Uuid {
    Uuid::from_u128(0x9001)
}

/// Everybody is linked and up to date; the first thirty are in Quality and hold its role.
fn company() -> World {
    let mut world = World::default()
        .with_role(Role::new(17, "Document Reader"))
        .with_group(Group::new(quality(), "Quality").with_people((1..=30).map(person)));
    for n in 1..=PEOPLE {
        let mail = format!("person{n}@example.com");
        let number = u64::try_from(n).unwrap();
        let account = Account::new(number, &mail, "Pat", "Example", "Scientist").linked_to(person(n));
        let account = if n <= 30 { account.with_roles([17]) } else { account };
        world = world.with_person(Person::new(person(n), "Pat", "Example", &mail, "Scientist")).with_account(account);
    }
    world
}

/// Three a run, five a day.
fn narrow() -> Limits {
    let of = |people| Limit::Of { people, basis_points: 0 };
    Limits {
        deactivations_per_run: of(3),
        deactivations_per_day: of(5),
        role_losses_per_run: of(3),
        role_losses_per_day: of(5),
        ..Limits::default()
    }
}

fn mapping() -> String {
    format!(r#"{{"{}":"Document Reader"}}"#, quality())
}

async fn rig(limits: Limits) -> Rig {
    let mut rig = Rig::with(company(), Behaviour::default()).await;
    rig.map(&mapping()).await.unwrap();
    rig.limits = limits;
    rig.simulation.reset_tally();
    rig
}

async fn live(limits: Limits) -> Live {
    let mut rig = Rig::with(company(), Behaviour::default()).await;
    rig.limits = limits;
    Live::deployed_with(rig, &mapping()).await
}

fn disable(rig: &Rig, people: impl IntoIterator<Item = u128>) {
    enable(rig, people, false);
}

fn enable(rig: &Rig, people: impl IntoIterator<Item = u128>, enabled: bool) {
    rig.simulation.change(|editor| {
        for n in people {
            editor.update_person(person(n), |person| person.account_enabled = Some(enabled));
        }
    });
}

fn inactive(rig: &Rig) -> usize {
    rig.simulation.world(|world| world.accounts.iter().filter(|account| !account.is_active).count())
}

fn readers(rig: &Rig) -> usize {
    rig.simulation.world(|world| world.accounts.iter().filter(|account| !account.roles.is_empty()).count())
}

async fn held(rig: &Rig) -> Vec<HeldPerson> {
    rig.store.ledger.all_held().await.unwrap()
}

async fn shown(rig: &Rig) -> PlanHash {
    PlanHash::of(held(rig).await.iter().map(|held| &held.withdrawal))
}

async fn approve_for(rig: &Rig, plan: &PlanHash, valid: SignedDuration) -> Result<Approved, Refused> {
    let now = rig.simulation.clock().now();
    let by = ("arn:aws:iam::1:user/qm", "checked with HR, ticket 4711");
    approve(&rig.store.ledger, &rig.store.users, &RandomIds, plan, by, (now, valid)).await.unwrap()
}

fn skipped(report: &RunReport, code: &str) -> u64 {
    report.skipped_by_reason.get(code).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_script_that_disables_half_of_the_company_takes_no_more_than_a_days_accounts() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=20);
    live.rig.simulation.change(|editor| {
        // Whoever is disabled may change otherwise; that goes on, like everybody else's.
        for n in [20, 35] {
            editor.update_person(person(n), |person| person.job_title = Some("Director".into()));
        }
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(inactive(&live.rig), 5);
    let directors = live
        .rig
        .simulation
        .world(|world| world.accounts.iter().filter(|account| account.title.as_ref() == "Director").count());
    assert_eq!(directors, 2);
    let waiting = held(&live.rig).await;
    assert_eq!(waiting.len(), 15);
    assert!(waiting.iter().all(|held| held.because == HeldBecause::Limit && held.withdrawal.deactivates));

    // Neither a sweep nor a comparison of everybody takes what was kept back, however often; nor does another day.
    live.sweep().await;
    tokio::time::sleep(Duration::from_hours(25)).await;
    live.rig.simulation.reset_tally();
    let report = live.rig.run().await.unwrap();
    assert_eq!((report.status, skipped(&report, "held_awaits_approval")), ("complete", 15));
    assert_eq!((inactive(&live.rig), live.rig.simulation.tally().calls(Route::AnyWrite)), (5, 0));

    let approved = approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    assert_eq!((approved.people.len(), approved.changed.len()), (15, 0));
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (20, Vec::new()));
    assert!(live.left_behind().is_empty());
    // What was approved has not used up the day.
    disable(&live.rig, 21..=25);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (25, 0));
}

#[tokio::test(start_paused = true)]
async fn a_run_takes_all_or_nothing_and_the_rest_goes_on() {
    let rig = rig(narrow()).await;
    disable(&rig, 1..=4);
    rig.simulation.change(|editor| {
        editor.update_person(person(4), |person| person.surname = Some("Married".into()));
        editor.update_person(person(30), |person| person.job_title = Some("Director".into()));
    });
    let report = rig.run().await.unwrap();
    assert_eq!((report.status, report.counts.deactivated, report.counts.updated), ("complete", 0, 2), "{report:?}");
    assert_eq!((skipped(&report, "held_over_limit"), inactive(&rig)), (3, 0));
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 2);
    let waiting = held(&rig).await;
    assert_eq!(waiting.iter().map(|held| held.by.clone()).collect::<Vec<_>>(), vec![report.run_id; 4]);

    rig.simulation.reset_tally();
    let report = rig.run().await.unwrap();
    assert_eq!((skipped(&report, "held_awaits_approval"), rig.simulation.tally().calls(Route::AnyWrite)), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_run_within_the_limit_writes_once_for_each_and_shares_the_day_with_the_flows() {
    let live = live(narrow()).await;
    live.rig.simulation.reset_tally();
    disable(&live.rig, 1..=3);
    let report = live.rig.run().await.unwrap();
    assert_eq!((report.counts.deactivated, inactive(&live.rig)), (3, 3), "{report:?}");
    assert_eq!(live.rig.simulation.tally().calls(Route::AnyWrite), 3);

    disable(&live.rig, 4..=6);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (5, 1));
    // The day is over: others may leave, and who was kept back waits on.
    tokio::time::sleep(Duration::from_hours(25)).await;
    disable(&live.rig, 7..=8);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_set_right_in_the_directory_is_not_kept_back_any_more() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=8);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(held(&live.rig).await.len(), 3);
    enable(&live.rig, 1..=8, true);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (0, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_look_at_roles_alone_says_nothing_of_an_account_that_is_kept_back() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=6);
    live.work_until_idle(Duration::from_hours(1)).await;
    let before = held(&live.rig).await;
    assert_eq!(before.len(), 1);
    let number = (1..=6).find(|&n| DirectoryUserId::from(person(n)) == before[0].withdrawal.user).unwrap();
    live.rig.simulation.change(|editor| editor.remove_member(quality(), Member::Person(person(number))));
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((readers(&live.rig), held(&live.rig).await), (29, before));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_everybody_leaves_takes_no_more_than_a_days_roles() {
    let live = live(narrow()).await;
    live.rig.simulation.change(|editor| {
        for n in 1..=30 {
            editor.remove_member(quality(), Member::Person(person(n)));
        }
        editor.add_member(quality(), Member::Person(person(31)));
    });
    live.work_until_idle(Duration::from_hours(2)).await;
    // Five have lost the role, and the newcomer has it.
    assert_eq!((readers(&live.rig), held(&live.rig).await.len()), (26, 25));
    approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((readers(&live.rig), held(&live.rig).await), (1, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn from_whoever_is_protected_nothing_is_taken_approved_or_not() {
    let limits = Limits { protected: Protected::parse(&format!("{}, 2", person(1))), ..wide() };
    let live = live(limits).await;
    disable(&live.rig, 1..=3);
    live.rig.simulation.change(|editor| {
        for n in 1..=3 {
            editor.remove_member(quality(), Member::Person(person(n)));
            editor.update_person(person(n), |person| person.job_title = Some("Retired".into()));
        }
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    let report = live.rig.run().await.unwrap();
    assert_eq!((inactive(&live.rig), readers(&live.rig), skipped(&report, "protected")), (1, 29, 2), "{report:?}");
    assert_eq!(held(&live.rig).await, Vec::new());
    let retired =
        live.rig.simulation.world(|world| world.accounts.iter().filter(|one| one.title.as_ref() == "Retired").count());
    assert_eq!(retired, 3);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_lets_nobody_off() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=8);
    live.work_until_idle(Duration::from_hours(1)).await;
    let waiting = held(&live.rig).await;
    assert_eq!(waiting.len(), 3);
    let numbers: Vec<u128> =
        (1..=8).filter(|&n| waiting.iter().any(|held| held.withdrawal.user == person(n).into())).collect();
    // Of one it is not said whether he is enabled; of another it cannot be told which account is his.
    live.rig.simulation.change(|editor| {
        editor.update_person(person(numbers[0]), |person| person.account_enabled = None);
        let twin = Account::new(90, "twin@example.com", "Twin", "Example", "Scientist").linked_to(person(numbers[1]));
        editor.add_account(twin);
        for n in &numbers[1..] {
            editor.update_person(person(*n), |person| person.job_title = Some("Director".into()));
        }
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(held(&live.rig).await, waiting);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_has_shrunk_is_not_believed_whatever_the_limits_are() {
    let rig = rig(wide()).await;
    rig.simulation.change(|editor| {
        for n in 1..=30 {
            editor.delete_person(person(n));
        }
    });
    let report = rig.run().await.unwrap();
    assert_eq!((report.status, inactive(&rig), skipped(&report, "held_directory_shrunk")), ("complete", 0, 30));
    assert!(held(&rig).await.iter().all(|held| held.because == HeldBecause::DirectoryShrunk));
}

#[tokio::test(start_paused = true)]
async fn a_plan_shows_what_would_be_kept_back_and_keeps_nothing() {
    let rig = rig(narrow()).await;
    disable(&rig, 1..=4);
    let (report, plans) = rig.rehearse().await;
    assert_eq!((report.counts.deactivated, skipped(&report, "held_over_limit"), plans.len()), (0, 4, 0), "{report:?}");
    assert_eq!(held(&rig).await, Vec::new());
    let rig_within = rig;
    enable(&rig_within, [4], true);
    let (report, plans) = rig_within.rehearse().await;
    assert_eq!((report.counts.deactivated, plans.len()), (3, 3));
    // Nothing was used up by that.
    assert_eq!(rig_within.run().await.unwrap().counts.deactivated, 3);
}

/// Whoever is planned anew while he is written does not lose meanwhile what was kept back.
#[tokio::test(start_paused = true)]
async fn a_second_plan_for_the_same_person_takes_nothing_that_was_kept_back() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=5);
    live.work_until_idle(Duration::from_hours(1)).await;
    // The new address is held by somebody whom the directory does not know: 409, and a second plan.
    live.rig.simulation.change(|editor| {
        editor.update_person(person(6), |person| {
            person.account_enabled = Some(false);
            person.mail = Some("visitor@example.com".into());
            person.job_title = Some("Director".into());
        });
    });
    live.rig.simulation.change(|editor| {
        editor.add_account(Account::new(99, "visitor@example.com", "Vi", "Sitor", "Auditor"));
    });
    live.work_for(MINUTE).await;
    let account = live.rig.simulation.world(|world| {
        let id = person(6).to_string();
        world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).cloned().unwrap()
    });
    assert_eq!((account.is_active, account.title.as_ref(), held(&live.rig).await.len()), (true, "Director", 1));
}
