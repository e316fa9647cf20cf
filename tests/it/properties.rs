//! What must hold for any company: small ones, so that everybody gets into everybody's way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use simulator::{Account, AccountNumber, Deleted, Details, Group, Person, Role, Route, World};
use uuid::Uuid;

use crate::oracle::{self, Roles};
use crate::rig::Rig;

fn person_id(number: u8) -> Uuid {
    Uuid::from_u128(0xa000 + u128::from(number))
}

fn group_id(number: u8) -> Uuid {
    Uuid::from_u128(0xb000 + u128::from(number))
}

fn address() -> impl Strategy<Value = &'static str> {
    select(vec!["one@x.org", "ONE@x.org", "two@x.org", "three@x.org", "Three@X.org", "four@x.org", "five@x.org"])
}

fn person(number: u8) -> impl Strategy<Value = Person> {
    let text = |usual: &'static str| prop_oneof![8 => Just(Some(usual)), 1 => Just(Some("Other")), 1 => Just(None), 1 => Just(Some("  ")), 1 => Just(Some(" Padded "))];
    let enabled = prop_oneof![6 => Just(Some(true)), 2 => Just(Some(false)), 1 => Just(None)];
    (
        option::weighted(0.9, address()),
        text("Ana"),
        text("García"),
        text("QA Lead"),
        enabled,
        prop::bool::weighted(0.15),
    )
        .prop_map(move |(mail, given, surname, title, enabled, deleted)| {
            let mut person = Person::new(person_id(number), "", "", "", "");
            person.mail = mail.map(Into::into);
            person.given_name = given.map(Into::into);
            person.surname = surname.map(Into::into);
            person.job_title = title.map(Into::into);
            person.account_enabled = enabled;
            person.deleted = deleted.then_some(Deleted { when: "2026-11-20T00:00:00Z".parse().unwrap() });
            person
        })
}

fn account(number: u64) -> impl Strategy<Value = Account> {
    let link = prop_oneof![
        4 => (1..8_u8).prop_map(|person| Some(person_id(person).to_string())),
        3 => Just(None),
        1 => Just(Some("HR-4711".to_owned())),
    ];
    (link, address(), select(vec!["Ana", "Old"]), any::<bool>(), btree_set(1..7_u64, 0..4)).prop_map(
        move |(link, email, first_name, is_active, roles)| {
            let mut account = Account::new(number, email, first_name, "García", "QA Lead").with_roles(roles);
            account.external_id = link.map(Into::into);
            account.is_active = is_active;
            account
        },
    )
}

#[derive(Clone, Debug)]
struct Case {
    world: World,
    roles: Roles,
    initial_sync: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let people = (1..7_u8).prop_map(|count| (1..=count).map(person).collect::<Vec<_>>()).prop_flat_map(|people| people);
    let accounts = vec(any::<u8>(), 0..6).prop_flat_map(|ids| (1..=ids.len() as u64).map(account).collect::<Vec<_>>());
    let groups = btree_map(1..5_u8, (btree_set(1..8_u8, 0..5), btree_set(1..5_u8, 0..2)), 0..4);
    let mapping = btree_map(1..5_u8, btree_set(1..7_u64, 1..3), 0..4);
    (people, accounts, groups, mapping, prop::bool::weighted(0.75)).prop_map(
        |(people, accounts, groups, mapping, initial_sync)| {
            let mut world = World::default();
            // Somebody who is always there: an empty directory is a disturbance, not a case.
            world.people.insert(Person::new(person_id(0), "Every", "Body", "everybody@x.org", "CEO"));
            world.people.extend(people);
            world.accounts.extend(unique(accounts));
            for number in 1..7 {
                let role = Role::new(number, &format!("Role {number}"));
                world = world.with_role(if number == 6 { role.by_default() } else { role });
            }
            for (number, (people, inner)) in groups {
                let group = Group::new(group_id(number), "Group")
                    .with_people(people.into_iter().map(person_id))
                    .with_groups(inner.into_iter().map(group_id));
                world = world.with_group(group);
            }
            let existing: BTreeSet<Uuid> = world.groups.keys().copied().collect();
            let roles = mapping.into_iter().map(|(group, roles)| (group_id(group), roles));
            let roles = roles.filter(|(group, _)| existing.contains(group)).collect();
            Case { world, roles, initial_sync }
        },
    )
}

/// ZenQMS lets no address and no `external_id` be there twice.
fn unique(accounts: Vec<Account>) -> Vec<Account> {
    let mut emails = BTreeSet::new();
    let mut links = BTreeSet::new();
    accounts
        .into_iter()
        .filter(|account| emails.insert(account.email.to_lowercase()))
        .filter(|account| account.external_id.as_ref().is_none_or(|link| links.insert(link.clone())))
        .collect()
}

fn mapping_json(roles: &Roles) -> String {
    let named: BTreeMap<Uuid, Vec<String>> =
        roles.iter().map(|(group, roles)| (*group, roles.iter().map(ToString::to_string).collect())).collect();
    serde_json::to_string(&named).unwrap()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
}

async fn rig(case: &Case) -> Rig {
    let mut rig = Rig::new(case.world.clone()).await;
    rig.initial_sync = case.initial_sync;
    rig.map(&mapping_json(&case.roles)).await.unwrap();
    rig
}

