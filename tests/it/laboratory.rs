//! A company of four, for stories of single changes.

use std::time::Duration;

use simulator::{AccountNumber, Behaviour, Group, Person, Role, World};
use uuid::Uuid;

use crate::live::Live;
use crate::rig::Rig;

pub(crate) fn person(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

pub(crate) fn group(n: u128) -> Uuid {
    Uuid::from_u128(0x9000 + n)
}

/// Ada and Grace are in Quality, which gives a role; Alan is in Labs, which is in Science, which gives another. Kurt is in
/// nothing.
pub(crate) fn world() -> World {
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

pub(crate) fn mapping() -> String {
    format!(r#"{{"{}":"Document Reader","{}":["Trainer"]}}"#, group(1), group(2))
}

pub(crate) async fn live() -> Live {
    live_with(Behaviour::default()).await
}

pub(crate) async fn live_with(behaviour: Behaviour) -> Live {
    Live::deployed_with(Rig::with(world(), behaviour).await, &mapping()).await
}

pub(crate) fn roles_of(live: &Live, user: Uuid) -> Vec<u64> {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        let account = world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap();
        account.roles.iter().map(|role| role.0).collect()
    })
}

pub(crate) fn is_active(live: &Live, user: Uuid) -> bool {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap().is_active
    })
}

pub(crate) fn title_of(live: &Live, user: Uuid) -> String {
    live.rig.simulation.world(|world| {
        let id = user.to_string();
        world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id)).unwrap().title.to_string()
    })
}

/// The account that is linked to somebody.
pub(crate) fn account_of(live: &Live, user: Uuid) -> AccountNumber {
    live.rig.simulation.world(|world| world.accounts.by_external_id(&user.to_string()).next().unwrap().id)
}

pub(crate) const MINUTE: Duration = Duration::from_mins(1);
