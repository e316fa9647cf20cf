//! What is on record is what happened: no more, no less.

mod tampering;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use initial_sync::{Settings, Silent, full};
use simulator::{AccountNumber, CompanyPlan, Fault, FaultKind, LedgerFault, LedgerFaultKind, Route, World};
use sync_core::domain::{DirectoryUserId, Field, Operator};
use sync_core::evidence::{Answer, Entry, Intent, Outcome, Record, RecordedField, RoleChange, Verdict, Write, verify};
use sync_core::pace::PaceLimits;
use sync_core::ports::{Clock, EvidenceRead, Queue, Runs};
use sync_core::run::Mode;
use sync_core::work::{UserWork, Why, Wish};

use crate::laboratory::{self, account_of, person, title_of};
use crate::live::Live;
use crate::oracle::{Seen, seen};
use crate::rig::Rig;

/// All that is on record, in the order in which it was written.
async fn records(rig: &Rig) -> Vec<Record> {
    let page = rig.store.ledger.records(None).await.unwrap();
    assert!(page.next.is_none() && page.strangers.is_empty());
    let mut records: Vec<Record> = page.records.iter().map(|record| record.record().unwrap()).collect();
    records.sort_by_key(|record| (record.at, record.user, record.number));
    records
}

async fn verdict(rig: &Rig) -> Verdict {
    verify(&rig.store.ledger, |_| ()).await.unwrap()
}

