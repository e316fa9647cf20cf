//! Checks of which each needs no company.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use jiff::SignedDuration;
use lambda_host::{Environment, Metrics, Start};
use sync_core::domain::{AccountId, Admission, Lens, Mapping, Scope};
use sync_core::guard::{Approval, PlanHash, Withdrawal};
use sync_core::io::http::{Limits, ReqwestTransport, Transport, TransportError};
use sync_core::plan::HeldBecause;
use sync_core::run::RunId;

use super::*;
use crate::stack::Embedded;

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

#[test]
fn a_stack_that_was_changed_to_its_end_is_well_and_no_other() {
    for (status, verdict) in [
        ("CREATE_COMPLETE", Verdict::Ok),
        ("UPDATE_COMPLETE", Verdict::Ok),
        ("UPDATE_ROLLBACK_COMPLETE", Verdict::Warn),
        ("UPDATE_IN_PROGRESS", Verdict::Warn),
        ("DELETE_IN_PROGRESS", Verdict::Warn),
        ("UPDATE_ROLLBACK_FAILED", Verdict::Bad),
        ("DELETE_FAILED", Verdict::Bad),
        ("ROLLBACK_COMPLETE", Verdict::Bad),
    ] {
        assert_eq!(deployed::status(status).verdict, verdict, "{status}");
    }
}

#[test]
fn a_credential_that_ends_soon_is_a_warning_and_one_that_has_ended_is_more() {
    let of = |day: &str| deployed::credentials(&Ok(Some(day.parse().unwrap())), now());
    assert_eq!(of("2026-11-24").verdict, Verdict::Bad);
    assert_eq!(of("2026-11-25").verdict, Verdict::Warn);
    assert_eq!(of("2026-12-24").verdict, Verdict::Warn);
    assert_eq!(of("2026-12-25").verdict, Verdict::Ok);
    assert!(of("2030-01-01").sentence.contains("1133 days"), "{}", of("2030-01-01").sentence);
    assert_eq!(deployed::credentials(&Ok(None), now()).verdict, Verdict::Ok);
    let unreadable = deployed::credentials(&Err("reading the credentials failed: x".to_owned()), now());
    assert_eq!(
        (unreadable.verdict, unreadable.sentence.as_str()),
        (Verdict::Bad, "Reading the credentials failed: x.")
    );
}

fn settings(but: (&'static str, &'static str)) -> Check {
    let given = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("ENTRA_TENANT_ID", "7e4a0000-51c0-4000-8000-000000000001"),
        ("ENTRA_CLIENT_ID", "c11e0000-51c0-4000-8000-000000000002"),
        ("CREDENTIALS_SECRET_ID", "acme"),
        ("LEDGER_TABLE", "acme"),
        ("EVIDENCE_TABLE", "acme-evidence"),
        ("USER_QUEUE_URL", "https://sqs/acme"),
        but,
    ];
    let environment: Environment = given.into_iter().collect();
    let metrics = Arc::new(Metrics::new("acme".to_owned()));
    let start = Start::new(environment, ReqwestTransport::new().unwrap(), metrics).unwrap();
    deployed::settings(&start, &Flow::new(&start))
}

