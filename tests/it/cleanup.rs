//! The teardown: what this integration set goes, everything else stays.

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
async fn work_that_is_still_queued_writes_nothing_any_more() {
    let live = company().await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.delete_person(person(2));
        editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
        editor.remove_member(crate::laboratory::group(1), simulator::Member::Person(person(1)));
    });
    let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
    assert!(live.left_behind().len() >= 4);
    cleaned_up(&live.rig).await;
    let after = accounts(&live.rig);
    // Sweeps and the keeper come as well.
    live.work_for(20 * MINUTE).await;
    assert_eq!(accounts(&live.rig), after);
    assert!(live.left_behind().is_empty() && live.rig.simulation.subscriptions().is_empty());
    let steps = live.rig.simulation.kill_switch().steps();
    for report in [live.host().full(&Silent).await.unwrap(), live.host().sweep(&Silent).await.unwrap()] {
        let because = report.halted_because.unwrap();
        assert!(report.status == "halted" && because.contains("is being removed"), "{because}");
    }
    assert_eq!(live.rig.simulation.kill_switch().steps(), steps, "a run was kept");
    assert_eq!(live.rig.simulation.tally().calls(Route::UsersList), 0);
    // A plan may still be made.
    assert_eq!(live.rig.rehearse().await.0.status, "complete");
}

#[tokio::test(start_paused = true)]
async fn a_batch_comes_back_while_the_mark_cannot_be_read() {
    let live = company().await;
    live.rig.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("Director".into())));
    let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
    let before = accounts(&live.rig);
    live.rig.store.dynamo.order(LedgerFault::new("GetItem", 1, 1_000, LedgerFaultKind::Failed));
    live.work_for(MINUTE).await;
    assert_eq!(accounts(&live.rig), before);
    assert!(!live.left_behind().is_empty());
}

/// A full run over people without accounts that takes minutes, since ZenQMS takes two requests a second.
async fn slow_run(people: usize) -> Live {
    let plan = CompanyPlan { people, accounts: 0, groups: 2, mix: Mix::none(), ..CompanyPlan::default() };
    let mut rig = Rig::with(plan.build(), Behaviour::default()).await;
    rig.pace.start = 2.0;
    rig.pace.ceiling = 2.0;
    Live::new(rig)
}