/// What ZenQMS must hold by what is on record, if it held this before.
fn replay(before: &World, records: &[Record]) -> BTreeMap<AccountNumber, Seen> {
    let mut accounts: BTreeMap<_, _> = before.accounts.iter().map(|account| (account.id, seen(account))).collect();
    let mut open: HashMap<DirectoryUserId, &Intent> = HashMap::new();
    for record in records {
        match &record.entry {
            Entry::Intent(intent) => assert_eq!(open.insert(record.user, intent), None),
            Entry::Outcome(outcome) => carry_out(&mut accounts, open.remove(&record.user).unwrap(), outcome),
            Entry::Dropped(dropped) => panic!("{dropped:?}"),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    accounts
}

fn carry_out(accounts: &mut BTreeMap<AccountNumber, Seen>, intent: &Intent, outcome: &Outcome) {
    let happened = |write: Write| {
        let answer = outcome.answers.iter().find(|answered| answered.write == write).map(|answered| &answered.answer);
        matches!(answer, Some(Answer::Done | Answer::Shown))
    };
    let Some(account) = &outcome.account else {
        assert!(!intent.writes().any(happened));
        return;
    };
    let account = accounts.entry(AccountNumber(account.to_string().parse().unwrap())).or_insert_with(|| {
        assert_eq!(intent.account, None, "an account out of nothing");
        let nothing = String::new;
        Seen {
            external_id: None,
            email: nothing(),
            first_name: nothing(),
            last_name: nothing(),
            title: nothing(),
            is_active: true,
            roles: [].into(),
        }
    });
    if happened(Write::Account) {
        for change in &intent.fields {
            let to = change.to.as_ref().map(|text| text.expose().to_owned());
            let from = change.from.as_ref().map(|text| text.expose().to_owned());
            let text = |field: &mut String| {
                assert!(intent.account.is_none() || from.as_deref().unwrap_or_default() == *field, "{change:?}");
                *field = to.clone().unwrap_or_default();
            };
            match change.field {
                RecordedField::Link => account.external_id = to,
                RecordedField::Profile(Field::Email) => text(&mut account.email),
                RecordedField::Profile(Field::FirstName) => text(&mut account.first_name),
                RecordedField::Profile(Field::LastName) => text(&mut account.last_name),
                RecordedField::Profile(Field::Title) => text(&mut account.title),
                RecordedField::Profile(Field::IsActive) => account.is_active = to.unwrap() == "true",
            }
        }
    }
    let role = |change: &RoleChange| change.role.to_string().parse::<u64>().unwrap();
    if happened(Write::RolesGiven) {
        account.roles.extend(intent.given.iter().map(role));
    }
    if happened(Write::RolesTaken) {
        for change in &intent.taken {
            assert!(account.roles.remove(&role(change)), "{change:?} was not held");
        }
    }
}

/// What is on record is whole, has no loose end, and leads from what ZenQMS held to what it holds. Defaults that ZenQMS gives
/// to new accounts are its own affair.
pub(crate) async fn assert_tells_what_happened(rig: &Rig, before: &World) {
    let verdict = verdict(rig).await;
    assert!(verdict.is_whole() && verdict.unfinished == 0, "{verdict:?}");
    let told = replay(before, &records(rig).await);
    rig.simulation.world(|now| {
        let defaults: Vec<u64> = now.roles.values().filter(|role| role.is_default).map(|role| role.id.0).collect();
        let is: BTreeMap<_, _> = now.accounts.iter().map(|account| (account.id, seen(account))).collect();
        assert_eq!(told.keys().collect::<Vec<_>>(), is.keys().collect::<Vec<_>>());
        for (id, mut is) in is {
            let mut told = told[&id].clone();
            for default in &defaults {
                is.roles.remove(default);
                told.roles.remove(default);
            }
            assert_eq!(told, is, "account {id}");
        }
    });
}

async fn company() -> (Rig, World) {
    let world = CompanyPlan { people: 100, accounts: 50, groups: 6, ..CompanyPlan::default() }.build();
    let mut rig = Rig::new(world.clone()).await;
    rig.map(&serde_json::to_string(&world.suggested_mapping(6)).unwrap()).await.unwrap();
    (rig, world)
}

async fn chain(rig: &Rig, n: u128) -> Vec<Record> {
    let stored = rig.store.ledger.chain(person(n).into()).await.unwrap();
    stored.iter().map(|record| record.record().unwrap()).collect()
}

fn intent(record: &Record) -> &Intent {
    match &record.entry {
        Entry::Intent(intent) => intent,
        other @ (Entry::Outcome(_) | Entry::Dropped(_)) => panic!("{other:?}"),
    }
}

fn answers(record: &Record) -> Vec<&Answer> {
    match &record.entry {
        Entry::Outcome(outcome) => outcome.answers.iter().map(|answered| &answered.answer).collect(),
        other @ (Entry::Intent(_) | Entry::Dropped(_)) => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_record_of_a_run_leads_from_what_was_to_what_is() {
    let (rig, world) = company().await;
    rig.run().await.unwrap();
    assert_tells_what_happened(&rig, &world).await;
    // Nobody who was left alone is on it, and a second run adds nothing.
    let before = records(&rig).await;
    rig.run().await.unwrap();
    assert_eq!(records(&rig).await, before);
    assert_eq!(before.len() as u64, verdict(&rig).await.records);
}

/// Two records a person, whatever the number of writes, and a question where his chain ends. A DynamoDB write unit is 1 kB; a
/// new account with roles may take two for what is about to be written, everything else takes one.
#[tokio::test(start_paused = true)]
async fn it_costs_two_or_three_write_units_and_a_read_a_person() {
    let (rig, _) = company().await;
    let calls = |operation: &str| rig.store.dynamo.calls().get(operation).copied().unwrap_or_default();
    rig.run().await.unwrap();
    let verdict = verdict(&rig).await;
    assert_eq!(verdict.records, 2 * verdict.people);
    let (mut units, mut bytes, people) = (0, 0, usize::try_from(verdict.people).unwrap());
    for record in rig.store.ledger.records(None).await.unwrap().records {
        // Both keys, the names of the attributes and the hash.
        let size = record.text.len() + 36 + 10 + 14 + 32;
        bytes += size;
        units += size.div_ceil(1_024);
    }
    let (units, bytes) = (100 * units / people, bytes / people);
    assert!(units <= 220 && bytes < 1_100, "{units} hundredths of a unit, {bytes} bytes a person");
    let asked = calls("Query");
    assert!(asked >= verdict.people && asked < verdict.people + 20, "{asked} of {}", verdict.people);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_on_record_with_its_reason() {
    let live = laboratory::live().await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.remove_member(laboratory::group(1), simulator::Member::Person(person(1)));
    });
    live.work_until_idle(Duration::from_hours(1)).await;
    let chain = chain(&live.rig, 1).await;
    let created = intent(&chain[0]);
    assert!(created.by.run.as_str().starts_with("full-") && created.by.why.is_none());
    assert_eq!(created.given[0].groups, [laboratory::group(1).into()]);
    assert_eq!((created.fields.len(), answers(&chain[1])), (6, vec![&Answer::Done, &Answer::Done]));
    let mut titles = chain[2..].iter().step_by(2).map(intent).flat_map(|intent| &intent.fields);
    let title = titles.next().unwrap();
    assert_eq!(title.from.as_ref().unwrap().expose(), "Scientist");
    assert_eq!(title.to.as_ref().unwrap().expose(), "Director");
    assert!(titles.next().is_none());
    let taken: Vec<_> = chain[2..].iter().step_by(2).map(intent).filter(|intent| !intent.taken.is_empty()).collect();
    assert_eq!((taken.len(), taken[0].taken[0].name.as_str()), (1, "Document Reader"));
    assert!(chain[2..].iter().step_by(2).map(intent).all(|intent| intent.by.why == Some(Why::Notification)));
    assert!(created.by.settings.is_some() && created.by.settings == taken[0].by.settings);
}

/// Whoever has asked for a look or for a run stands with what was written for it, and nobody else does.
#[tokio::test(start_paused = true)]
async fn who_has_asked_for_it_is_on_record() {
    let live = laboratory::live().await;
    let (ada, now) = (Operator::new("arn:aws:iam::123456789012:user/ada"), live.rig.simulation.clock().now());
    // Graph tells nobody of what changes in ZenQMS.
    let by_hand = |n: u128| {
        let account = account_of(&live, person(n));
        live.rig.simulation.change(|editor| {
            editor.update_account(account, |account| account.title = "By hand".into());
        });
    };
    by_hand(1);
    let work = UserWork::asked(person(1).into(), ada.clone(), Wish::Look, now);
    live.rig.store.users.send(&[work.message("1")]).await.unwrap();
    live.work_until_idle(Duration::from_hours(1)).await;
    by_hand(2);
    let host = live.rig.host();
    let settings = Settings { asked_by: Some(&ada), ..host.run_settings() };
    full(host.run_services(), settings, &Silent).await.unwrap();
    for (n, run) in [(1, "user-flow"), (2, "full-")] {
        let chain = chain(&live.rig, n).await;
        let (before, put_right) = (intent(&chain[0]), intent(&chain[chain.len() - 2]));
        assert_eq!((&before.by.asked_by, &put_right.by.asked_by), (&None, &Some(ada.clone())));
        assert!(put_right.by.run.as_str().starts_with(run), "{put_right:?}");
    }
    let latest = live.rig.store.ledger.latest(Mode::Full).await.unwrap().unwrap();
    assert_eq!(latest.asked_by, Some(ada));
}

/// A run that another invocation goes on with is still his who has asked for it.
#[tokio::test(start_paused = true)]
async fn whoever_goes_on_with_a_run_writes_for_whom_it_was_asked() {
    let (mut rig, _) = company().await;
    let ada = Operator::new("arn:aws:iam::123456789012:user/ada");
    rig.budget = Some(Duration::from_secs(1));
    rig.pace = PaceLimits { start: 5.0, ceiling: 5.0 };
    let host = rig.host();
    let settings = Settings { asked_by: Some(&ada), ..host.run_settings() };
    assert_eq!(full(host.run_services(), settings, &Silent).await.unwrap().status, "running");
    rig.budget = None;
    assert_eq!(rig.run().await.unwrap().status, "complete");
    let written = records(&rig).await;
    let intents = written.iter().filter(|record| matches!(record.entry, Entry::Intent(_))).map(intent);
    assert!(intents.clone().count() > 1);
    intents.for_each(|intent| assert_eq!(intent.by.asked_by.as_ref(), Some(&ada)));
}

/// ZenQMS does it, and its answer is lost: the record says so. If it did not, it is asked once more, and nothing new is on record.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_told_by_what_the_account_shows() {
    for (kind, told) in [(FaultKind::CutAfter, Answer::Shown), (FaultKind::Status(503), Answer::Done)] {
        let live = laboratory::live().await;
        live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).kind(kind).times(1));
        live.rig.simulation.change(|editor| {
            editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        });
        live.work_until_idle(Duration::from_hours(1)).await;
        assert_eq!(title_of(&live, person(1)), "Director");
        let chain = chain(&live.rig, 1).await;
        assert_eq!((chain.len(), answers(&chain[3])), (4, vec![&told]));
        assert_eq!(verdict(&live.rig).await.unfinished, 0);
    }
}

