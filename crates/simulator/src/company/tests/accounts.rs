use super::*;

/// How many accounts of a company with all its accounts of one kind are as said.
fn how_many(mix: Mix, expected: impl Fn(&World, &Account) -> bool) -> usize {
    let world = company(mix);
    world.accounts.iter().filter(|account| expected(&world, account)).count()
}

/// Whose e-mail address the account has.
fn found_by_email<'a>(world: &'a World, account: &Account) -> Option<&'a Person> {
    world.people.iter().find(|person| person.mail.as_ref() == Some(&account.email))
}

#[test]
fn shares_of_kinds_are_exact() {
    let mix = Mix { linked: 0.31, contractors: 0.07, scattered: 1.0, ..Mix::none() };
    assert_eq!(how_many(mix.clone(), |_, account| account.external_id.is_some()), 31);
    assert_eq!(how_many(mix, |world, account| found_by_email(world, account).is_none()), 7);
}

#[test]
fn later_kinds_get_what_is_left() {
    let mix = Mix { linked: 0.9, other_system: 0.4, contractors: 0.4, ..Mix::none() };
    assert_eq!(how_many(mix.clone(), |_, account| account.external_id.is_some()), 100);
    assert_eq!(how_many(mix, |world, account| person_of(world, account).is_some()), 90);
}

#[test]
fn linked_accounts_agree() {
    let mix = Mix { linked: 1.0, scattered: 1.0, disabled: 0.5, ..Mix::none() };
    assert_eq!(how_many(mix, |world, account| agrees(account, person_of(world, account).unwrap())), 100);
}

#[test]
fn accounts_found_by_email_are_what_is_left() {
    let found = |world: &World, account: &Account| {
        account.external_id.is_none() && found_by_email(world, account).is_some_and(|person| agrees(account, person))
    };
    assert_eq!(how_many(Mix { scattered: 1.0, ..Mix::none() }, found), 100);
}

#[test]
fn linked_accounts_have_another_email_address() {
    let mix = Mix { linked_other_email: 1.0, ..Mix::none() };
    let expected = |world: &World, account: &Account| {
        let person = person_of(world, account).unwrap();
        let email = person.mail.clone().unwrap();
        !agrees(account, person)
            && agrees(&Account { email, ..account.clone() }, person)
            && found_by_email(world, account).is_none()
    };
    assert_eq!(how_many(mix, expected), 100);
}

#[test]
fn linked_accounts_have_one_stale_field() {
    let expected = |world: &World, account: &Account| {
        let person = person_of(world, account).unwrap();
        let title = person.job_title.as_ref() != Some(&account.title);
        let last_name = person.surname.as_ref() != Some(&account.last_name);
        title != last_name
    };
    assert_eq!(how_many(Mix { linked_stale: 1.0, ..Mix::none() }, expected), 100);
}

#[test]
fn linked_accounts_are_in_the_wrong_state() {
    let mix = Mix { linked_wrong_state: 1.0, disabled: 0.5, ..Mix::none() };
    let expected = |world: &World, account: &Account| {
        person_of(world, account).unwrap().account_enabled == Some(!account.is_active)
    };
    assert_eq!(how_many(mix, expected), 100);
}

#[test]
fn addresses_are_held_by_accounts_of_another_system() {
    let expected = |world: &World, account: &Account| {
        account.external_id.as_deref().is_some_and(|id| id.starts_with("HR-00"))
            && found_by_email(world, account).is_some()
    };
    assert_eq!(how_many(Mix { other_system: 1.0, ..Mix::none() }, expected), 100);
}

#[test]
fn addresses_are_held_by_accounts_of_other_people() {
    let expected = |world: &World, account: &Account| {
        let (linked, found) = (person_of(world, account), found_by_email(world, account));
        linked.is_some() && found.is_some() && linked != found
    };
    // Each takes two people.
    assert_eq!(how_many(Mix { other_person: 1.0, ..Mix::none() }, expected), 50);
}

#[test]
fn contractors_are_unknown_to_the_directory() {
    let expected =
        |world: &World, account: &Account| account.external_id.is_none() && found_by_email(world, account).is_none();
    assert_eq!(how_many(Mix { contractors: 1.0, ..Mix::none() }, expected), 100);
}

#[test]
fn chains_of_three_wait_for_each_other() {
    let world = company(Mix { rename_chains: 0.06, linked: 0.9, scattered: 1.0, ..Mix::none() });
    let linked = world.accounts.iter().filter_map(|account| Some((account, person_of(&world, account)?)));
    let waiting: Vec<_> = linked.filter(|(account, person)| !agrees(account, person)).collect();
    let holder = |person: &Person| world.accounts.iter().find(|account| person.mail.as_ref() == Some(&account.email));
    assert_eq!(waiting.len(), 6);
    for chain in waiting.chunks(3) {
        assert_eq!(holder(chain[0].1), Some(chain[1].0));
        assert_eq!(holder(chain[1].1), Some(chain[2].0));
        assert_eq!(holder(chain[2].1), None);
    }
}

#[test]
fn leavers_have_active_accounts() {
    let leavers = Mix { deleted: 0.5, deleted_with_account: 1.0, disabled: 1.0, linked: 1.0, ..Mix::none() };
    let deleted = |world: &World, account: &Account| {
        person_of(world, account).is_some_and(|person| person.deleted.is_some() && account.is_active)
    };
    let everybody = company(leavers.clone()).people.iter().filter(|person| person.deleted.is_some()).count();
    assert!((30..70).contains(&everybody));
    assert_eq!(how_many(leavers.clone(), deleted), everybody);
    assert_eq!(how_many(Mix { deleted_with_account: 0.0, ..leavers }, deleted), 0);
}

#[test]
fn accounts_follow_the_directory_or_do_not() {
    let order = |scattered| -> bool {
        let world = company(Mix { linked: 1.0, scattered, ..Mix::none() });
        world.accounts.iter().zip(world.people.iter()).all(|(account, person)| agrees(account, person))
    };
    assert!(order(0.0) && !order(1.0));
}

#[test]
fn roles_are_held_on_demand() {
    let world = company(Mix { default_roles: 1.0, ..Mix::none() });
    let default: BTreeSet<_> = world.roles.values().filter(|role| role.is_default).map(|role| role.id).collect();
    assert!(world.accounts.iter().all(|account| account.roles == default));

    let world = company(Mix { roles_by_hand: 1.0, contractors: 0.5, ..Mix::none() });
    assert!(world.accounts.iter().all(|account| (1..=2).contains(&account.roles.len())));
    assert!(world.accounts.iter().any(|account| account.roles.len() == 2));
    assert!(company(Mix::none()).accounts.iter().all(|account| account.roles.is_empty()));
}

#[test]
fn roles_have_names_of_every_permitted_length() {
    let world = company(Mix::none());
    let lengths: BTreeSet<usize> = world.roles.values().map(|role| role.name.chars().count()).collect();
    assert_eq!((lengths.first(), lengths.last()), (Some(&2), Some(&70)));
    assert_eq!(world.roles.values().map(|role| &role.name).collect::<BTreeSet<_>>().len(), world.roles.len());
}