#[tokio::test(start_paused = true)]
async fn a_run_under_way_is_stopped_and_what_it_linked_meanwhile_is_cleared() {
    let live = slow_run(400).await;
    let rig = &live.rig;
    let runner = rig.host();
    let marked_at = tokio::time::Instant::now() + Duration::from_secs(20);
    let run = Box::pin(async { (runner.full(&Silent).await.unwrap(), tokio::time::Instant::now()) });
    let cleanup = async {
        tokio::time::sleep_until(marked_at).await;
        cleaned_up(rig).await
    };
    let ((run, stopped_at), report) = futures::join!(run, cleanup);
    assert_eq!(run.status, "halted", "{run:?}");
    assert!(stopped_at - marked_at < MINUTE, "{:?}", stopped_at - marked_at);
    let made = accounts(rig);
    assert!(made.len() > 30 && made.len() < 200, "{}", made.len());
    assert!(made.values().all(|account| account.external_id.is_none()));
    assert_eq!((report.status, report.cleared), ("complete", made.len() as u64));
    assert_eq!(report.left_alone, LeftAlone::default());
    let halted = rig.store.ledger.latest(Mode::Full).await.unwrap().unwrap();
    assert!(matches!(halted.state, RunState::Halted { .. }) && halted.pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_zenqms_makes_wait_for_minutes_is_waited_for() {
    let live = slow_run(100).await;
    let rig = &live.rig;
    let runner = rig.host();
    let cleanup = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let wait = FaultKind::Answer { status: 429, body: None, retry_after: Some("240".to_owned()) };
        rig.simulation.faults().add(Fault::on(Route::AccountCreate).kind(wait));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let made = accounts(rig).len();
        (cleaned_up(rig).await, made)
    };
    let (run, (report, made_before)) = futures::join!(Box::pin(runner.full(&Silent)), cleanup);
    assert_eq!(run.unwrap().status, "halted");
    let made = accounts(rig);
    assert!(made.len() > made_before, "nobody was held");
    assert!(made.values().all(|account| account.external_id.is_none()));
    assert_eq!((report.status, report.cleared), ("complete", made.len() as u64));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_asked_for_the_mark_just_before_it_was_set_asks_again() {
    let rig = Rig::new(CompanyPlan::plain(8, 4, 0.0).build()).await;
    // The run asks for the mark, and then has to ask twice for the latest run: the SDK waits in between.
    rig.store.dynamo.order(LedgerFault::new("GetItem", 2, 1, LedgerFaultKind::Failed));
    let (run, report) = futures::join!(rig.run(), clean_up(&rig));
    assert_eq!((run.unwrap().status, report.unwrap().status), ("halted", "complete"));
    assert!(rig.simulation.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_begins_at_the_same_moment_leaves_nothing_behind() {
    let world = CompanyPlan { people: 8, accounts: 4, groups: 2, ..CompanyPlan::default() }.build();
    let (mut halted, mut set_at_most) = (0, 0);
    for n in 0..40 {
        let mut behaviour = Behaviour::default();
        behaviour.zenqms.latency = Latency::Between(Duration::from_millis(1), Duration::from_millis(900));
        let rig = Rig::with(world.clone(), behaviour).await;
        let before = ids(&accounts(&rig));
        let cleanup = async {
            tokio::time::sleep(Duration::from_millis(50 * n)).await;
            cleaned_up(&rig).await
        };
        let (report, run) = futures::join!(cleanup, rig.run());
        assert_eq!(report.status, "complete", "{n}: {report:?}");
        assert_eq!(left_of_ours(&rig, &before), [], "{n}");
        assert_eq!(report.left_alone.changed_since, 0, "{n}: {report:?}");
        halted += usize::from(run.unwrap().status == "halted");
        set_at_most = set_at_most.max(report.cleared);
    }
    assert!(halted > 5 && set_at_most > 4, "{halted} halted, {set_at_most} set");
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

/// Does something until it ends, or is killed after so many steps.
async fn killed_after<R>(rig: &Rig, steps: u64, work: impl Future<Output = R>) -> Option<R> {
    let kill = rig.simulation.kill_switch().clone();
    kill.arm(steps);
    let survived = tokio::select! {
        done = work => Some(done),
        () = kill.tripped() => None,
    };
    kill.disarm();
    survived
}

/// Whose ids are there that were not there before.
fn left_of_ours(rig: &Rig, before: &BTreeMap<AccountNumber, Option<String>>) -> Vec<(AccountNumber, Option<String>)> {
    let now = ids(&accounts(rig));
    now.into_iter().filter(|(id, now)| before.get(id).unwrap_or(&None) != now).collect()
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_and_gone_on_with_it_ends_the_same() {
    let (whole, before) = small().await;
    let expected = cleaned_up(&whole.rig).await;
    assert!(expected.status == "complete" && expected.cleared > 4, "{expected:?}");
    let after = accounts(&whole.rig);
    for step in 1.. {
        let (live, _) = small().await;
        let survived = killed_after(&live.rig, step, clean_up(&live.rig)).await.is_some();
        let report = cleaned_up(&live.rig).await;
        assert_eq!(report, expected, "killed after step {step}");
        assert_eq!(accounts(&live.rig), after, "killed after step {step}");
        assert!(!is_twice(&patched(&live.rig)), "killed after step {step}");
        assert_eq!(left_of_ours(&live.rig, &before), []);
        if survived {
            assert!(step > 15, "only {step} steps");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_run_linked_and_did_not_live_to_record_is_cleared() {
    let world = CompanyPlan { people: 12, accounts: 6, groups: 2, ..CompanyPlan::default() }.build();
    for step in 1.. {
        let mut rig = Rig::new(world.clone()).await;
        rig.map(&serde_json::to_string(&world.suggested_mapping(2)).unwrap()).await.unwrap();
        let before = ids(&accounts(&rig));
        let survived = killed_after(&rig, step, rig.run()).await.is_some();
        let set = left_of_ours(&rig, &before).len() as u64;
        let report = cleaned_up(&rig).await;
        assert_eq!((report.status, report.cleared), ("complete", set), "killed after step {step}");
        assert_eq!(left_of_ours(&rig, &before), [], "killed after step {step}");
        assert_eq!(rig.store.ledger.links_left().await.unwrap(), 0);
        if survived {
            assert!(set > 4 && step > 20, "{set} links, {step} steps");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_flow_linked_and_did_not_live_to_record_is_cleared() {
    let mut unrecorded = 0;
    for step in 1.. {
        let live = company().await;
        let before = ids(&accounts(&live.rig));
        live.rig.simulation.change(|editor| {
            editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
        });
        let _ = timeout(MINUTE, live.rig.simulation.deliver_forever()).await;
        killed_after(&live.rig, step, live.work_for(MINUTE)).await;
        let set = left_of_ours(&live.rig, &before).len() as u64;
        unrecorded += set.saturating_sub(live.rig.store.ledger.links_left().await.unwrap() - 4);
        let report = cleaned_up(&live.rig).await;
        assert_eq!((report.status, report.cleared), ("complete", 2 + set), "killed after step {step}");
        assert_eq!(report.left_alone, COMPANY_LEFT_ALONE, "killed after step {step}");
        // Whoever links her by hand now may do so.
        let rosa =
            live.rig.simulation.world(|world| world.accounts.by_email("rosa@example.com").next().map(|one| one.id));
        if let Some(rosa) = rosa {
            let hers = Some(person(9).to_string());
            live.rig.simulation.change(|editor| {
                editor.update_account(rosa, |rosa| rosa.external_id = hers.as_deref().map(Into::into));
            });
            assert_eq!(cleaned_up(&live.rig).await.cleared, 2 + set, "killed after step {step}");
            assert_eq!(accounts(&live.rig)[&rosa].external_id, hers, "killed after step {step}");
        }
        if step > 12 {
            assert!(set == 1 && unrecorded > 0, "it was never killed in between");
            break;
        }
    }
}

/// Rosa is new; her account takes the flow a while, and the cleanup begins meanwhile.
async fn cleaned_up_during_a_flow(kind: FaultKind) {
    let live = company().await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountCreate).kind(kind.clone()));
    live.rig.simulation.change(|editor| {
        editor.add_person(Person::new(person(9), "Rosa", "Luxemburg", "rosa@example.com", "Economist"));
    });
    let cleanup = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        cleaned_up(&live.rig).await
    };
    let (report, ()) = futures::join!(cleanup, live.work_for(5 * MINUTE));
    let rosa = live.rig.simulation.world(|world| world.accounts.by_email("rosa@example.com").next().unwrap().clone());
    assert_eq!(rosa.external_id, None, "{kind:?}");
    assert_eq!((report.status, report.cleared, report.left_alone), ("complete", 3, COMPANY_LEFT_ALONE), "{kind:?}");
    assert!(!is_twice(&patched(&live.rig)), "{kind:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_flow_links_that_was_at_work_when_it_began_is_cleared() {
    // The account is made after the first pass; and before it, while the flow still waits for the answer.
    cleaned_up_during_a_flow(FaultKind::Slow(Duration::from_secs(25))).await;
    cleaned_up_during_a_flow(FaultKind::NoAnswer).await;
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
async fn while_zenqms_is_down_it_fails_and_later_it_goes_on() {
    let live = company().await;
    let rig = &live.rig;
    rig.simulation.faults().add(Fault::on(Route::AnyZenqms).always().kind(FaultKind::Status(503)));
    let failure = clean_up(rig).await.unwrap_err().to_string();
    assert!(failure.contains("out of order (HTTP 503)"), "{failure}");
    assert!(rig.simulation.subscriptions().is_empty());
    rig.simulation.faults().clear();
    let report = cleaned_up(rig).await;
    assert_eq!((report.status, report.cleared, report.subscriptions_ended), ("complete", 2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_wrong_keeps_no_id_in_zenqms_and_is_said_in_the_end() {
    let mut live = company().await;
    live.rig.secret = "wrong".to_owned();
    let failure = clean_up(&live.rig).await.unwrap_err();
    assert_eq!(failure.cause.code(), "not_signed_in");
    assert_eq!(patched(&live.rig).len(), 2);
    live.rig.secret = simulator::Registration::SECRET.to_owned();
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared, report.subscriptions_ended), ("complete", 2, 2));
    assert_eq!(patched(&live.rig).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_zenqms_refuses_is_named_and_holds_up_nobody() {
    let live = company().await;
    let rig = &live.rig;
    let refused = Fault::on(Route::AccountPatch).about(format!("/{}", ADA.0)).always().kind(FaultKind::Status(422));
    rig.simulation.faults().add(refused);
    let report = cleaned_up(rig).await;
    assert_eq!((report.status, report.cleared, report.remaining), ("failed", 1, Some(1)));
    let failed: Vec<_> = report.failed.iter().map(|one| (one.account.to_string(), one.code.as_str())).collect();
    assert_eq!(failed, [("101".to_owned(), "rejected")]);
    assert_eq!(report.left_alone, COMPANY_LEFT_ALONE);
    rig.simulation.faults().clear();
    let report = cleaned_up(rig).await;
    assert_eq!((report.status, report.cleared, report.failed), ("complete", 2, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_looked_at_and_counted_once() {
    for kind in [FaultKind::CutAfter, FaultKind::CutBefore, FaultKind::Status(500), FaultKind::NoAnswer] {
        let live = company().await;
        live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).times(2).kind(kind.clone()));
        let report = cleaned_up(&live.rig).await;
        assert_eq!((report.status, report.cleared, report.remaining), ("complete", 2, Some(0)), "{kind:?}");
        assert!(!is_twice(&patched(&live.rig)), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_page_leads_to_a_second_look_and_a_short_one_proves_nothing() {
    let live = company().await;
    let stale = FaultKind::Stale(simulator::Age::Changes(1));
    live.rig.simulation.faults().add(Fault::on(Route::AccountSearch).nth(2).times(2).kind(stale));
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared), ("complete", 2));
    assert!(!is_twice(&patched(&live.rig)));

    let live = company().await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountSearch).kind(FaultKind::EmptyPage));
    assert_eq!(clean_up(&live.rig).await.unwrap_err().cause.code(), "inconsistent_listing");
    assert_eq!(cleaned_up(&live.rig).await.cleared, 2);
}

#[tokio::test(start_paused = true)]
async fn keys_that_dynamodb_leaves_unprocessed_are_asked_for_again() {
    let live = company().await;
    live.rig.store.dynamo.order(LedgerFault::new("BatchGetItem", 1, 3, LedgerFaultKind::Unprocessed));
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared, report.left_alone), ("complete", 2, COMPANY_LEFT_ALONE));
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