/// The world whose directory says itself what would stand in for it.
fn said_by_the_directory(world: &World) -> World {
    let mut said = world.clone();
    for person in world.people.iter() {
        let is_there = |text: &Option<Arc<str>>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        // Of whom it is not shown whether he may sign in, other things may not be shown either.
        if person.account_enabled.is_none() {
            continue;
        }
        said.people.update(person.id, |said| {
            if !is_there(&person.mail) {
                said.mail = person.user_principal_name.clone().filter(|name| !name.contains("#EXT#"));
            }
            if !is_there(&person.given_name) {
                said.given_name = person.details.as_ref().and_then(|details| details.department.clone());
            }
            if !is_there(&person.job_title) {
                said.job_title = Some("Not stated".into());
            }
        });
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the company, ZenQMS ends up as the rules say, and the second run is empty.
    #[test]
    fn zenqms_ends_up_as_the_rules_say_and_the_second_run_is_empty(case in case()) {
        block_on(async {
            let rig = rig(&case).await;
            let (plan, _) = rig.rehearse().await;
            prop_assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
            let report = rig.run().await.unwrap();
            prop_assert_eq!(report.status, "complete");
            prop_assert_eq!(report.counts.failed, 0);
            // The rehearsal said what would come.
            prop_assert_eq!(&plan.counts, &report.counts);
            prop_assert_eq!(&plan.skipped_by_reason, &report.skipped_by_reason);

            let expected = oracle::expected(&case.world, &case.roles, case.initial_sync, true);
            prop_assert_eq!(rig.simulation.world(oracle::accounts), expected);

            rig.simulation.reset_tally();
            let again = rig.run().await.unwrap();
            prop_assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
            prop_assert_eq!(again.counts.created + again.counts.linked + again.counts.updated, 0);
            Ok(())
        })?;
    }

    /// What stands in for what people lack is written as if the directory said it, and nothing else is.
    #[test]
    fn what_stands_in_is_as_good_as_what_is_there(case in case(), others in vec((option::weighted(0.8, address()), any::<bool>()), 7)) {
        block_on(async {
            let mut case = case;
            for (number, (sign_in, department)) in (1..).zip(others) {
                case.world.people.update(person_id(number), |person| {
                    let guest = sign_in.filter(|_| number % 3 == 0).map(|name| format!("{name}#EXT#@x.org").into());
                    person.user_principal_name = guest.or(sign_in.map(Into::into));
                    let department = department.then(|| " Quality ".into());
                    person.details = Some(Box::new(Details { department, ..Details::default() }));
                });
            }
            let mut rig = rig(&case).await;
            rig.lens.missing = r#"{"mail": {"attribute": "userPrincipalName"}, "givenName": {"attribute": "department"},
                              "jobTitle": {"text": "Not stated"}}"#.parse().unwrap();
            prop_assert_eq!(rig.run().await.unwrap().counts.failed, 0);
            let said: World = said_by_the_directory(&case.world);
            let expected = oracle::expected(&said, &case.roles, case.initial_sync, true);
            prop_assert_eq!(rig.simulation.world(oracle::accounts), expected);

            rig.simulation.reset_tally();
            rig.run().await.unwrap();
            prop_assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
            Ok(())
        })?;
    }

    /// One account a directory user.
    #[test]
    fn nobody_has_two_accounts(case in case()) {
        block_on(async {
            let rig = rig(&case).await;
            rig.run().await.unwrap();
            let accounts = rig.simulation.world(oracle::accounts);
            let links: Vec<_> = accounts.iter().filter_map(|account| account.external_id.as_ref()).collect();
            prop_assert_eq!(links.len(), links.iter().collect::<BTreeSet<_>>().len());
            Ok(())
        })?;
    }

    /// The order of the listings, and the size of their pages, make no difference.
    #[test]
    fn the_order_of_pages_does_not_matter(case in case(), seed in any::<u64>(), cap in 1..4_usize) {
        block_on(async {
            let straight = rig(&case).await;
            straight.run().await.unwrap();

            let mut shuffled = case.clone();
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut people: Vec<Person> = case.world.people.iter().cloned().collect();
            let mut accounts: Vec<Account> = case.world.accounts.iter().cloned().collect();
            dice.shuffle(&mut people);
            dice.shuffle(&mut accounts);
            shuffled.world.people = people.into_iter().collect();
            shuffled.world.accounts = accounts.into_iter().collect();
            let other = rig(&shuffled).await;
            other.simulation.behave(|behaviour| {
                behaviour.graph.page_cap = Some(cap);
                behaviour.zenqms.page_cap = Some(cap);
            });
            other.run().await.unwrap();
            prop_assert_eq!(other.simulation.world(oracle::accounts), straight.simulation.world(oracle::accounts));
            Ok(())
        })?;
    }

    /// OFF, nothing is written but `external_id`, and only where there was none.
    #[test]
    fn off_writes_nothing_but_external_ids(case in case()) {
        block_on(async {
            let rig = rig(&Case { initial_sync: false, ..case.clone() }).await;
            rig.run().await.unwrap();
            for write in rig.simulation.writes() {
                prop_assert_eq!(write.route, Route::AccountPatch);
                let body = write.json();
                let fields: Vec<_> = body.as_object().unwrap().keys().collect();
                prop_assert_eq!(fields, ["external_id"]);
                let before = case.world.accounts.get(AccountNumber(write.account.0)).unwrap();
                prop_assert_eq!(&before.external_id, &None);
            }
            Ok(())
        })?;
    }
}
