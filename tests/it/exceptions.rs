//! Who is not in line, since when and why: the list says what a look would say, whoever kept it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use initial_sync::{Event, Observer, rehearse};
use simulator::{Account, AccountNumber, Behaviour, CompanyPlan, Person, World};
use sync_core::apply::Subject;
use sync_core::domain::DirectoryUserId;
use sync_core::plan::{Compliance, UserPlan};
use sync_core::ports::{Clock, Exception, ExceptionList};

use crate::laboratory::{self, person};
use crate::live::Live;
use crate::rig::Rig;

/// What a run says of each person.
#[derive(Default)]
struct Said(Mutex<BTreeMap<DirectoryUserId, (String, String)>>);

impl Observer for Said {
    fn on(&self, event: &Event<'_>) {
        let Event::Settled(settled) = event else { return };
        let mut said = self.0.lock().unwrap();
        match Compliance::of(&settled.reasons) {
            Compliance::Exception { code, because } => said.insert(settled.user, (code.to_owned(), because)),
            Compliance::InLine | Compliance::Untold => said.remove(&settled.user),
        };
    }
}

/// That the list says of everybody what a full run that began now would say of him, and of nobody else anything.
pub(crate) async fn assert_they_are_listed(rig: &Rig) {
    let host = rig.host();
    let said = Said::default();
    rehearse(host.run_services(), host.run_settings(), &said, |_: &Subject, _: &UserPlan| ()).await.unwrap();
    let listed = listed(rig).await;
    let listed: BTreeMap<_, _> = listed.into_iter().map(|one| (one.user, (one.code, one.because))).collect();
    assert_eq!(listed, said.0.into_inner().unwrap());
}

async fn listed(rig: &Rig) -> Vec<Exception> {
    rig.store.ledger.exceptions().await.unwrap()
}

async fn codes(rig: &Rig) -> Vec<(DirectoryUserId, String)> {
    listed(rig).await.into_iter().map(|one| (one.user, one.code)).collect()
}

fn listed_person(n: u128) -> DirectoryUserId {
    DirectoryUserId::from(person(n))
}

#[tokio::test(start_paused = true)]
async fn a_run_lists_whom_it_skips_and_a_second_one_writes_nothing() {
    let plan = CompanyPlan { people: 300, accounts: 150, groups: 8, seed: 5, ..CompanyPlan::default() };
    let rig = Rig::new(plan.build()).await;
    rig.run().await.unwrap();
    assert_they_are_listed(&rig).await;
    let first = listed(&rig).await;
    assert!(first.len() > 10, "{}", first.len());
    assert!(first.iter().any(|one| one.code == "missing_jobTitle"), "{first:?}");

    let before = rig.simulation.clock().now();
    tokio::time::sleep(Duration::from_hours(24)).await;
    let report = rig.run().await.unwrap();
    assert_eq!(report.counts.skipped, first.len() as u64);
    assert_eq!(listed(&rig).await, first);
    assert!(first.iter().all(|one| one.since <= before), "somebody is listed anew");
}

#[tokio::test(start_paused = true)]
async fn a_change_puts_somebody_on_the_list_and_another_takes_him_off() {
    let live = laboratory::live().await;
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(codes(&live.rig).await, []);
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = None));
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(codes(&live.rig).await, [(listed_person(1), "missing_jobTitle".to_owned())]);
    let since = listed(&live.rig).await[0].since;

    // Another reason, the same standing: she has been out of line since then.
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.given_name = None));
    live.work_until_idle(Duration::from_hours(1)).await;
    let now = listed(&live.rig).await;
    assert_eq!((now[0].code.as_str(), now[0].since), ("missing_givenName", since));
    assert_they_are_listed(&live.rig).await;

    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| {
            ada.given_name = Some("Ada".into());
            ada.job_title = Some("Countess".into());
        });
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(codes(&live.rig).await, []);
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_for_good_is_on_the_list_no_more() {
    let live = laboratory::live().await;
    live.work_until_idle(Duration::from_hours(1)).await;
    let nobody = Person { job_title: None, ..Person::new(person(7), "Emmy", "Noether", "emmy@example.com", "x") };
    live.rig.simulation.change(|editor| editor.add_person(nobody));
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(codes(&live.rig).await, [(listed_person(7), "missing_jobTitle".to_owned())]);
    live.rig.simulation.change(|editor| editor.delete_person(person(7)));
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(codes(&live.rig).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_run_mends_a_list_that_says_too_much() {
    let live = laboratory::live().await;
    live.work_until_idle(Duration::from_hours(1)).await;
    for n in [1, 99] {
        let wrong = Exception {
            user: listed_person(n),
            code: "missing_mail".to_owned(),
            because: "the directory lacks mail".to_owned(),
            since: live.rig.simulation.clock().now(),
        };
        sync_core::ports::Exceptions::except(&live.rig.store.ledger, &wrong).await.unwrap();
    }
    live.rig.run().await.unwrap();
    // Nobody knows number 99: whoever looks for him does so for a while.
    live.work_until_idle(Duration::from_hours(6)).await;
    assert_eq!(codes(&live.rig).await, []);
}

#[tokio::test(start_paused = true)]
async fn an_account_in_use_whose_person_nobody_knows_is_listed_until_it_is_out_of_use() {
    let stray = Account::new(900, "stray@example.com", "Stray", "Cat", "x").linked_to(person(77));
    let rig = Rig::with(laboratory::world().with_account(stray), Behaviour::default()).await;
    let live = Live::deployed_with(rig, &laboratory::mapping()).await;
    live.rig.run().await.unwrap();
    live.work_until_idle(Duration::from_hours(6)).await;
    assert_eq!(codes(&live.rig).await, [(listed_person(77), "not_in_directory".to_owned())]);
    assert_they_are_listed(&live.rig).await;

    live.rig.simulation.change(|editor| editor.update_account(AccountNumber(900), |stray| stray.is_active = false));
    live.rig.run().await.unwrap();
    assert_eq!(codes(&live.rig).await, []);
}

#[tokio::test(start_paused = true)]
async fn an_initial_sync_that_is_off_says_nothing_of_those_who_are_linked() {
    let mut rig = Rig::new(World::default()).await;
    rig.initial_sync = false;
    let ada = Person { job_title: None, ..Person::new(person(1), "Ada", "Lovelace", "ada@example.com", "x") };
    let kurt = Person { job_title: None, ..Person::new(person(4), "Kurt", "Goedel", "kurt@example.com", "x") };
    let hers = Account::new(5, "ada@example.com", "Ada", "Lovelace", "Countess").linked_to(person(1));
    rig.simulation.change(|editor| {
        editor.add_person(ada);
        editor.add_person(kurt);
        editor.add_account(hers);
    });
    rig.run().await.unwrap();
    assert_eq!(codes(&rig).await, [(listed_person(4), "missing_jobTitle".to_owned())]);
}
