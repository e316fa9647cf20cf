//! The teardown: what this integration set goes, everything else stays.

mod at_work;
mod awry;
mod killed;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ::cleanup::{CleanupReport, LONGEST_FLOW, LeftAlone, rehearse};
use initial_sync::Silent;
use simulator::{
    Account, AccountNumber, Behaviour, CompanyPlan, Fault, FaultKind, Latency, LedgerFault, LedgerFaultKind, Mix,
    Person, Route, World,
};
use sync_core::failure::Failure;
use sync_core::ports::{
    Ending, EndingWrite, NewSubscription, Runs, SubscriptionRecords, SubscriptionRecordsWrite, Subscriptions, Traces,
    Watched,
};
use sync_core::run::{Mode, RunState};
use tokio::time::timeout;
use uuid::Uuid;

use crate::laboratory::{MINUTE, account_of, mapping, person, world};
use crate::live::Live;
use crate::oracle::{self, Seen};
use crate::rig::{INTAKE, Rig};

const ADA: AccountNumber = AccountNumber(101);
const KURT: AccountNumber = AccountNumber(102);

/// Ada's account was there and is linked by us; those of Grace, Alan and Emmy are made by us. Kurt's was linked by hand, and
/// a robot's carries another system's id. Since then Alan's id was exchanged by hand, and Emmy's emptied.
async fn company() -> Live {
    let mut robot = Account::new(103, "robot@example.com", "Ro", "Bot", "Robot");
    robot.external_id = Some("HR-0815".into());
    let world = world()
        .with_person(Person::new(person(5), "Emmy", "Noether", "emmy@example.com", "Scientist"))
        .with_account(Account::new(ADA.0, "ada@example.com", "Ada", "Lovelace", "Clerk"))
        .with_account(Account::new(KURT.0, "kurt@example.com", "Kurt", "Goedel", "Clerk").linked_to(person(4)))
        .with_account(robot);
    let live = Live::deployed_with(Rig::new(world).await, &mapping()).await;
    let (alan, emmy) = (account_of(&live, person(3)), account_of(&live, person(5)));
    live.rig.simulation.change(|editor| {
        editor.update_account(alan, |alan| alan.external_id = Some(Uuid::from_u128(77).to_string().into()));
        editor.update_account(emmy, |emmy| emmy.external_id = None);
    });
    live
}

const COMPANY_LEFT_ALONE: LeftAlone = LeftAlone { never_ours: 3, changed_since: 2, in_doubt: 0 };

fn accounts(rig: &Rig) -> BTreeMap<AccountNumber, Seen> {
    rig.simulation.world(|world| world.accounts.iter().map(|account| (account.id, oracle::seen(account))).collect())
}

fn ids(accounts: &BTreeMap<AccountNumber, Seen>) -> BTreeMap<AccountNumber, Option<String>> {
    accounts.iter().map(|(&id, account)| (id, account.external_id.clone())).collect()
}

fn without_ids(accounts: &BTreeMap<AccountNumber, Seen>) -> BTreeMap<AccountNumber, Seen> {
    accounts.iter().map(|(&id, account)| (id, Seen { external_id: None, ..account.clone() })).collect()
}

/// A cleanup by a process of its own.
async fn clean_up(rig: &Rig) -> Result<CleanupReport, Failure> {
    rig.host().clean_up().await
}

async fn cleaned_up(rig: &Rig) -> CleanupReport {
    clean_up(rig).await.unwrap()
}