/// An account was created, the answer is lost, and the search does not show it yet: it is not told that it was not created.
#[tokio::test(start_paused = true)]
async fn what_is_shown_late_is_told_as_what_happened() {
    let mut rig = Rig::new(laboratory::world()).await;
    rig.map(&laboratory::mapping()).await.unwrap();
    let faults = rig.simulation.faults();
    faults.add(Fault::on(Route::AccountCreate).kind(FaultKind::CutAfter).times(1));
    faults.add(Fault::on(Route::AccountSearch).kind(FaultKind::EmptyPage).times(2));
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.created, report.counts.failed), (4, 0));
    assert_tells_what_happened(&rig, &laboratory::world()).await;
    let told: Vec<_> = records(&rig).await;
    let lost = told.iter().filter_map(|record| match &record.entry {
        Entry::Outcome(outcome) => Some(outcome),
        Entry::Intent(_) | Entry::Dropped(_) => None,
    });
    let shown: Vec<_> = lost.filter(|outcome| outcome.answers[0].answer == Answer::Shown).collect();
    // The roles were not asked for then: of them, no answer was lost.
    assert!(shown.len() == 1 && shown[0].answers.len() == 1, "{shown:?}");
}

/// A leaver: the answer is lost, nothing was done, and his account is not found for a moment. It is told, and he is looked at once
/// more.
#[tokio::test(start_paused = true)]
async fn whoever_is_not_found_behind_a_lost_answer_is_not_forgotten() {
    let live = laboratory::live().await;
    let faults = live.rig.simulation.faults();
    faults.add(Fault::on(Route::AccountPatch).kind(FaultKind::Status(503)).times(1));
    faults.add(Fault::on(Route::AccountSearch).kind(FaultKind::EmptyPage).nth(2));
    live.rig.simulation.change(|editor| editor.delete_person(person(1)));
    live.work_until_idle(Duration::from_hours(2)).await;
    assert!(!laboratory::is_active(&live, person(1)));
    let chain = chain(&live.rig, 1).await;
    let told: Vec<_> = chain[2..].iter().skip(1).step_by(2).flat_map(answers).collect();
    assert_eq!(told, [&Answer::NotTold, &Answer::Done], "{chain:?}");
    assert_tells_what_happened(&live.rig, &laboratory::world()).await;
}

