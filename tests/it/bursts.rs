//! Many changes at once: how many calls they cost, and how long they wait.

use std::time::Duration;

use simulator::{Behaviour, CompanyPlan, Fault, FaultKind, Group, Member, Person, Role, Route, World};
use sync_core::work::Why;
use uuid::Uuid;

use crate::live::Live;
use crate::rig::{Looked, Rig};

const PEOPLE: u128 = 200;

fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

fn group() -> Uuid {
    Uuid::from_u128(0x9000)
}

async fn live(behaviour: Behaviour) -> Live {
    let mut world = World::default().with_role(Role::new(17, "Reader")).with_group(Group::new(group(), "Quality"));
    for n in 0..PEOPLE {
        let mail = format!("person{n}@example.com");
        world = world.with_person(Person::new(person(n), "Ada", "Lovelace", &mail, "Scientist"));
    }
    Live::deployed_with(Rig::with(world, behaviour).await, &format!(r#"{{"{}":"Reader"}}"#, group())).await
}

fn promote_everybody(live: &Live) {
    live.rig.simulation.change(|editor| {
        for n in 0..PEOPLE {
            editor.update_person(person(n), |one| one.job_title = Some("Director".into()));
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_profiles_costs_a_tenth_of_a_read_each_and_one_write() {
    let live = live(Behaviour::default()).await;
    promote_everybody(&live);
    live.work_for(Duration::from_mins(1)).await;
    let tally = live.rig.simulation.tally();
    // SQS hands out ten messages of a FIFO queue at once, so ten people are read together, their groups with them.
    assert_eq!((tally.calls(Route::Batch), tally.calls(Route::AccountSearch)), (20, 20));
    assert_eq!((tally.calls(Route::AccountPatch), tally.calls(Route::AnyWrite)), (200, 200));
    assert_eq!(tally.calls(Route::AnyGraph) + tally.calls(Route::AnyZenqms), 240);
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_memberships_costs_a_twentieth_of_a_read_each_and_one_write() {
    let live = live(Behaviour::default()).await;
    live.rig.simulation.change(|editor| {
        for n in 0..PEOPLE {
            editor.add_member(group(), Member::Person(person(n)));
        }
    });
    live.work_for(Duration::from_mins(1)).await;
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::RolesAdd), tally.calls(Route::AnyWrite)), (200, 200));
    assert!(tally.calls(Route::Batch) <= 10 && tally.calls(Route::AccountSearch) <= 10, "{tally}");

    live.rig.simulation.reset_tally();
    live.rig.simulation.change(|editor| {
        for n in 0..PEOPLE {
            editor.remove_member(group(), Member::Person(person(n)));
        }
    });
    live.work_for(Duration::from_mins(1)).await;
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::RolesRemove), tally.calls(Route::AnyWrite)), (200, 200));
    // Before a role is taken it is asked whether the group is still there: once for each twenty people.
    assert!(tally.calls(Route::Batch) <= 20 && tally.calls(Route::AccountSearch) <= 10, "{tally}");
}

/// How long each change waited in our hands: the services answer at once here.
fn waits(looks: &[Looked]) -> Vec<Duration> {
    let written = looks.iter().filter(|look| look.wrote && look.why == Why::Notification);
    let mut waits: Vec<Duration> =
        written.map(|look| Duration::try_from(look.at.duration_since(look.since)).unwrap()).collect();
    waits.sort();
    waits
}

fn percentile(waits: &[Duration], percent: usize) -> Duration {
    waits[(waits.len() * percent / 100).min(waits.len() - 1)]
}

#[tokio::test(start_paused = true)]
async fn a_change_waits_no_quarter_of_a_second_in_our_hands() {
    let plan = CompanyPlan { people: 300, accounts: 150, groups: 10, ..CompanyPlan::default() };
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.per_change = (1, 3);
    let live = Live::deployed(plan.build(), behaviour, 10).await;
    let mut churn = simulator::Churn::new(3);
    let company = async {
        for _ in 0..50 {
            live.rig.simulation.change(|editor| {
                for _ in 0..20 {
                    churn.step(editor);
                }
            });
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    };
    futures::join!(company, live.work_for(Duration::from_mins(10)));
    let waits = waits(&live.rig.looks.all());
    assert!(waits.len() > 400, "{}", waits.len());
    let (median, slowest) = (percentile(&waits, 50), percentile(&waits, 99));
    // Bursts of twenty, a person's profile and groups at the same moment: they wait for each other, and no longer.
    assert!(
        median <= Duration::from_millis(50) && slowest <= Duration::from_millis(250),
        "{median:?} {slowest:?} {waits:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_leaver_does_not_wait_for_a_slow_neighbour() {
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.delay = simulator::Latency::None;
    let live = live(behaviour).await;
    // Everything about one person takes half a minute; his row and his batch are those of the leaver, too.
    let slow = FaultKind::Slow(Duration::from_secs(25));
    live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).about("Slowpoke").always().kind(slow));
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |one| one.job_title = Some("Slowpoke".into()));
        editor.update_person(person(2), |one| one.account_enabled = Some(false));
    });
    live.work_for(Duration::from_secs(2)).await;
    let is_active = |n: u128| {
        live.rig.simulation.world(|world| {
            let id = person(n).to_string();
            world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap().is_active
        })
    };
    assert!(!is_active(2));
    // And not for himself either, when a second look at him waits.
    live.rig.simulation.change(|editor| editor.update_person(person(3), |one| one.display_name = Some("X".into())));
    live.work_for(Duration::from_secs(2)).await;
    live.rig.simulation.change(|editor| editor.delete_person(person(3)));
    live.work_for(Duration::from_secs(2)).await;
    assert!(!is_active(3));
}
