//! The ledger: who may write when two want to, and what a lost answer leaves behind.

use simulator::{EmbeddedDynamo, KillSwitch, LedgerFault, LedgerFaultKind};
use sync_core::domain::{AccountId, DirectoryUserId, MappingSpec};
use sync_core::failure::Cause;
use sync_core::io::dynamo::Ledger;
use sync_core::mapping::resolve;
use sync_core::ports::{Links, Runs};
use sync_core::run::{Link, Mode, RunRecord, RunState};

use crate::rig::Rig;

fn now() -> jiff::Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

async fn ledger() -> (EmbeddedDynamo, Ledger) {
    let dynamo = EmbeddedDynamo::memory(KillSwitch::default()).unwrap();
    let ledger = Ledger::new(dynamo.client(), "ledger");
    ledger.create_tables().await.unwrap();
    (dynamo, ledger)
}

fn saved(mut run: RunRecord, state: RunState) -> RunRecord {
    run.version += 1;
    run.state = state;
    run
}

#[tokio::test(start_paused = true)]
async fn of_two_who_begin_a_run_one_does() {
    let (_dynamo, ledger) = ledger().await;
    let (one, two) = (RunRecord::begin(Mode::Full, now(), 1), RunRecord::begin(Mode::Full, now(), 2));
    let (first, second) = tokio::join!(ledger.begin(&one, None), ledger.begin(&two, None));
    assert!(first.is_ok() != second.is_ok());
    let refused = first.and(second).unwrap_err();
    assert!(matches!(refused.cause, Cause::Superseded), "{refused}");
    let latest = ledger.latest(Mode::Full).await.unwrap().unwrap();
    assert!(latest == one || latest == two);
    // Nothing is left of the other.
    assert_eq!(ledger.run(&if latest == one { two } else { one }.id).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn of_two_who_save_a_run_the_one_who_read_it_last_does() {
    let (_dynamo, ledger) = ledger().await;
    let run = RunRecord::begin(Mode::Full, now(), 1);
    ledger.begin(&run, None).await.unwrap();
    let theirs = saved(run.clone(), RunState::Halted { because: "theirs".to_owned() });
    let ours = saved(run, RunState::Complete);
    ledger.save(&theirs).await.unwrap();
    let refused = ledger.save(&ours).await.unwrap_err();
    assert!(matches!(refused.cause, Cause::Superseded), "{refused}");
    assert_eq!(ledger.latest(Mode::Full).await.unwrap(), Some(theirs));
}

#[tokio::test(start_paused = true)]
async fn a_save_whose_answer_was_lost_is_known_for_ours() {
    let (dynamo, ledger) = ledger().await;
    let run = RunRecord::begin(Mode::Full, now(), 1);
    dynamo.order(LedgerFault::new("TransactWriteItems", 1, 1, LedgerFaultKind::AnswerLost));
    ledger.begin(&run, None).await.unwrap();
    dynamo.order(LedgerFault::new("PutItem", 1, 1, LedgerFaultKind::AnswerLost));
    let ours = saved(run, RunState::Complete);
    ledger.save(&ours).await.unwrap();
    assert_eq!(ledger.latest(Mode::Full).await.unwrap(), Some(ours));
    assert_eq!(dynamo.calls().get("PutItem"), Some(&2), "written, refused, and looked at");
}

#[tokio::test(start_paused = true)]
async fn the_first_to_record_a_link_stands() {
    let (_dynamo, ledger) = ledger().await;
    let user = DirectoryUserId::parse("11111111-2222-3333-4444-555555555555").unwrap();
    let link = |account: &str, dice| Link {
        user,
        account: AccountId::text(account),
        set_at: now(),
        set_by: RunRecord::begin(Mode::Full, now(), dice).id,
    };
    assert_eq!(ledger.link(user).await.unwrap(), None);
    ledger.record(&link("8412", 1)).await.unwrap();
    ledger.record(&link("8412", 2)).await.unwrap();
    assert_eq!(ledger.link(user).await.unwrap(), Some(link("8412", 1)));
    // Another account is another link.
    ledger.record(&link("9000", 3)).await.unwrap();
    assert_eq!(ledger.link(user).await.unwrap(), Some(link("9000", 3)));
}

#[tokio::test(start_paused = true)]
async fn a_mapping_is_read_as_it_was_kept() {
    let world = simulator::CompanyPlan { people: 50, groups: 5, ..simulator::CompanyPlan::default() }.build();
    let rig = Rig::new(world.clone()).await;
    assert!(rig.store.ledger.mapping().await.unwrap().is_empty());
    let json = serde_json::to_string(&world.suggested_mapping(5)).unwrap();
    let mapping = resolve(&MappingSpec::parse(&json).unwrap(), &rig.graph(), &rig.zenqms()).await.unwrap();
    rig.store.ledger.keep_mapping(&mapping).await.unwrap();
    assert_eq!(rig.store.ledger.mapping().await.unwrap(), mapping);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_there_is_named() {
    let dynamo = EmbeddedDynamo::memory(KillSwitch::default()).unwrap();
    let failure = Ledger::new(dynamo.client(), "no-such-table").latest(Mode::Full).await.unwrap_err().to_string();
    assert!(failure.contains("no such table: check LEDGER_TABLE"), "{failure}");
}