/// The account is written and answered, and the answer to the roles is lost: what was answered stays so.
#[tokio::test(start_paused = true)]
async fn what_was_answered_counts_whatever_is_lost_behind_it() {
    let mut rig = Rig::new(laboratory::world()).await;
    rig.map(&laboratory::mapping()).await.unwrap();
    rig.simulation.faults().add(Fault::on(Route::RolesAdd).kind(FaultKind::CutAfter).times(1));
    assert_eq!(rig.run().await.unwrap().counts.failed, 0);
    assert_tells_what_happened(&rig, &laboratory::world()).await;
    let mut told = Vec::new();
    for n in 1..=3 {
        told.push(answers(&chain(&rig, n).await[1]).into_iter().cloned().collect::<Vec<_>>());
    }
    told.sort_by_key(|answers| answers.contains(&Answer::Shown));
    assert_eq!(told[2], [Answer::Done, Answer::Shown]);
    assert!(told[..2].iter().flatten().all(|answer| *answer == Answer::Done), "{told:?}");
}

/// Whatever the table of the evidence does, nothing is written that is not on record, and what was written is put on it.
#[tokio::test(start_paused = true)]
async fn nothing_is_written_that_cannot_be_put_on_record() {
    use LedgerFaultKind::{AnswerLost, Failed, Throttled};
    for kind in [Throttled, Failed, AnswerLost] {
        for nth in 1..=6 {
            let live = laboratory::live().await;
            // Longer than the SDK tries.
            live.rig.store.dynamo.order(LedgerFault::new("PutItem", nth, 4, kind));
            live.rig.simulation.change(|editor| {
                editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
            });
            live.work_until_idle(Duration::from_hours(2)).await;
            assert_eq!(title_of(&live, person(1)), "Director", "{kind:?} {nth}");
            let verdict = verdict(&live.rig).await;
            assert!(verdict.is_whole() && verdict.unfinished == 0, "{kind:?} {nth}: {verdict:?}");
            let chain = chain(&live.rig, 1).await;
            let happened = chain[2..].iter().skip(1).step_by(2).flat_map(answers);
            let happened = happened.filter(|answer| matches!(answer, Answer::Done | Answer::Shown)).count();
            assert_eq!(happened, 1, "{kind:?} {nth}: {chain:?}");
        }
    }
}

/// Killed after each step in turn, and looked at again: no loose end is left.
#[tokio::test(start_paused = true)]
async fn killed_anywhere_the_next_look_ends_what_was_begun() {
    for step in 0.. {
        let live = laboratory::live().await;
        let kill = live.rig.simulation.kill_switch().clone();
        live.rig.simulation.change(|editor| {
            editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
            editor.add_member(laboratory::group(2), simulator::Member::Person(person(1)));
        });
        kill.arm(step);
        let done = tokio::select! {
            () = live.work_until_idle(Duration::from_hours(1)) => true,
            () = kill.tripped() => false,
        };
        kill.disarm();
        if done {
            assert!(step > 12, "only {step} steps");
            break;
        }
        tokio::time::sleep(Duration::from_mins(10)).await;
        let live = Live::new(live.rig);
        live.work_until_idle(Duration::from_hours(1)).await;
        live.sweep().await;
        assert_tells_what_happened(&live.rig, &laboratory::world()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_cleanup_takes_back_is_on_record() {
    let live = laboratory::live().await;
    live.host().clean_up().await.unwrap();
    let chain = chain(&live.rig, 1).await;
    let unlinked = intent(&chain[2]);
    assert_eq!((unlinked.by.run.as_str(), unlinked.fields[0].field), ("cleanup", RecordedField::Link));
    assert_eq!(unlinked.fields[0].from.as_ref().unwrap().expose(), person(1).to_string());
    assert_eq!((unlinked.fields[0].to.as_ref(), answers(&chain[3])), (None, vec![&Answer::Done]));
    // The ledger has forgotten the links, and still knows where the evidence ended before.
    assert!(verdict(&live.rig).await.is_whole());
}
