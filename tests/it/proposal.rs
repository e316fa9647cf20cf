//! What was proposed and approved is done, value by value, and nothing else.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use initial_sync::{Silent, apply, propose};
use jiff::SignedDuration;
use simulator::{CompanyPlan, Fault, FaultKind, Route, World};
use sync_core::evidence::Entry;
use sync_core::failure::{Cause, Failure};
use sync_core::guard::{Approval, Limit, Limits, PlanHash};
use sync_core::ports::{Clock, EvidenceRead, Proposals, ProposalsWrite, Runs};
use sync_core::proposal::{Proposal, Proposed};
use sync_core::run::{Mode, RunRecord, RunReport};

use crate::laboratory::person;
use crate::oracle;
use crate::rig::Rig;
use crate::{evidence, exceptions};

fn company() -> World {
    CompanyPlan { people: 60, accounts: 40, groups: 5, seed: 3, ..CompanyPlan::default() }.build()
}

async fn rig(world: &World) -> Rig {
    let mut rig = Rig::new(world.clone()).await;
    rig.map(&serde_json::to_string(&world.suggested_mapping(5)).unwrap()).await.unwrap();
    rig
}

/// What would be written now, kept.
async fn proposed(rig: &Rig) -> (RunReport, Proposed, PlanHash) {
    let host = rig.host();
    let settings = host.run_settings();
    let (report, proposed) = propose(host.run_services(), settings, &Silent, |_, _| {}).await.unwrap();
    let proposal = Proposal {
        plan: proposed.hash(&settings.hash()),
        made_at: rig.simulation.clock().now(),
        made_by: "ada".to_owned(),
        settings: settings.hash(),
        people: proposed.people() as u64,
        approval: None,
    };
    rig.store.ledger.propose(&proposal, &proposed).await.unwrap();
    (report, proposed, proposal.plan)
}

fn approval(rig: &Rig, plan: &PlanHash) -> Approval {
    let at = rig.simulation.clock().now();
    let until = at + SignedDuration::from_hours(24);
    Approval { by: "qm".to_owned(), why: "ticket 4711".to_owned(), at, until, plan: plan.clone() }
}

pub(crate) async fn approved(rig: &Rig) -> (RunReport, PlanHash) {
    let (report, _, plan) = proposed(rig).await;
    assert!(rig.store.ledger.approve_proposal(&plan, &approval(rig, &plan)).await.unwrap());
    (report, plan)
}

pub(crate) async fn carry_out(rig: &Rig, plan: &PlanHash) -> Result<RunReport, Failure> {
    let host = rig.host();
    Box::pin(apply(host.run_services(), host.run_settings(), plan, &Silent)).await
}

