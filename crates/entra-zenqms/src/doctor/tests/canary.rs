use std::time::Duration;

use local_host::Rhythm;
use simulator::AccountNumber;
use sync_core::domain::Operator;
use sync_core::ports::{Claim, EndingWrite, FirstApproval, Parked, ParkedPerson, People};
use uuid::Uuid;

use super::*;
use crate::doctor::canary::check;

/// Nothing else comes: no sweep, no keeper.
const QUEUES_ALONE: Rhythm = Rhythm { sweep: Duration::from_hours(24), keep: Duration::from_hours(24) };

async fn sent(stack: &Simulated, works: bool) -> Check {
    Box::pin(sent_for(stack, person(1), works)).await
}

async fn sent_for(stack: &Simulated, whom: Uuid, works: bool) -> Check {
    let (ledger, users) = (&stack.embedded.store.ledger, &stack.embedded.queues.users);
    let by = Operator::new("arn:aws:iam::123456789012:user/ada");
    let clock = stack.simulation.clock();
    let canary = check(ledger, users, &clock, &stack.host.ids, (whom.into(), &by));
    let told = tokio::select! {
        told = canary => told,
        () = Box::pin(stack.host.work(QUEUES_ALONE)), if works => panic!("the flows stopped"),
    };
    let parts = [Part { of: "Canary", checks: vec![told.clone()] }];
    hold("doctor", &Document { place: &Place::acme(), verdict: worst(&parts), parts: &parts });
    told
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_comes_back_says_how_long_it_took_and_writes_what_was_due() {
    let stack = Simulated::at_work().await;
    let told = sent(&stack, true).await;
    assert_eq!(told.verdict, Verdict::Ok, "{told:?}");
    insta::assert_snapshot!(told.sentence, @"A look at directory user 00000000-0000-0000-0000-000000001001 went through queue, function, Entra ID and ZenQMS, and its answer was in the ledger within 1 second.");
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
    insta::assert_snapshot!(format!("{} {}", told.sentence, told.cure.unwrap()), @"No look at directory user 00000000-0000-0000-0000-000000001001 was answered within 180 seconds; 1 message waits on the user queue. Nobody takes them, or not fast enough: look whether the function's trigger is enabled; docs/runbook.md, UserQueueAge and FunctionThrottles.");
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_is_taken_and_does_not_come_back_is_told_as_such() {
    let stack = Simulated::at_work().await;
    stack.simulation.faults().add(Fault::on(Route::AccountSearch).always().kind(FaultKind::Status(503)));
    let told = sent(&stack, true).await;
    assert_eq!(told.verdict, Verdict::Bad);
    insta::assert_snapshot!(format!("{} {}", told.sentence, told.cure.unwrap()), @"Directory user 00000000-0000-0000-0000-000000001001 was looked at, and the look failed each time for 180 seconds. It is tried again by itself. Queue and function work, and a service does not: the function's log says which and why; docs/runbook.md, WorkFails.");
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
async fn whoever_is_unknown_to_entra_id_is_no_fault_of_the_stack_either() {
    let stack = Simulated::at_work().await;
    let told = Box::pin(sent_for(&stack, person(99), true)).await;
    assert_eq!(told.verdict, Verdict::Warn);
    assert!(told.sentence.contains("Entra ID has no user "), "{}", told.sentence);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_parked_before_and_is_well_comes_back_as_anybody() {
    let stack = Simulated::at_work().await;
    let (code, because) = ("rejected".to_owned(), "long ago".to_owned());
    let parked = ParkedPerson { user: person(1).into(), code, because, at: stack.simulation.clock().now() };
    stack.embedded.store.ledger.park(&parked).await.unwrap();
    assert_eq!(sent(&stack, true).await.verdict, Verdict::Ok);
    assert!(stack.embedded.store.ledger.parked(person(1).into()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_held_by_somebody_else_is_waited_for() {
    let stack = Simulated::at_work().await;
    let claim = Claim::new(person(1).into(), Uuid::from_u128(7), stack.simulation.clock().now());
    stack.embedded.store.ledger.claim(&claim, None).await.unwrap();
    let told = sent(&stack, true).await;
    // Until the claim of whoever has died is over.
    assert!(told.verdict == Verdict::Ok && told.sentence.contains("within 6"), "{}", told.sentence);
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