#[test]
fn a_setting_that_no_function_can_use_is_named() {
    let check = settings(("NESTED_GROUPS", "false"));
    assert_eq!(check.verdict, Verdict::Ok);
    assert!(check.sentence.ends_with("the initial sync is ON, nested groups do not count."), "{}", check.sentence);
    let check = settings(("MISSING_FIELDS", r#"{"mail": {"attribute": "userPrincipalName"}}"#));
    assert!(
        check.sentence.ends_with("nested groups count, something stands in for a missing mail."),
        "{}",
        check.sentence
    );
    for (variable, value) in [
        ("NESTED_GROUPS", "perhaps"),
        ("DEACTIVATIONS_PER_DAY", "many"),
        ("MISSING_FIELDS", "Not stated"),
        ("TIME_BUDGET_SECONDS", "long"),
    ] {
        let check = settings((variable, value));
        assert!(check.verdict == Verdict::Bad && check.sentence.contains(variable), "{check:?}");
    }
    let denied = deployed::unreadable(&anyhow::anyhow!("AWS refuses ada the right lambda:GetFunctionConfiguration"));
    assert!(denied.verdict == Verdict::Bad && denied.sentence.ends_with("lambda:GetFunctionConfiguration."));
}

/// Answers everybody alike.
struct Answers(u16, &'static str);

impl Transport for Answers {
    async fn send(&self, request: Request<Bytes>, _: Limits) -> Result<Response<Bytes>, TransportError> {
        let token = request.uri().query().unwrap().split_once('=').unwrap().1.to_owned();
        let body = self.1.replace("{token}", &token);
        match self.0 {
            0 => Err(TransportError::NotSent { host: "intake.example".to_owned(), reason: "no way".to_owned() }),
            status => Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap()),
        }
    }
}

#[tokio::test]
async fn the_address_for_notifications_has_to_send_back_what_it_is_asked() {
    for (answer, verdict) in [
        (Answers(200, "{token}"), Verdict::Ok),
        (Answers(200, "hello"), Verdict::Bad),
        (Answers(403, "{token}"), Verdict::Bad),
        (Answers(0, ""), Verdict::Warn),
    ] {
        let check = intake::check(&answer, Simulated::NOTIFICATION_URL, uuid::Uuid::from_u128(7)).await;
        assert_eq!(check.verdict, verdict, "{check:?}");
    }
}

#[test]
fn each_assumption_has_its_name_in_the_documentation() {
    let documented = include_str!("../../../../../docs/zenqms-assumptions.md");
    for name in assumptions::ALL {
        assert!(documented.contains(&format!("| {name} |")), "{name}");
    }
}

fn held(n: u8, approved: bool) -> HeldPerson {
    let user = sync_core::domain::DirectoryUserId::from_bytes([n; 16]);
    let withdrawal = Withdrawal { user, account: AccountId::text("7"), deactivates: true, roles: vec![] };
    let approval = approved.then(|| Approval {
        by: "qm".to_owned(),
        why: "ticket".to_owned(),
        at: now(),
        until: now() + SignedDuration::from_hours(24),
        plan: PlanHash::of([&withdrawal]),
    });
    HeldPerson {
        withdrawal,
        gone: false,
        because: HeldBecause::Limit,
        since: now() - SignedDuration::from_hours(5),
        by: RunId::from_stored("user-flow".to_owned()),
        approval,
    }
}

#[tokio::test]
async fn what_waits_for_approval_is_counted_and_what_was_approved_is_not() {
    let stack = Embedded::new().await;
    let mut kept = Kept::read(&stack.store.ledger, &stack.queues, now()).await.unwrap();
    let deployment = Deployment {
        status: String::new(),
        function: String::new(),
        notification_url: String::new(),
        mapping: String::new(),
        sweep_minutes: 15,
    };
    let of = |kept: &Kept, name| {
        at_work::checks(&kept.status, &kept.held, &deployment).into_iter().find(|check| check.name == name).unwrap()
    };
    kept.held = vec![held(1, true)];
    assert_eq!(of(&kept, "kept back").verdict, Verdict::Ok);
    kept.held = vec![held(1, true), held(2, false), held(3, false)];
    let check = of(&kept, "kept back");
    assert_eq!(check.verdict, Verdict::Warn);
    let expected = "Of 2 people access is kept that the rules would take, the first 5 h 0 min ago. 1 person is approved and will \
                    follow.";
    assert_eq!(check.sentence, expected);

    for (hours, verdict) in [(0, Verdict::Ok), (1, Verdict::Warn), (25, Verdict::Bad)] {
        kept.status.last_sweep = Some(now() - SignedDuration::from_hours(hours));
        assert_eq!(of(&kept, "sweeps").verdict, verdict, "{hours}");
    }
}

mod evidence_table {
    use aws_sdk_dynamodb::types::{
        ContinuousBackupsDescription, ContinuousBackupsStatus, PointInTimeRecoveryDescription,
        PointInTimeRecoveryStatus, SseDescription, SseStatus, TableDescription, TableStatus,
    };
    use sync_core::domain::DirectoryUserId;
    use sync_core::evidence::{Flaw, Verdict as Verified};
    use sync_core::failure::{Cause, Failure};

    use super::*;

    const REFUSED: &str = "AWS refuses ada the right dynamodb:DescribeTable (AccessDeniedException): have it given";

    fn table(status: TableStatus, encrypted: Option<SseStatus>) -> Vec<(Verdict, &'static str)> {
        let encrypted = encrypted.map(|status| SseDescription::builder().status(status).build());
        let table = TableDescription::builder().table_status(status).set_sse_description(encrypted).build();
        let checks = evidence::table("acme-Evidence", Ok(Some(&table)));
        checks.into_iter().map(|check| (check.verdict, check.name)).collect()
    }

    #[test]
    fn it_has_to_be_there_and_ought_to_be_encrypted_by_a_key_of_the_account() {
        let there = (Verdict::Ok, "table");
        assert_eq!(table(TableStatus::Active, Some(SseStatus::Enabled)), [there, (Verdict::Ok, "encryption")]);
        assert_eq!(table(TableStatus::Updating, None), [there, (Verdict::Warn, "encryption")]);
        let locked = table(TableStatus::InaccessibleEncryptionCredentials, Some(SseStatus::Enabled));
        assert_eq!(locked, [(Verdict::Bad, "table")]);
        let gone = evidence::table("acme-Evidence", Ok(None));
        assert!(gone[0].verdict == Verdict::Bad && gone[0].sentence.starts_with("There is no table acme-Evidence"));
        let unseen = evidence::table("acme-Evidence", Err(REFUSED));
        assert!(unseen.len() == 1 && unseen[0].verdict == Verdict::Warn, "{unseen:?}");
        assert_eq!(unseen[0].sentence, format!("{REFUSED}."));
    }

    #[test]
    fn what_is_damaged_has_to_be_recoverable() {
        let of = |status| {
            let told = PointInTimeRecoveryDescription::builder().point_in_time_recovery_status(status).build();
            let told = ContinuousBackupsDescription::builder()
                .continuous_backups_status(ContinuousBackupsStatus::Enabled)
                .point_in_time_recovery_description(told)
                .build()
                .unwrap();
            evidence::recovery("acme-Evidence", Ok(Some(&told)))
        };
        assert_eq!(of(PointInTimeRecoveryStatus::Enabled).verdict, Verdict::Ok);
        let off = of(PointInTimeRecoveryStatus::Disabled);
        assert!(off.verdict == Verdict::Bad && off.cure.unwrap().contains("--table-name acme-Evidence"));
        assert_eq!(evidence::recovery("acme-Evidence", Ok(None)).verdict, Verdict::Bad);
        assert_eq!(evidence::recovery("acme-Evidence", Err(REFUSED)).verdict, Verdict::Warn);
    }

    #[test]
    fn chains_are_counted_and_three_flaws_are_named() {
        let of = |verdict| evidence::chains(Ok(verdict), |failure| failure.to_string());
        assert_eq!(of(Verified::default()).sentence, "Nothing is on record yet of those who were looked at.");
        let user = |n| DirectoryUserId::from_bytes([n; 16]);
        let flaws = (1..=5).map(|n| (user(n), Flaw::Altered { number: n.into() })).collect();
        let bad = of(Verified { people: 100, records: 210, flawed: 5, flaws, ..Verified::default() });
        assert_eq!((bad.verdict, bad.sentence.matches("was altered").count()), (Verdict::Bad, 3));
        assert!(
            bad.sentence.starts_with("Of the chains of 100 people that were looked at, 5 are not what was written.")
        );
        assert!(bad.sentence.ends_with(" And 2 more."), "{}", bad.sentence);
    }

    #[test]
    fn whoever_may_not_read_it_is_told_so_and_warned() {
        let refused =
            Failure::new("reading the evidence", Cause::Forbidden { advice: "DynamoDB refuses access".into() });
        let check = evidence::chains(Err(refused), |failure| Whereabouts::acme().explained(failure).to_string());
        assert_eq!(check.verdict, Verdict::Warn);
        assert!(check.sentence.contains("user/ada") && check.sentence.contains("What the operator may"), "{check:?}");
    }
}

#[test]
fn functions_with_other_settings_than_were_checked_are_told_to_look_at_nobody() {
    let lens = Lens { admission: Admission { no_guests: true, filter: None }, ..Lens::default() };
    let kept = |lens: &Lens| Mapping::default().within(Scope { lens: lens.digest(), ..Scope::default() });
    assert!(mapping::goes_with(&lens, &kept(&lens)).is_none());
    let check = mapping::goes_with(&lens, &Mapping::default()).unwrap();
    assert_eq!(check.verdict, Verdict::Bad);
    assert!(check.sentence.contains("deploy again with another MappingRevision"), "{}", check.sentence);
}