/// The accounts that were patched, each as often as it was.
fn patched(rig: &Rig) -> Vec<AccountNumber> {
    let patches = rig.simulation.writes().into_iter().filter(|write| write.body.as_ref() == br#"{"external_id":null}"#);
    patches.map(|write| write.account).collect()
}

fn is_twice(accounts: &[AccountNumber]) -> bool {
    accounts.iter().collect::<BTreeSet<_>>().len() < accounts.len()
}

#[tokio::test(start_paused = true)]
async fn it_clears_what_it_set_and_leaves_everything_else_as_it_is() {
    let live = company().await;
    let (rig, before) = (&live.rig, accounts(&live.rig));
    let grace = account_of(&live, person(2));
    let report = cleaned_up(rig).await;
    let expected = CleanupReport {
        status: "complete",
        subscriptions_ended: 2,
        cleared: 2,
        left_alone: COMPANY_LEFT_ALONE,
        failed: Vec::new(),
        remaining: Some(0),
    };
    assert_eq!(report, expected);
    let after = accounts(rig);
    assert_eq!(without_ids(&after), without_ids(&before));
    let mut left = ids(&before);
    left.insert(ADA, None);
    left.insert(grace, None);
    assert_eq!(ids(&after), left);
    assert!(rig.simulation.subscriptions().is_empty());
    assert!(rig.store.ledger.records().await.unwrap().is_empty());

    // Again: the same proof, and no write.
    let writes = rig.simulation.writes().len();
    assert_eq!(cleaned_up(rig).await, expected);
    assert_eq!((accounts(rig), rig.simulation.writes().len()), (after, writes));
}

#[tokio::test(start_paused = true)]
async fn it_costs_a_page_a_pass_a_write_an_account_and_a_look_a_hundred() {
    let live = company().await;
    let ledger_before = live.rig.store.dynamo.calls();
    cleaned_up(&live.rig).await;
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::AccountPatch), tally.calls(Route::AnyWrite)), (2, 2));
    assert_eq!((tally.calls(Route::AccountSearch), tally.calls(Route::AnyZenqms)), (3, 5));
    assert_eq!((tally.calls(Route::SubscriptionsList), tally.calls(Route::SubscriptionDelete)), (2, 2));
    assert_eq!(tally.calls(Route::AnyGraph), 4);
    let calls = live.rig.store.dynamo.calls();
    let count = |operation: &str| calls.get(operation).unwrap_or(&0) - ledger_before.get(operation).unwrap_or(&0);
    // One for each of two passes, and one before links are forgotten.
    assert_eq!(count("BatchGetItem"), 3);
    // Two subscriptions and two links are forgotten.
    assert_eq!((count("UpdateItem"), count("DeleteItem"), count("Scan")), (1, 4, 1));
    // The subscriptions, the accounts, the second pass and the end; and for each account what is about to be done and what
    // became of it.
    assert_eq!((count("PutItem"), count("Query")), (4 + 2 * 2, 2 + 2));
}

