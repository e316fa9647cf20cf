use std::time::Duration;

use local_host::Rhythm;
use simulator::AccountNumber;
use sync_core::domain::Operator;
use sync_core::ports::{EndingWrite, FirstApproval};

use super::*;
use crate::doctor::canary::check;

/// Nothing else comes: no sweep, no keeper.
const QUEUES_ALONE: Rhythm = Rhythm { sweep: Duration::from_hours(24), keep: Duration::from_hours(24) };

async fn sent(stack: &Simulated, works: bool) -> Check {
    let (ledger, users) = (&stack.embedded.store.ledger, &stack.embedded.queues.users);
    let by = Operator::new("arn:aws:iam::123456789012:user/ada");
    let clock = stack.simulation.clock();
    let canary = check(ledger, users, &clock, &stack.host.ids, (person(1).into(), &by));
    let told = tokio::select! {
        told = canary => told,
        () = async { if works { stack.host.work(QUEUES_ALONE).await } else { std::future::pending().await } } => panic!(),
    };
    let parts = [Part { of: "Canary", checks: vec![told.clone()] }];
    hold("doctor", &Document { whereabouts: &Whereabouts::acme(), verdict: worst(&parts), parts: &parts });
    told
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_comes_back_says_how_long_it_took_and_writes_what_was_due() {
    let stack = Simulated::at_work().await;
    let told = sent(&stack, true).await;
    assert_eq!(told.verdict, Verdict::Ok, "{told:?}");
    insta::assert_snapshot!(told.sentence, @"A look at directory user 00000000-0000-0000-0000-000000001001 went through the queue, the function, Entra ID and ZenQMS, and was in the ledger within 1 second.");
    // What is due is written, as after any change.
    let account = |stack: &Simulated| -> (AccountNumber, String) {
        let ada = person(1).to_string();
        stack.simulation.world(|world| {
            let account = world.accounts.by_external_id(&ada).next().unwrap();
            (account.id, account.title.to_string())
        })
    };
    let (id, title) = account(&stack);
    stack.simulation.change(|editor| editor.update_account(id, |account| account.title = "By hand".into()));
    assert_eq!(sent(&stack, true).await.verdict, Verdict::Ok);
    assert_eq!(account(&stack).1, title);
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_nobody_takes_from_the_queue_is_told_with_where_to_look() {
    let stack = Simulated::at_work().await;
    let told = sent(&stack, false).await;
    assert_eq!(told.verdict, Verdict::Bad);
    insta::assert_snapshot!(format!("{} {}", told.sentence, told.cure.unwrap()), @"Nobody has looked at directory user 00000000-0000-0000-0000-000000001001 within 180 seconds; 1 message waits on the user queue. Nobody takes them, or not fast enough: look whether the function's trigger is enabled; docs/runbook.md, UserQueueAge and FunctionThrottles.");
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_is_taken_and_does_not_come_back_is_told_as_such() {
    let stack = Simulated::at_work().await;
    stack.simulation.faults().add(Fault::on(Route::AccountSearch).always().kind(FaultKind::Status(503)));
    let told = sent(&stack, true).await;
    assert_eq!(told.verdict, Verdict::Bad);
    insta::assert_snapshot!(format!("{} {}", told.sentence, told.cure.unwrap()), @"Nobody has looked at directory user 00000000-0000-0000-0000-000000001001 within 180 seconds; 1 message is in work or not due yet. The function takes them and does not get to the end: its log says why, docs/runbook.md, WorkFails; what was put off is tried again by itself.");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_parked_for_it_is_no_fault_of_the_stack() {
    let stack = Simulated::at_work().await;
    stack.simulation.change(|editor| editor.update_person(person(1), |ada| ada.job_title = Some("New".into())));
    stack.simulation.faults().add(Fault::on(Route::AccountPatch).kind(FaultKind::Status(422)));
    let told = sent(&stack, true).await;
    assert_eq!(told.verdict, Verdict::Warn);
    assert!(
        told.sentence.contains("and is parked: ") && told.cure.unwrap().contains("ParkedPeople"),
        "{}",
        told.sentence
    );
}

#[tokio::test(start_paused = true)]
async fn while_nobody_is_looked_at_none_is_sent() {
    let stack = Simulated::at_work().await;
    stack.embedded.store.ledger.wait_for_plan(stack.simulation.clock().now()).await.unwrap();
    let told = sent(&stack, true).await;
    assert!(told.verdict == Verdict::Warn && told.sentence.starts_with("Not sent: since "), "{}", told.sentence);
    stack.embedded.store.ledger.end(stack.simulation.clock().now()).await.unwrap();
    let told = sent(&stack, true).await;
    assert!(told.sentence.contains("is being removed"), "{}", told.sentence);
    assert_eq!(stack.embedded.bodies(&stack.embedded.store.urls.users), Vec::<String>::new());
}
