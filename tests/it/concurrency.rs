//! Full run, sweep, user flow and group flow at the same people at once.

use std::collections::BTreeMap;
use std::time::Duration;

use initial_sync::Silent;
use proptest::prelude::*;
use simulator::{Behaviour, CompanyPlan, Group, Latency, Member, Person, Role, Route, World};
use uuid::Uuid;

use crate::live::Live;
use crate::oracle;
use crate::rig::Rig;
use crate::storm;

fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

fn group(n: u128) -> Uuid {
    Uuid::from_u128(0x9000 + n)
}

fn is_active(live: &Live, user: Uuid) -> Option<bool> {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        let account = world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id))?;
        Some(account.is_active)
    })
}

/// A run that takes minutes, since ZenQMS takes two requests a second.
async fn slow_run(people: usize) -> Live {
    let plan = CompanyPlan { people, accounts: 0, groups: 2, mix: simulator::Mix::none(), ..CompanyPlan::default() };
    let mut rig = Rig::with(plan.build(), Behaviour::default()).await;
    rig.pace.start = 2.0;
    rig.pace.ceiling = 2.0;
    let live = Live::new(rig);
    live.host().keep(None).await.unwrap();
    live
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_during_a_run_is_out_at_once_and_the_run_does_not_bring_him_back() {
    let live = slow_run(200).await;
    let runner = live.rig.host();
    let run = Box::pin(async { runner.full(&Silent).await.unwrap() });
    let company = async {
        // One has his account already, the other has none yet.
        tokio::time::sleep(Duration::from_secs(10)).await;
        let (with, without): (Vec<Uuid>, Vec<Uuid>) = live
            .rig
            .simulation
            .world(|world| world.people.iter().map(|person| person.id).collect::<Vec<_>>())
            .into_iter()
            .partition(|&user| is_active(&live, user).is_some());
        let (first, last) = (with[0], without[without.len() - 1]);
        live.rig.simulation.change(|editor| {
            editor.update_person(first, |one| one.account_enabled = Some(false));
            editor.update_person(last, |one| one.account_enabled = Some(false));
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(is_active(&live, first), Some(false));
        // A new account takes some calls more, at two a second.
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(is_active(&live, last), Some(false));
        (first, last)
    };
    let (report, (first, last), ()) = futures::join!(run, company, live.work_for(Duration::from_mins(5)));
    assert_eq!((is_active(&live, first), is_active(&live, last)), (Some(false), Some(false)));
    // The run says whom it left alone, and why.
    assert_eq!(report.skipped_by_reason.get("read_since"), Some(&1), "{report:?}");
    let world = live.rig.simulation.world(Clone::clone);
    let roles = storm::roles(&live.rig.mapping);
    oracle::assert_same(&oracle::accounts(&world), &oracle::expected(&world, &roles, true, true));
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_a_process_that_died_ends_by_itself() {
    let world = World::default().with_person(Person::new(person(1), "Ada", "Lovelace", "ada@example.com", "Scientist"));
    let live = Live::deployed_with(Rig::new(world).await, "{}").await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    // The handler dies in the middle of its first write of the ledger.
    live.rig.simulation.kill_switch().arm(2);
    let dead = async { live.work_for(Duration::from_secs(5)).await };
    tokio::select! {
        () = dead => {}
        () = live.rig.simulation.kill_switch().tripped() => {}
    }
    assert!(live.rig.simulation.kill_switch().has_tripped());
    live.rig.simulation.kill_switch().disarm();
    live.work_for(Duration::from_mins(10)).await;
    let title = live.rig.simulation.world(|world| world.accounts.iter().next().unwrap().title.to_string());
    assert_eq!(title, "Director");
    assert!(live.left_behind().is_empty());
}

const PEOPLE: u128 = 8;

fn small_world() -> World {
    let mut world = World::default()
        .with_role(Role::new(17, "Reader"))
        .with_role(Role::new(18, "Trainer"))
        .with_group(Group::new(group(1), "Quality").with_people((0..PEOPLE).map(person)))
        .with_group(Group::new(group(2), "Labs"));
    for n in 0..PEOPLE {
        let mail = format!("person{n}@example.com");
        world = world.with_person(Person::new(person(n), "Ada", "Lovelace", &mail, "0"));
    }
    world
}

/// Everybody at work on eight people at once, in an order that a seed decides.
async fn at_once(seed: u64) {
    let millis = |from, to| Latency::Between(Duration::from_millis(from), Duration::from_millis(to));
    let mut behaviour = Behaviour { seed, ..Behaviour::default() };
    behaviour.graph.latency = millis(1, 900);
    behaviour.zenqms.latency = millis(1, 900);
    behaviour.graph.notifications.delay = millis(0, 3_000);
    behaviour.graph.notifications.per_change = (1, 3);
    let mut rig = Rig::with(small_world(), behaviour).await;
    rig.map(&format!(r#"{{"{}":"Reader","{}":"Trainer"}}"#, group(1), group(2))).await.unwrap();
    let mut live = Live::new(rig);
    live.sweep_every = Duration::from_secs(7);
    live.host().keep(None).await.unwrap();

    let mut dice = fastrand::Rng::with_seed(seed);
    let company = async {
        for version in 1..=60_u32 {
            tokio::time::sleep(Duration::from_millis(dice.u64(0..2_000))).await;
            let user = person(dice.u128(0..PEOPLE));
            live.rig.simulation.change(|editor| match dice.u8(0..4) {
                0 => {
                    editor.update_person(user, |one| one.account_enabled = one.account_enabled.map(|enabled| !enabled));
                }
                1 => drop_or_join(editor, group(dice.u128(1..3)), user),
                _ => {
                    editor.update_person(user, |one| one.job_title = Some(version.to_string().into()));
                }
            });
        }
    };
    let runs = async {
        for _ in 0..6 {
            let host = live.rig.host();
            Box::pin(host.full(&Silent)).await.unwrap();
        }
    };
    futures::join!(company, runs, live.work_for(Duration::from_mins(4)));

    // The titles count up in the directory, so they must count up in ZenQMS.
    let mut last: BTreeMap<u64, u64> = BTreeMap::new();
    for write in live.rig.simulation.writes() {
        let body = write.json();
        let Some(version) = body.get("title").and_then(|title| title.as_str()?.parse::<u64>().ok()) else { continue };
        let before = last.insert(write.account.0, version).unwrap_or_default();
        assert!(before <= version, "seed {seed}: account {} went from {before} back to {version}", write.account.0);
    }
    let creations = live.rig.simulation.tally().outcomes(Route::AccountCreate).succeeded;
    assert_eq!(u128::from(creations), PEOPLE, "seed {seed}: one account a person");
    let world = live.rig.simulation.world(Clone::clone);
    let roles = storm::roles(&live.rig.mapping);
    oracle::assert_same(&oracle::accounts(&world), &oracle::expected(&world, &roles, true, true));
}

fn drop_or_join(editor: &mut simulator::WorldEditor<'_>, group: Uuid, user: Uuid) {
    if !editor.remove_member(group, Member::Person(user)) {
        editor.add_member(group, Member::Person(user));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the order, nobody gets a second account, no older read overwrites a newer one, and in the end both sides
    /// agree.
    #[test]
    fn whatever_the_order_no_older_read_overwrites_a_newer_one(seed in any::<u64>()) {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(at_once(seed));
    }
}
