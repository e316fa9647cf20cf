mod accounts;
mod day;
mod groups;
mod people;

use std::collections::{BTreeSet, HashSet};

use super::{CompanyPlan, Mix};
use crate::world::{Account, Member, Person, UserType, World};

/// A hundred people with as many accounts, odd only in what the test says.
fn company(mix: Mix) -> World {
    CompanyPlan { people: 100, accounts: 100, mix, ..CompanyPlan::default() }.build()
}

/// Everything about a world that can be compared.
fn all_of(world: &World) -> (Vec<&Person>, Vec<&Account>, String) {
    (world.people.iter().collect(), world.accounts.iter().collect(), format!("{:?}{:?}", world.groups, world.roles))
}

fn person_of<'a>(world: &'a World, account: &Account) -> Option<&'a Person> {
    world.people.get(account.external_id.as_deref()?.parse().ok()?)
}

/// Whether the account says what the directory says.
fn agrees(account: &Account, person: &Person) -> bool {
    let same = |text: &str, property: Option<&str>| property.is_some_and(|property| property.trim() == text);
    person.mail.as_deref().is_some_and(|mail| mail.eq_ignore_ascii_case(&account.email))
        && same(&account.first_name, person.given_name.as_deref())
        && same(&account.last_name, person.surname.as_deref())
        && same(&account.title, person.job_title.as_deref())
        && person.account_enabled == Some(account.is_active)
}

fn distinct_addresses<'a>(addresses: impl Iterator<Item = &'a str>) -> usize {
    addresses.map(str::to_lowercase).collect::<HashSet<_>>().len()
}

#[test]
fn a_plan_always_makes_the_same_company() {
    let plan = CompanyPlan { people: 500, accounts: 300, ..CompanyPlan::default() };
    let (once, again) = (plan.build(), plan.build());
    let other = CompanyPlan { seed: 2, ..plan }.build();

    assert_eq!(all_of(&once), all_of(&again));
    assert_ne!(all_of(&once).0, all_of(&other).0);
}

#[test]
fn more_people_leave_those_before_them_as_they_were() {
    let plan = CompanyPlan { people: 300, ..CompanyPlan::default() };
    let (few, many) = (plan.build(), CompanyPlan { people: 400, ..plan }.build());

    assert_eq!(all_of(&few).0, all_of(&many).0[..300]);
}

#[test]
fn one_oddity_more_leaves_all_others_as_they_were() {
    let usual = CompanyPlan::default().build();
    let more = CompanyPlan { mix: Mix { missing_job_title: 0.5, ..Mix::default() }, ..CompanyPlan::default() }.build();

    let without_titles = |world: &World| -> Vec<Person> {
        world.people.iter().map(|person| Person { job_title: None, ..person.clone() }).collect()
    };
    assert_eq!(without_titles(&usual), without_titles(&more));
    assert_eq!(all_of(&usual).1, all_of(&more).1);
    let lost = usual.people.iter().zip(more.people.iter()).filter(|(usual, more)| usual.job_title != more.job_title);
    assert!(lost.count() > 800);
}

#[test]
fn a_plain_company_has_no_oddity() {
    let world = CompanyPlan::plain(200, 80, 0.25).build();

    assert_eq!((world.people.len(), world.accounts.len(), world.groups.len()), (200, 80, 20));
    for person in world.people.iter() {
        let texts = [&person.mail, &person.given_name, &person.surname, &person.job_title, &person.display_name];
        assert!(
            texts.into_iter().all(|text| text.as_deref().is_some_and(|text| text.trim() == text && !text.is_empty()))
        );
        assert_eq!(person.mail, person.user_principal_name);
        assert_eq!((person.account_enabled, person.user_type), (Some(true), Some(UserType::Member)));
        assert_eq!(person.deleted, None);
    }
    assert_eq!(distinct_addresses(world.people.iter().filter_map(|person| person.mail.as_deref())), 200);
    for (account, person) in world.accounts.iter().zip(world.people.iter()) {
        assert!(agrees(account, person) && account.roles.is_empty());
        assert!(account.external_id.is_none() || person_of(&world, account) == Some(person));
    }
    assert_eq!(world.accounts.iter().filter(|account| account.external_id.is_some()).count(), 20);
    assert!(world.groups.values().all(|group| group.groups().next().is_none()));
}

#[test]
fn a_plain_company_has_no_more_accounts_than_people() {
    assert_eq!(CompanyPlan::plain(3, 10, 1.0).build().accounts.len(), 3);
}

#[test]
fn in_a_settled_company_nothing_is_left_to_do() {
    let world = CompanyPlan::settled(300).build();
    let mapping = world.suggested_mapping(20);
    let role = |name: &str| world.roles.values().find(|role| *role.name == *name).unwrap().id;
    let default = world.roles.values().filter(|role| role.is_default).map(|role| role.id);

    assert_eq!(world.accounts.len(), 300);
    for account in world.accounts.iter() {
        let person = person_of(&world, account).unwrap();
        let groups = mapping.iter().filter(|(id, _)| groups::is_in(&world, person.id, **id));
        let mut due: BTreeSet<_> = groups.flat_map(|(_, names)| names).map(|name| role(name)).collect();
        due.extend(default.clone());
        assert!(agrees(account, person));
        assert_eq!(account.roles, due);
    }
}

#[test]
fn twenty_thousand_people_are_made() {
    let world = CompanyPlan { people: 20_000, accounts: 10_000, ..CompanyPlan::default() }.build();

    assert_eq!((world.people.len(), world.accounts.len()), (20_000, 10_000));
    assert_eq!(distinct_addresses(world.accounts.iter().map(|account| &*account.email)), 10_000);
    let linked: Vec<&str> = world.accounts.iter().filter_map(|account| account.external_id.as_deref()).collect();
    assert_eq!(linked.iter().collect::<HashSet<_>>().len(), linked.len());
    let sign_ins = world.people.iter().filter_map(|person| person.user_principal_name.as_deref());
    assert_eq!(distinct_addresses(sign_ins), 20_000);
}

#[test]
fn the_smallest_companies_are_made() {
    for (people, accounts, groups) in [(0, 0, 0), (0, 5, 3), (1, 2, 1), (2, 1, 0), (3, 3, 2)] {
        let world = CompanyPlan { people, accounts, groups, ..CompanyPlan::default() }.build();

        assert_eq!((world.people.len(), world.accounts.len()), (people, accounts));
        assert_eq!(world.groups.len(), groups + 2);
    }
}
