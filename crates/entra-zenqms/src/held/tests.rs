use sync_core::domain::{AccountId, Lens, Mapping, OpaqueId, RoleId};
use sync_core::evidence::SettingsHash;
use sync_core::guard::{Limits, Withdrawal};
use sync_core::plan::HeldBecause;
use sync_core::ports::{Nesting, Queue as _};
use sync_core::run::RunId;
use sync_core::work::UserWork;

use super::*;
use crate::schemas::hold;
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

#[test]
fn what_is_held_and_what_was_approved_is_what_the_schemas_say() {
    hold("held", &Document { shown: &Shown::of(Vec::new()), approved: &[] });
    let because = [
        HeldBecause::Limit,
        HeldBecause::DirectoryShrunk,
        HeldBecause::TooFewHolders,
        HeldBecause::AwaitsApproval,
        HeldBecause::Protected,
        HeldBecause::Later,
        HeldBecause::Unseen,
    ];
    let mut people: Vec<HeldPerson> =
        because.into_iter().zip(1..).map(|(because, n)| HeldPerson { because, ..held(n, &["17"]) }).collect();
    let shown = Shown::of(people.clone());
    let approval = Approval {
        by: "arn:aws:iam::123456789012:user/ada".to_owned(),
        why: "checked".to_owned(),
        at: now(),
        until: now() + SignedDuration::from_hours(24),
        plan: shown.plan.clone(),
    };
    let by = RunId::new(sync_core::run::Mode::Full, now(), 7);
    people.push(HeldPerson { gone: true, approval: Some(approval.clone()), by, ..held(7, &[]) });
    people[0].withdrawal.account = AccountId(OpaqueId::Number(8412));
    people[0].withdrawal.roles.push(RoleId(OpaqueId::Number(18)));
    hold("held", &Document { shown: &Shown::of(people.clone()), approved: &people });
    hold("approve", &Granted::held(&people, &people[..1], &approval.by));
    hold("approve", &Granted::held(&[], &[], &approval.by));
    let proposal = Proposal {
        plan: shown.plan,
        made_at: now(),
        made_by: approval.by.clone(),
        settings: SettingsHash::of(
            &Mapping::default(),
            Nesting::Transitive,
            true,
            &Limits::default(),
            &Lens::default(),
        ),
        people: 7,
        approval: None,
    };
    hold("approve", &Granted::proposed(&proposal, &approval));
}