#[tokio::test(start_paused = true)]
async fn what_was_approved_is_done_and_then_nothing_is_left_to_be_done() {
    let world = company();
    let rig = rig(&world).await;
    let (planned, plan) = approved(&rig).await;
    assert_eq!(rig.simulation.writes(), []);
    let report = carry_out(&rig, &plan).await.unwrap();
    assert_eq!((report.status, &report.counts), ("complete", &planned.counts));
    assert!(report.counts.created > 10 && report.counts.roles_added > 10, "{:?}", report.counts);

    let whole = self::rig(&world).await;
    whole.run().await.unwrap();
    assert_eq!(rig.simulation.world(oracle::accounts), whole.simulation.world(oracle::accounts));
    let (_, left, _) = proposed(&rig).await;
    assert!(left.is_empty(), "{left:?}");
    evidence::assert_tells_what_happened(&rig, &world).await;
    exceptions::assert_they_are_listed(&rig).await;

    // Each write is on record with who approved it.
    let records = rig.store.ledger.records(None).await.unwrap().records;
    let intents = records.iter().filter_map(|stored| match stored.record()?.entry {
        Entry::Intent(intent) => Some(intent),
        Entry::Outcome(_) | Entry::Dropped(_) => None,
    });
    let by: Vec<_> = intents.map(|intent| intent.by).collect();
    assert!(!by.is_empty());
    assert!(by.iter().all(|by| by.proposed && by.approval.as_ref().is_some_and(|approval| approval.by == "qm")));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_that_nobody_approved_or_too_long_ago_or_by_other_settings() {
    let mut rig = rig(&company()).await;
    let refused = async |rig: &Rig, plan: &PlanHash| {
        let report = carry_out(rig, plan).await.unwrap();
        assert_eq!((report.status, rig.simulation.writes().len()), ("halted", 0));
        report.halted_because.unwrap()
    };
    let unheard_of = PlanHash::typed(&"ab".repeat(32));
    let because = refused(&rig, &unheard_of).await;
    assert!(because.ends_with("no such proposal is kept; `entra-zenqms plan` makes one"), "{because}");

    let (_, _, plan) = proposed(&rig).await;
    let because = refused(&rig, &plan).await;
    assert!(because.ends_with("nobody has approved it, or the approval is void by now"), "{because}");
    let approval = approval(&rig, &plan);
    assert!(rig.store.ledger.approve_proposal(&plan, &approval).await.unwrap());
    tokio::time::sleep(Duration::from_hours(25)).await;
    let because = refused(&rig, &plan).await;
    assert!(because.ends_with("nobody has approved it, or the approval is void by now"), "{because}");

    let (_, plan) = approved(&rig).await;
    rig.initial_sync = false;
    let because = refused(&rig, &plan).await;
    assert!(because.ends_with("other settings were deployed since it was made; make another one"), "{because}");
    assert!(!rig.store.ledger.approve_proposal(&unheard_of, &approval).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn whoever_has_changed_since_is_left_alone_and_counted() {
    let rig = rig(&company()).await;
    let (planned, plan) = approved(&rig).await;
    let hired = rig.simulation.world(|world| {
        let linked = |id: uuid::Uuid| world.accounts.by_external_id(&id.to_string()).next().is_some();
        let complete = world.people.iter().filter(|one| one.deleted.is_none() && one.job_title.is_some());
        complete.map(|one| one.id).filter(|&id| !linked(id)).last().unwrap()
    });
    rig.simulation.change(|editor| editor.update_person(hired, |one| one.job_title = Some("Somebody else".into())));
    let report = carry_out(&rig, &plan).await.unwrap();
    assert_eq!((report.status, report.skipped_by_reason.get("not_as_proposed")), ("complete", Some(&1)));
    let written = |report: &RunReport| report.counts.created + report.counts.linked + report.counts.updated;
    assert_eq!(written(&report) + 1, written(&planned));
    assert!(rig.simulation.writes().iter().all(|write| !format!("{:?}", write.body).contains("Somebody else")));

    // The next plan has him, and him alone.
    let (_, left, _) = proposed(&rig).await;
    assert_eq!(left.people(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_takes_access_away_beyond_the_limits_is_done_where_it_was_approved_so() {
    let mut rig = rig(&company()).await;
    rig.run().await.unwrap();
    let none = Limit::Of { people: 0, basis_points: 0 };
    rig.limits = Limits {
        deactivations_per_run: none,
        deactivations_per_day: none,
        role_losses_per_run: none,
        role_losses_per_day: none,
        ..Limits::default()
    };
    let leavers = rig.simulation.change(|editor| {
        let all: Vec<_> =
            editor.people.iter().filter(|one| one.account_enabled == Some(true)).map(|one| one.id).take(15).collect();
        for id in &all {
            editor.update_person(*id, |one| one.account_enabled = Some(false));
        }
        all.len() as u64
    });
    assert_eq!(rig.rehearse().await.0.counts.deactivated, 0);
    let (planned, plan) = approved(&rig).await;
    assert!(planned.counts.deactivated > 5 && planned.counts.deactivated <= leavers, "{:?}", planned.counts);
    let report = carry_out(&rig, &plan).await.unwrap();
    assert_eq!((report.status, report.held), ("complete", 0));
    assert_eq!(report.counts, planned.counts);
}

#[tokio::test(start_paused = true)]
async fn killed_after_any_step_and_gone_on_with_it_ends_the_same() {
    let world = company();
    let whole = rig(&world).await;
    let (_, plan) = approved(&whole).await;
    let counts = carry_out(&whole, &plan).await.unwrap().counts;
    let expected = whole.simulation.world(oracle::accounts);
    let mut steps = 3;
    loop {
        let rig = rig(&world).await;
        let (_, plan) = approved(&rig).await;
        let kill = rig.simulation.kill_switch().clone();
        kill.arm(steps);
        let ended = tokio::select! {
            report = carry_out(&rig, &plan) => Some(report.unwrap()),
            () = kill.tripped() => None,
        };
        kill.disarm();
        if ended.is_some() {
            assert!(steps > 150, "only {steps} steps");
            break;
        }
        // By then the approval is void; but it began in time.
        tokio::time::sleep(Duration::from_hours(25) + RunRecord::LEASE.unsigned_abs()).await;
        let begun = rig.store.ledger.latest(Mode::Apply).await.unwrap().is_some();
        let report = carry_out(&rig, &plan).await.unwrap();
        if begun {
            assert_eq!((report.status, &report.counts), ("complete", &counts), "killed after step {steps}");
            assert_eq!(rig.simulation.world(oracle::accounts), expected, "killed after step {steps}");
            evidence::assert_tells_what_happened(&rig, &world).await;
        } else {
            assert_eq!(report.status, "halted", "killed after step {steps}");
        }
        steps += 11;
    }
}

#[tokio::test(start_paused = true)]
async fn a_proposal_that_was_altered_is_not_carried_out() {
    let rig = rig(&company()).await;
    let (_, plan) = approved(&rig).await;
    let dynamo = rig.store.dynamo.client();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = HashMap::from([("pk".to_owned(), text(&format!("proposal#{plan}"))), ("sk".to_owned(), text("0000"))]);
    let read = dynamo.get_item().table_name("ledger").set_key(Some(key)).send().await;
    let mut item = read.unwrap().item.unwrap();
    let mut people = item["people"].as_b().unwrap().clone().into_inner();
    people[20] ^= 1;
    item.insert("people".to_owned(), AttributeValue::B(people.into()));
    dynamo.put_item().table_name("ledger").set_item(Some(item)).send().await.unwrap();
    let report = carry_out(&rig, &plan).await.unwrap();
    let because = report.halted_because.unwrap();
    assert!(report.status == "halted" && because.contains("it was altered since it was made"), "{because}");
    assert_eq!(rig.simulation.writes(), []);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_created_although_the_answer_was_lost_is_no_other_plan() {
    let rig = rig(&company()).await;
    let (planned, plan) = approved(&rig).await;
    rig.simulation.faults().add(Fault::on(Route::AccountCreate).times(4).kind(FaultKind::CutAfter));
    let report = carry_out(&rig, &plan).await.unwrap();
    assert_eq!((report.status, &report.counts), ("complete", &planned.counts));
    let (_, left, _) = proposed(&rig).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_proposal_is_forgotten_after_a_month_when_another_is_made() {
    let rig = rig(&company()).await;
    let (_, _, first) = proposed(&rig).await;
    // The same again is still approved.
    assert!(rig.store.ledger.approve_proposal(&first, &approval(&rig, &first)).await.unwrap());
    proposed(&rig).await;
    let kept = rig.store.ledger.proposal(&first).await.unwrap().unwrap();
    assert!(kept.approval.is_some());
    tokio::time::sleep(Duration::from_hours(31 * 24)).await;
    rig.simulation.change(|editor| editor.delete_person(person(1)));
    let ana = rig.simulation.world(|world| world.people.iter().find(|one| one.deleted.is_none()).unwrap().id);
    rig.simulation.change(|editor| editor.update_person(ana, |one| one.job_title = Some("Another".into())));
    let (_, _, second) = proposed(&rig).await;
    let all = rig.store.ledger.proposals().await.unwrap();
    assert_eq!(all.iter().map(|one| &one.plan).collect::<Vec<_>>(), [&second]);
    assert!(rig.store.ledger.proposed(&kept).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn of_two_proposals_neither_takes_the_place_of_the_other() {
    let mut rig = rig(&company()).await;
    let (_, first) = approved(&rig).await;
    rig.budget = Some(Duration::ZERO);
    assert_eq!(carry_out(&rig, &first).await.unwrap().status, "running");
    rig.budget = None;
    let one = rig.simulation.world(|world| world.people.iter().find(|one| one.deleted.is_none()).unwrap().id);
    rig.simulation.change(|editor| editor.update_person(one, |one| one.job_title = Some("Another".into())));
    let (_, second) = approved(&rig).await;
    assert_ne!(first, second);
    let failure = carry_out(&rig, &second).await.unwrap_err();
    assert!(matches!(failure.cause, Cause::Busy), "{failure}");
    assert_eq!(rig.store.ledger.latest(Mode::Apply).await.unwrap().unwrap().proposal, Some(first.clone()));

    assert_eq!(carry_out(&rig, &first).await.unwrap().status, "complete");
    assert_eq!(carry_out(&rig, &second).await.unwrap().status, "complete");
    let ran = rig.store.ledger.latest(Mode::Apply).await.unwrap().unwrap();
    assert_eq!((ran.proposal, ran.tally.counts().failed), (Some(second), 0));
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_proposal_is_not_right_any_more_is_halted_and_does_not_come_again_and_again() {
    let mut rig = rig(&company()).await;
    let (_, plan) = approved(&rig).await;
    rig.budget = Some(Duration::ZERO);
    assert_eq!(carry_out(&rig, &plan).await.unwrap().status, "running");
    rig.budget = None;
    rig.initial_sync = false;
    assert_eq!(carry_out(&rig, &plan).await.unwrap().status, "halted");
    let kept = rig.store.ledger.latest(Mode::Apply).await.unwrap().unwrap();
    assert!(matches!(kept.state, sync_core::run::RunState::Halted { .. }), "{kept:?}");
    assert_eq!(rig.simulation.writes(), []);
}
