use sync_core::ports::{EndingWrite, FirstApproval};
use sync_core::run::RunRecord;

use super::*;
use crate::schemas::hold;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

fn look(user: DirectoryUserId) -> (DirectoryUserId, Wish) {
    (user, Wish::Look)
}

fn ada() -> Operator {
    Operator::new("arn:aws:iam::123456789012:user/ada")
}

fn person(n: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([n; 16])
}

async fn ask(stack: &Embedded) -> Result<Asked, NotAsked> {
    let asked = ask_for_all(&stack.store.ledger, &stack.queues.runs, ada(), now(), &RandomIds).await;
    asked.inspect(|asked| hold("sync", asked))
}

#[tokio::test]
async fn people_are_looked_at_as_often_as_it_is_asked_for() {
    let stack = Embedded::new().await;
    hold("sync", &Queued { queued: &[person(1), person(2)] });
    for _ in 0..2 {
        ask_for(
            &stack.store.ledger,
            &stack.queues.users,
            &[person(1), person(2)].map(look),
            (&ada(), now()),
            &RandomIds,
        )
        .await
        .unwrap();
    }
    let works: Vec<_> =
        stack.bodies(&stack.store.urls.users).iter().map(|body| UserWork::read(body).unwrap()).collect();
    assert_eq!(works.iter().map(|work| work.user).collect::<Vec<_>>(), [person(1), person(2), person(1), person(2)]);
    assert!(works.iter().all(|work| *work == UserWork::asked(work.user, ada(), Wish::Look, now())));
}

#[tokio::test]
async fn a_full_run_is_begun_or_gone_on_with_and_never_doubled() {
    let stack = Embedded::new().await;
    assert_eq!(ask(&stack).await.unwrap(), Asked::Queued);

    let began = now() - RunRecord::LEASE - RunRecord::LEASE;
    let interrupted = RunRecord::begin(Mode::Full, began, 1);
    stack.store.ledger.begin(&interrupted, None).await.unwrap();
    assert_eq!(ask(&stack).await.unwrap(), Asked::GoesOn { run: interrupted.id.clone() });

    let under_way = RunRecord::begin(Mode::Full, now(), 2);
    stack.store.ledger.begin(&under_way, Some(&interrupted.id)).await.unwrap();
    assert_eq!(ask(&stack).await.unwrap(), Asked::UnderWay { run: under_way.id.clone() });

    let works: Vec<_> = stack.bodies(&stack.runs).iter().map(|body| RunWork::read(body).unwrap()).collect();
    let new = RunWork { asked_by: Some(ada()), ..RunWork::new(Mode::Full, now()) };
    let named = RunWork { run: Some(interrupted.id), ..new.clone() };
    assert_eq!(works, [new, named]);
}

#[tokio::test]
async fn before_the_first_approved_run_nothing_is_asked_for_but_that() {
    let stack = Embedded::new().await;
    stack.store.ledger.wait_for_plan(now()).await.unwrap();
    let all = ask(&stack).await.unwrap_err().to_string();
    assert_eq!(
        all,
        "since 2026-11-25T08:00:00Z the integration waits for its first approved plan, and nothing else is written before that \
         is carried out: `entra-zenqms plan` makes it, `approve` and `apply` follow"
    );
    let some =
        ask_for(&stack.store.ledger, &stack.queues.users, &[person(1)].map(look), (&ada(), now()), &RandomIds).await;
    assert!(matches!(some, Err(NotAsked::WaitsForPlan(_))), "{some:?}");
    assert!(stack.bodies(&stack.runs).is_empty() && stack.bodies(&stack.store.urls.users).is_empty());
    unless_being_removed(&stack.store.ledger).await.unwrap();
    // It is being removed first of all.
    stack.store.ledger.end(now()).await.unwrap();
    assert!(matches!(ask(&stack).await, Err(NotAsked::BeingRemoved(_))));
}

#[tokio::test]
async fn once_the_integration_is_being_removed_nothing_is_asked_for() {
    let stack = Embedded::new().await;
    stack.store.ledger.end(now()).await.unwrap();
    let all = ask(&stack).await.unwrap_err().to_string();
    assert!(all.starts_with("the integration is being removed since 2026-11-25T08:00:00Z"), "{all}");
    let some =
        ask_for(&stack.store.ledger, &stack.queues.users, &[person(1)].map(look), (&ada(), now()), &RandomIds).await;
    assert!(matches!(some, Err(NotAsked::BeingRemoved(_))), "{some:?}");
    assert!(stack.bodies(&stack.runs).is_empty() && stack.bodies(&stack.store.urls.users).is_empty());
}