#[tokio::test(start_paused = true)]
async fn three_hundred_accounts_cost_two_listings_three_looks_and_a_write_each() {
    let rig = Rig::new(CompanyPlan::plain(300, 300, 0.1).build()).await;
    rig.run().await.unwrap();
    rig.simulation.reset_tally();
    let batches = rig.store.dynamo.calls().get("BatchGetItem").copied().unwrap_or_default();
    cleaned_up(&rig).await;
    let tally = rig.simulation.tally();
    assert_eq!((tally.calls(Route::AccountSearch), tally.calls(Route::AccountPatch)), (3 + 3 + 3, 270));
    // Fifty people a call: those of each page, those who are forgotten, and the 30 who were never ours in the second pass.
    let on_a_page = 2;
    let asked = rig.store.dynamo.calls()["BatchGetItem"] - batches;
    assert!(asked <= 3 * on_a_page + 3 * on_a_page + 3, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_the_same_and_writes_nothing() {
    let live = company().await;
    let before = (accounts(&live.rig), live.rig.simulation.kill_switch().steps());
    let host = live.host();
    let planned = rehearse(host.cleanup_services()).await.unwrap();
    assert_eq!((planned.status, planned.remaining, planned.cleared), ("planned", Some(2), 0));
    assert_eq!(planned.left_alone, COMPANY_LEFT_ALONE);
    assert_eq!((accounts(&live.rig), live.rig.simulation.kill_switch().steps()), before);
    assert_eq!(live.rig.store.ledger.ending().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn it_takes_as_many_invocations_as_it_needs_and_clears_nobody_twice() {
    let mut rig = Rig::new(CompanyPlan::plain(300, 300, 0.1).build()).await;
    let by_hand = ids(&accounts(&rig));
    rig.run().await.unwrap();
    rig.pace.start = 5.0;
    rig.pace.ceiling = 5.0;
    rig.budget = Some(Duration::from_secs(10));
    let (mut invocations, mut cleared) = (0, 0);
    let report = loop {
        invocations += 1;
        let began = tokio::time::Instant::now();
        let report = cleaned_up(&rig).await;
        assert!(began.elapsed() <= Duration::from_secs(10), "{:?}", began.elapsed());
        assert!(report.cleared >= cleared);
        cleared = report.cleared;
        if report.status != "running" {
            break report;
        }
        assert_eq!(report.remaining, None);
    };
    assert!(invocations > 8, "{invocations} invocations");
    assert_eq!((report.status, report.cleared, report.left_alone.never_ours), ("complete", 270, 30));
    assert!(patched(&rig).len() == 270 && !is_twice(&patched(&rig)));
    assert_eq!(ids(&accounts(&rig)), by_hand);
}

/// Eight people; three have accounts that are linked by us, two such that were linked by hand.
async fn small() -> (Live, BTreeMap<AccountNumber, Option<String>>) {
    let plan = CompanyPlan {
        people: 8,
        accounts: 5,
        groups: 2,
        mix: Mix { linked: 0.4, ..Mix::none() },
        ..CompanyPlan::default()
    };
    let world = plan.build();
    let before = world.accounts.iter().map(|account| (account.id, account.external_id.as_deref().map(str::to_owned)));
    let before: BTreeMap<_, _> = before.collect();
    assert!(before.values().flatten().count() > 0, "nobody is linked by hand");
    (Live::deployed(world, Behaviour::default(), 2).await, before)
}

/// Whose ids are there that were not there before.
fn left_of_ours(rig: &Rig, before: &BTreeMap<AccountNumber, Option<String>>) -> Vec<(AccountNumber, Option<String>)> {
    let now = ids(&accounts(rig));
    now.into_iter().filter(|(id, now)| before.get(id).unwrap_or(&None) != now).collect()
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_ours_by_its_address_and_somebody_elses_stays() {
    let live = Live::new(Rig::new(World::default()).await);
    live.host().keep(None).await.unwrap();
    let elsewhere = NewSubscription {
        watched: Watched::Groups,
        notification_url: "https://elsewhere.example/",
        expires: "2026-12-10T08:00:00Z".parse().unwrap(),
        client_state: &secrecy::SecretString::from("another"),
    };
    live.rig.graph().subscribe(&elsewhere).await.unwrap();
    live.rig.store.ledger.forget(Watched::Users).await.unwrap();
    let keeper_at_work = async {
        // It asked before the mark was there.
        tokio::time::sleep(Duration::from_mins(1)).await;
        let late = NewSubscription { watched: Watched::Users, notification_url: INTAKE, ..elsewhere };
        live.rig.graph().subscribe(&late).await.unwrap();
    };
    let (report, ()) = futures::join!(cleaned_up(&live.rig), keeper_at_work);
    assert_eq!((report.status, report.subscriptions_ended), ("complete", 2));
    let left: Vec<_> = live.rig.simulation.subscriptions().into_iter().map(|one| one.notification_url).collect();
    assert_eq!(left, ["https://elsewhere.example/"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_neither_does_harm() {
    let (whole, _) = small().await;
    let expected = cleaned_up(&whole.rig).await;
    let (live, before) = small().await;
    let (one, two) = futures::join!(clean_up(&live.rig), clean_up(&live.rig));
    assert!(one.unwrap().status == "complete" || two.unwrap().status == "complete");
    assert_eq!(cleaned_up(&live.rig).await, expected);
    assert_eq!(left_of_ours(&live.rig, &before), []);
}

#[tokio::test(start_paused = true)]
async fn an_empty_ledger_is_proven_to_be_empty() {
    let rig = Rig::new(World::default()).await;
    let began = tokio::time::Instant::now();
    let report = cleaned_up(&rig).await;
    assert_eq!((report.status, report.cleared, report.remaining), ("complete", 0, Some(0)));
    // Whoever was at work when it began has ended.
    assert!(began.elapsed() >= LONGEST_FLOW.unsigned_abs());
    rig.simulation.reset_tally();
    let began = tokio::time::Instant::now();
    assert_eq!(cleaned_up(&rig).await, report);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(rig.simulation.tally().calls(Route::AccountSearch), 1);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_somebody_sets_by_hand_later_is_his() {
    let live = company().await;
    cleaned_up(&live.rig).await;
    live.rig.simulation.change(|editor| {
        editor.update_account(ADA, |ada| ada.external_id = Some(person(1).to_string().into()));
    });
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared, report.left_alone.never_ours), ("complete", 2, 4));
    assert_eq!(accounts(&live.rig)[&ADA].external_id, Some(person(1).to_string()));
}

#[tokio::test(start_paused = true)]
async fn a_later_deployment_links_everybody_again_and_can_be_removed_again() {
    let (live, before) = small().await;
    let deployed = accounts(&live.rig);
    let first = cleaned_up(&live.rig).await;
    live.rig.store.ledger.resume().await.unwrap();
    let host = live.host();
    host.keep(None).await.unwrap();
    assert_eq!(host.full(&Silent).await.unwrap().status, "complete");
    assert_eq!(accounts(&live.rig), deployed);
    assert_eq!(live.rig.simulation.subscriptions().len(), 2);
    let second = cleaned_up(&live.rig).await;
    assert_eq!(second, first);
    assert_eq!(left_of_ours(&live.rig, &before), []);
}

#[tokio::test(start_paused = true)]
async fn the_first_mark_stands() {
    let rig = Rig::new(World::default()).await;
    let ledger = &rig.store.ledger;
    assert_eq!(ledger.ending().await.unwrap(), None);
    let first = "2026-11-25T08:00:00.123456789Z".parse().unwrap();
    assert_eq!(ledger.end(first).await.unwrap(), first);
    assert_eq!(ledger.end("2026-11-26T08:00:00Z".parse().unwrap()).await.unwrap(), first);
    assert_eq!(ledger.ending().await.unwrap(), Some(first));
    ledger.resume().await.unwrap();
    ledger.resume().await.unwrap();
    assert_eq!(ledger.ending().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn whatever_the_company_only_what_was_set_is_cleared() {
    for seed in 0..12 {
        let plan = CompanyPlan { seed, people: 60, accounts: 40, groups: 3, ..CompanyPlan::default() };
        let world = plan.build();
        let mut rig = Rig::new(world.clone()).await;
        rig.initial_sync = seed % 3 != 0;
        let by_hand = ids(&accounts(&rig));
        rig.run().await.unwrap();
        // Some ids are changed by hand afterwards.
        let set = left_of_ours(&rig, &by_hand);
        let mut expected = ids(&accounts(&rig));
        for (n, (account, _)) in set.iter().enumerate() {
            let changed = match n % 5 {
                3 => Some(Uuid::from_u128(0xabc_0000 + n as u128).to_string()),
                4 => Some("HR-7".to_owned() + &n.to_string()),
                _ => None,
            };
            if changed.is_some() {
                rig.simulation.change(|editor| {
                    editor.update_account(*account, |one| one.external_id = changed.as_deref().map(Into::into));
                });
            }
            expected.insert(*account, changed);
        }
        let before = accounts(&rig);
        let report = cleaned_up(&rig).await;
        assert_eq!(report.status, "complete");
        assert_eq!(ids(&accounts(&rig)), expected, "seed {seed}");
        assert_eq!(without_ids(&accounts(&rig)), without_ids(&before), "seed {seed}");
        assert_eq!(report.cleared + report.left_alone.changed_since, set.len() as u64, "seed {seed}");
    }
}
