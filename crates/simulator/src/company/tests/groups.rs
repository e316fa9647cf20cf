use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::groups::KNOWN_GROUPS;
use super::*;
use crate::world::{Group, Member, Role};

/// Whether a person is in a group, directly or through groups in it.
pub(super) fn is_in(world: &World, person: Uuid, group: Uuid) -> bool {
    let group = &world.groups[&group];
    group.members.contains(&Member::Person(person)) || group.groups().any(|inner| is_in(world, person, inner))
}

/// How many groups deep a group is.
fn depth(world: &World, group: &Group) -> usize {
    1 + group.groups().map(|inner| depth(world, &world.groups[&inner])).max().unwrap_or_default()
}

#[test]
fn groups_have_their_sizes() {
    let world = CompanyPlan { groups: 200, ..CompanyPlan::plain(1_000, 0, 0.0) }.build();
    let sizes: Vec<usize> = world.groups.values().map(|group| group.members.len()).collect();

    assert_eq!(sizes[..5], [1_000, 250, 80, 120, 10]);
    assert!(sizes[20..].iter().all(|&size| size == 10));
    assert_eq!(world.groups.values().map(|group| &group.display_name).collect::<BTreeSet<_>>().len(), 200);
}

#[test]
fn very_many_groups_become_small() {
    let world = CompanyPlan { groups: 2_000, ..CompanyPlan::plain(500, 0, 0.0) }.build();
    let memberships: usize = world.groups.values().map(|group| group.members.len()).sum();

    assert!(memberships < 5 * 500 + 2_000);
    assert!(world.groups.values().all(|group| !group.members.is_empty()));
}

#[test]
fn nested_groups_are_three_deep_and_the_last_two_in_a_circle() {
    for nested_groups in [0.2, 1.0] {
        let world = CompanyPlan { mix: Mix { nested_groups, ..Mix::none() }, ..CompanyPlan::default() }.build();
        let in_order: Vec<&Group> = world.groups.values().collect();
        let depths: Vec<usize> = in_order[..20].iter().map(|group| depth(&world, group)).collect();
        let nested: usize = in_order[..20].iter().map(|group| group.groups().count()).sum();

        assert_eq!(in_order.len(), 22);
        assert_eq!((depths[0], depths.iter().max()), (1, Some(&3)));
        assert!(if nested_groups < 1.0 { (2..9).contains(&nested) } else { nested == 18 });
        assert_eq!(in_order[20].groups().collect::<Vec<_>>(), [in_order[21].id]);
        assert_eq!(in_order[21].groups().collect::<Vec<_>>(), [in_order[20].id]);
    }
}

#[test]
fn roles_follow_nesting() {
    let mix = Mix { nested_groups: 1.0, linked: 1.0, settled_roles: 1.0, ..Mix::none() };
    let world = CompanyPlan { people: 200, accounts: 200, mix, ..CompanyPlan::default() }.build();
    let mapping = world.suggested_mapping(20);

    for account in world.accounts.iter() {
        let person = person_of(&world, account).unwrap().id;
        let due: BTreeSet<&str> = mapping
            .iter()
            .filter(|(id, _)| is_in(&world, person, **id))
            .flat_map(|(_, names)| names.iter().map(|name| &**name))
            .collect();
        assert_eq!(account.roles.iter().map(|id| &*world.roles[id].name).collect::<BTreeSet<_>>(), due);
    }
}

#[test]
fn the_suggested_mapping_maps_several_ways() {
    let world = CompanyPlan::default().build();
    let mapping = world.suggested_mapping(20);
    let mut groups_of: BTreeMap<&str, usize> = BTreeMap::new();
    for name in mapping.values().flatten() {
        *groups_of.entry(name).or_default() += 1;
    }
    let default: Vec<&Role> = world.roles.values().filter(|role| role.is_default).collect();

    assert_eq!(mapping.keys().collect::<Vec<_>>(), world.groups.keys().take(20).collect::<Vec<_>>());
    assert!(mapping.values().any(|roles| roles.len() > 1) && mapping.values().any(|roles| roles.len() == 1));
    assert!(groups_of.values().any(|&groups| groups > 1));
    assert_eq!(groups_of.iter().filter(|(name, _)| default.iter().any(|role| *role.name == ***name)).count(), 1);
    assert!(groups_of.keys().all(|name| world.roles.values().any(|role| *role.name == **name)));
}

#[test]
fn a_smaller_mapping_is_part_of_a_larger_one() {
    let world = CompanyPlan { groups: 60, ..CompanyPlan::default() }.build();
    let (five, all) = (world.suggested_mapping(5), world.suggested_mapping(60));

    assert_eq!((five.len(), all.len()), (5, 60));
    assert!(five.iter().all(|(id, roles)| all.get(id) == Some(roles)));
    assert!(world.suggested_mapping(0).is_empty());
}

#[test]
fn any_world_has_a_suggested_mapping() {
    let group = |n: u8| Group::new(Uuid::from_bytes([n; 16]), "Some group");
    let world = (1..=6).fold(World::default(), |world, n| world.with_group(group(n)));
    assert!(world.suggested_mapping(6).is_empty());

    let world =
        world.with_role(Role::new(1, "A")).with_role(Role::new(2, "B")).with_role(Role::new(3, "C").by_default());
    let roles: Vec<Vec<String>> = world.suggested_mapping(6).into_values().collect();
    assert_eq!(roles, [vec!["A", "B"], vec!["B"], vec!["A"], vec!["B", "A"], vec!["A"], vec!["B", "C"]]);
}

#[test]
fn known_groups_give_roles_that_exist() {
    let world = CompanyPlan::plain(1, 0, 0.0).build();
    let names: BTreeSet<&str> = world.roles.values().map(|role| &*role.name).collect();
    assert!(KNOWN_GROUPS.iter().flat_map(|group| group.roles).all(|role| names.contains(role)));
}
