use std::collections::{BTreeMap, BTreeSet};

use super::super::{Churn, Happening};
use super::*;
use crate::{Behaviour, Simulation};

fn busy_day(seed: u64, world: World, steps: usize) -> (Simulation, Vec<Happening>) {
    let simulation = Simulation::new(world, Behaviour::default());
    let mut churn = Churn::new(seed);
    let happenings = simulation.change(|editor| (0..steps).map(|_| churn.step(editor)).collect());
    (simulation, happenings)
}

fn plan() -> CompanyPlan {
    CompanyPlan { people: 300, accounts: 100, ..CompanyPlan::default() }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_makes_the_same_day() {
    let (one, first) = busy_day(7, plan().build(), 500);
    let (other, second) = busy_day(7, plan().build(), 500);
    assert_eq!(first, second);
    let people = |simulation: &Simulation| simulation.world(|world| world.people.iter().cloned().collect::<Vec<_>>());
    assert_eq!(people(&one), people(&other));
    assert_ne!(first, busy_day(8, plan().build(), 500).1);
}

#[tokio::test(start_paused = true)]
async fn everything_happens_and_nothing_happens_in_vain() {
    let simulation = Simulation::new(plan().build(), Behaviour::default());
    let mut churn = Churn::new(1);
    let mut seen = BTreeMap::new();
    let picture = |simulation: &Simulation| {
        simulation.world(|world| (world.people.iter().cloned().collect::<Vec<_>>(), world.groups.clone()))
    };
    let mut before = picture(&simulation);
    for _ in 0..2_000 {
        let happening = simulation.change(|editor| churn.step(editor));
        let after = picture(&simulation);
        assert_ne!(before, after, "{happening}");
        before = after;
        let text = happening.to_string();
        assert!(text.ends_with('.') && !text.contains('@'), "{text}");
        let kind: String = format!("{happening:?}").split(|char: char| !char.is_alphabetic()).take(1).collect();
        let nested = matches!(
            happening,
            Happening::Joined { member: Member::Group(_), .. } | Happening::Left { member: Member::Group(_), .. }
        );
        *seen.entry((kind, nested)).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 14, "{seen:?}");
    simulation.world(|world| assert!(world.groups.values().all(|group| group.deleted.is_none())));
}

#[tokio::test(start_paused = true)]
async fn the_new_are_complete_and_have_addresses_of_their_own() {
    let (simulation, happenings) = busy_day(3, CompanyPlan::plain(200, 100, 1.0).build(), 3_000);
    simulation.world(|world| {
        let mails: Vec<String> =
            world.people.iter().filter_map(|person| person.mail.as_ref()).map(|mail| mail.to_lowercase()).collect();
        assert_eq!(mails.iter().collect::<BTreeSet<_>>().len(), mails.len());
        let hired = happenings.iter().filter_map(|happening| match happening {
            Happening::Hired(id) => world.people.get(*id),
            _ => None,
        });
        assert!(hired.clone().count() > 100);
        assert!(hired.clone().all(|person| person.user_type.is_some() && person.given_name.is_some()));
    });
}

#[tokio::test(start_paused = true)]
async fn in_an_empty_world_people_are_hired() {
    let (simulation, happenings) = busy_day(1, World::default(), 1);
    assert!(matches!(happenings[..], [Happening::Hired(_)]));
    assert_eq!(simulation.world(|world| world.people.len()), 1);
}
