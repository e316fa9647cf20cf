use sync_core::domain::{AccountId, RoleId};
use sync_core::guard::Withdrawal;
use sync_core::plan::HeldBecause;
use sync_core::ports::Queue as _;
use sync_core::run::RunId;
use sync_core::work::UserWork;

use super::*;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

fn held(n: u8, roles: &[&str]) -> HeldPerson {
    HeldPerson {
        withdrawal: Withdrawal {
            user: DirectoryUserId::from_bytes([n; 16]),
            account: AccountId::text(&n.to_string()),
            deactivates: roles.is_empty(),
            roles: roles.iter().map(|role| RoleId::text(role)).collect(),
        },
        because: HeldBecause::Limit,
        since: now(),
        by: RunId::from_stored("user-flow".to_owned()),
        gone: false,
        approval: None,
    }
}

fn shown_now(people: &[HeldPerson]) -> PlanHash {
    Shown::of(people.to_vec()).plan
}

fn wanted(json: &str) -> anyhow::Result<Wanted> {
    let file = std::env::temp_dir().join(format!("entra-zenqms-plan-{}.json", uuid::Uuid::new_v4()));
    std::fs::write(&file, json).unwrap();
    let wanted = Wanted::read(file.to_str().unwrap());
    std::fs::remove_file(file).unwrap();
    wanted
}

#[test]
fn a_plan_is_named_by_its_hash_or_by_the_file_that_held_wrote() {
    let shown = Shown::of(vec![held(1, &[]), held(2, &["17"])]);
    let json = serde_json::to_string(&Document { shown: &shown, approved: &[] }).unwrap();
    assert_eq!(wanted(&json).unwrap(), Wanted::File(shown.clone()));
    assert_eq!(Wanted::read(shown.plan.short()).unwrap().hash().as_str(), shown.plan.short());
    for text in ["", "yes", "0123456789a", "0123456789xyz", "no-such-file.json"] {
        let error = Wanted::read(text).unwrap_err().to_string();
        assert!(error.contains("is neither a file nor the hash of a plan"), "{error}");
    }
}

#[test]
fn a_file_that_was_altered_is_refused() {
    let shown = Shown::of(vec![held(1, &[]), held(2, &["17"])]);
    let json = serde_json::to_string(&shown).unwrap();
    for (was, is) in [("\"17\"", "\"18\""), ("\"deactivates\":true", "\"deactivates\":false"), ("\"1\"", "\"9\"")] {
        let error = wanted(&json.replacen(was, is, 1)).unwrap_err().to_string();
        assert!(error.contains("was altered: it says that its hash is"), "{was}: {error}");
    }
    assert!(wanted("[]").unwrap_err().to_string().contains("is not what `entra-zenqms held --json` writes"));
}

#[test]
fn a_refusal_says_what_has_changed() {
    let shown = Wanted::File(Shown::of(vec![held(1, &[]), held(2, &["17"]), held(3, &[])]));
    let now = [held(2, &["17", "18"]), held(3, &[]), held(4, &[])];
    let (one, two, four) = (held(1, &[]).withdrawal.user, held(2, &[]).withdrawal.user, held(4, &[]).withdrawal.user);
    let hash = shown_now(&now);
    assert_eq!(
        shown.refusal(&hash, &now),
        format!(
            "what is kept back is not what {} stands for; nothing was approved. Now it is {}, of 3 people. What has changed:\n  \
             - {one} is not kept back any more\n  \
             ~ {two} would lose role 17, role 18 now, and was shown to lose role 17\n  \
             + {four} would lose account 4",
            shown.hash().short(),
            hash.short()
        )
    );
    let typed = Wanted::Hash(PlanHash::typed("0123456789ab"));
    assert!(typed.refusal(&hash, &now).contains("`entra-zenqms held` shows it"));
    assert!(typed.refusal(&hash, &[]).starts_with("nothing waits for approval"));
}

#[test]
fn why_people_are_kept_back_is_told_once_for_each_reason() {
    let shrunk = HeldPerson { because: HeldBecause::DirectoryShrunk, ..held(3, &[]) };
    let later = HeldPerson { since: now() + SignedDuration::from_hours(1), ..held(1, &[]) };
    let told = reasons(&[later, held(2, &[]), shrunk], now());
    assert_eq!(
        told,
        [
            "2 people: kept back for approval: more people would lose access than the guard's limit allows; the first since \
             2026-11-25 08:00 UTC, 0 s ago.",
            "1 person: kept back for approval: the directory showed less than half of the people who are linked; the first \
             since 2026-11-25 08:00 UTC, 0 s ago.",
        ]
    );
}

#[tokio::test]
async fn what_is_approved_is_on_the_queue_and_can_be_approved_again_after_a_crash() {
    let stack = Embedded::new().await;
    let (ledger, users) = (&stack.store.ledger, &stack.store.users);
    // More than a page of DynamoDB's, and more than a batch of SQS's.
    let everybody: Vec<HeldPerson> = (1..=25).map(|n| held(n, &[])).collect();
    for person in &everybody {
        ledger.hold(person).await.unwrap();
    }
    let plan = shown_now(&everybody);
    users.send(&[]).await.unwrap();
    for _ in 0..2 {
        let when = (now(), SignedDuration::from_hours(24));
        let approved = approve_plan(ledger, users, &RandomIds, &plan, ("ada", "checked"), when).await.unwrap().unwrap();
        assert_eq!((approved.people.len(), approved.changed.len()), (25, 0));
    }
    let messages = stack.store.sqs.messages(&stack.store.urls.users);
    assert_eq!(messages.len(), 50);
    assert!(messages.iter().all(|message| UserWork::read(&message.body).is_ok()));
    let kept = ledger.all_held().await.unwrap();
    assert!(kept.iter().all(|held| held.approval.as_ref().is_some_and(|approval| approval.by == "ada")));
}
