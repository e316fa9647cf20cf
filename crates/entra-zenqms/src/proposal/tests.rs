use std::collections::BTreeMap;

use jiff::Timestamp;
use simulator::Person as Somebody;
use sync_core::domain::{Field, Lens, Personal};
use sync_core::evidence::{RecordedField, SettingsHash};
use sync_core::guard::{Approval, Limits, PlanHash};
use sync_core::ports::Nesting;
use sync_core::run::{Counts, Mode};

use super::apply::{Asked, Differing};
use super::find::find;
use super::*;
use crate::direct::Served;
use crate::schemas::hold;
use crate::stack::{Simulated, person};

fn now() -> Timestamp {
    "2026-11-25T08:00:00Z".parse().unwrap()
}

fn proposal(digits: &str, approval: Option<Approval>) -> Proposal {
    let settings =
        SettingsHash::of(&Mapping::default(), Nesting::Transitive, true, &Limits::default(), &Lens::default());
    let plan = PlanHash::typed(&digits.repeat(64 / digits.len()));
    Proposal { plan, made_at: now(), made_by: "ada".to_owned(), settings, people: 7, approval }
}

fn approval(until: Timestamp) -> Approval {
    Approval { by: "qm".to_owned(), why: "x".to_owned(), at: now(), until, plan: PlanHash::typed("ab") }
}

/// What would be written for whom, as `plan` shows it, without colours.
async fn shown(stack: &Simulated) -> String {
    let host = &stack.host;
    let mapping = &host.options.mapping;
    let mut people = Vec::new();
    let keep = |subject: &Subject, plan: &UserPlan| people.push(Person::of(subject, plan, mapping));
    let (report, _) = Box::pin(propose(host.run_services(), host.run_settings(), &Silent, keep)).await.unwrap();
    hold(
        "plan",
        &Document { plan: Some(&proposal("ab", None).plan), settings: None, report: &report, people: &people },
    );
    let texts: Vec<String> = people.iter().map(diff::person).collect();
    anstream::adapter::strip_str(&texts.join("\n")).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_plan_shows_each_value_old_and_new_and_each_role_with_its_group() {
    let stack = Simulated::at_work().await;
    assert_eq!(shown(&stack).await, "");
    stack.simulation.change(|editor| {
        editor.update_person(person(3), |alan| alan.job_title = Some("Head of the \u{1b}[31mInstitute".into()));
        editor.add_person(Somebody::new(person(4), "Emmy", "Noether", "emmy@example.com", "Professor"));
        editor.remove_member(crate::stack::group(1), simulator::Member::Person(person(2)));
        editor.add_member(crate::stack::group(1), simulator::Member::Person(person(3)));
        editor.delete_person(person(1));
    });
    insta::assert_snapshot!(shown(&stack).await, @r#"
    00000000-0000-0000-0000-000000001002  account 2
        - role Document Reader (17)
    00000000-0000-0000-0000-000000001003  account 3
        ~ title  "Scientist" -> "Head of the  [31mInstitute"
        + role Document Reader (17) through group 00000000-0000-0000-0000-000000009001
    00000000-0000-0000-0000-000000001004  a new account
        + external_id  "00000000-0000-0000-0000-000000001004"
        + email  "emmy@example.com"
        + first_name  "Emmy"
        + last_name  "Noether"
        + title  "Professor"
        + is_active  "true"
    00000000-0000-0000-0000-000000001001  account 1, deleted in Entra ID
        ~ is_active  "true" -> "false"
    "#);
}

#[test]
fn a_plan_marks_what_stands_in_for_something() {
    let field = |field, from: Option<&str>, substitute| FieldChange {
        field: RecordedField::Profile(field),
        from: from.map(Personal::new),
        to: Some(Personal::new("Not stated")),
        substitute,
    };
    let emmy = Person {
        user: DirectoryUserId::from_bytes([1; 16]),
        account: Some(AccountId::text("7")),
        deleted: false,
        outside: None,
        fields: vec![
            field(Field::LastName, None, true),
            field(Field::Title, Some("x"), true),
            field(Field::Email, None, false),
        ],
        given: Vec::new(),
        taken: Vec::new(),
    };
    insta::assert_snapshot!(anstream::adapter::strip_str(&diff::person(&emmy)).to_string(), @r#"
    01010101-0101-0101-0101-010101010101  account 7
        + last_name  "Not stated"  substitute
        ~ title  "x" -> "Not stated"  substitute
        + email  "Not stated"
    "#);
    insta::assert_json_snapshot!(emmy.fields[1..], @r#"
    [
      {
        "field": "title",
        "from": "x",
        "to": "Not stated",
        "substitute": true
      },
      {
        "field": "email",
        "to": "Not stated"
      }
    ]
    "#);
}

#[test]
fn what_somebody_typed_is_found_or_it_is_said_what_there_is() {
    let kept = [proposal("ab", None), proposal("abcd", None)];
    assert_eq!(find(&kept, " ABCDABCDABCD ").unwrap(), &kept[1]);
    let told = |kept: &[Proposal], typed: &str| find(kept, typed).unwrap_err().to_string();
    assert_eq!(told(&[], "abababababab"), "no proposal is kept: `entra-zenqms plan` makes one");
    assert_eq!(
        told(&kept, "abab"),
        "`abab` is no proposal that is kept. The latest is abababababab, of 2026-11-25 08:00 UTC, for 7 people"
    );
    let twins = [proposal("ab", None), proposal("ab", None)];
    assert!(told(&twins, "abababababab").ends_with("type more of it"));
}

#[test]
fn nothing_is_carried_out_that_nobody_approved_or_too_long_ago() {
    let told = |proposal: &Proposal| find::ready(proposal, now(), "acme").map_err(|error| error.to_string());
    let cure = "`entra-zenqms approve abababababab --because \"...\" --stack acme`";
    assert_eq!(told(&proposal("ab", None)), Err(format!("nobody has approved abababababab: {cure}")));
    assert_eq!(
        told(&proposal("ab", Some(approval(now())))),
        Err(format!("the approval of abababababab, by qm, is void since 2026-11-25 08:00 UTC: {cure}"))
    );
    let tomorrow = now() + jiff::SignedDuration::from_hours(24);
    assert_eq!(told(&proposal("ab", Some(approval(tomorrow)))), Ok(()));
}

#[test]
fn a_refusal_says_how_many_differ_and_how() {
    let users = |numbers: &[u8]| numbers.iter().map(|&n| DirectoryUserId::from_bytes([n; 16])).collect::<Vec<_>>();
    let differing = Differing { changed: users(&[1]), gone: Vec::new(), new: users(&[2, 3]) };
    let text = differing.refusal(&proposal("ab", None));
    assert_eq!(
        text,
        "What would be written now is not what abababababab proposes; nothing was done. For 1 person something else would be \
         written. For 2 people something would be written that is not in it. Make another by `entra-zenqms plan`, or have only \
         that done which is still as proposed: --what-matches."
    );
    assert_eq!(differing.named().len(), 3);
    let many = Differing { changed: (0..30).map(|n| DirectoryUserId::from_bytes([n; 16])).collect(), ..differing };
    assert_eq!(many.named().last().map(String::as_str), Some("  ... and 12 more"));
    let differing = Differing { changed: users(&[1]), gone: Vec::new(), new: users(&[2]) };
    let differs = Asked::Differs(differing);
    hold("apply", &differs);
    hold("apply", &Asked::Queued { people: 7 });
    hold("apply", &Asked::UnderWay { run: RunId::new(Mode::Apply, now(), 7) });
    insta::assert_json_snapshot!(differs, @r#"
    {
      "apply": "differs",
      "changed": [
        "01010101-0101-0101-0101-010101010101"
      ],
      "gone": [],
      "new": [
        "02020202-0202-0202-0202-020202020202"
      ]
    }
    "#);
}

#[test]
fn what_a_plan_leaves_out_is_what_the_schema_says() {
    let report = RunReport {
        run_id: RunId::new(Mode::Plan, now(), 7),
        mode: Mode::Plan,
        status: "complete",
        halted_because: None,
        counts: Counts { seen: 3, skipped: 3, ..Counts::default() },
        skipped_by_reason: [("held_directory_shrunk".to_owned(), 2), ("without_id".to_owned(), 1)].into(),
        failed_by_reason: BTreeMap::new(),
        held: 2,
        groups_unread: vec![crate::stack::group(1).into()],
    };
    hold("plan", &Document { plan: Some(&proposal("ab", None).plan), settings: None, report: &report, people: &[] });
}

#[tokio::test]
async fn without_a_stack_the_first_run_is_shown_value_by_value_and_nothing_is_kept_to_be_approved() {
    let served = Served::new("plan").await;
    let source = served.source("PROTECTED_PEOPLE=8412");
    let flow = source.flow().await.unwrap();
    let mapping = flow.mapping().await.unwrap();
    let settings = settings(&flow, &mapping);
    let (people, report, proposed) = Box::pin(planned(&flow, settings)).await.unwrap();
    served.assert_only_read();
    assert_eq!((people.len(), proposed.people(), report.counts.created), (3, 3, 3));
    let first: Vec<String> = people.iter().map(diff::person).collect();
    let first = anstream::adapter::strip_str(&first.join("\n")).to_string();
    assert!(first.contains("role Document Reader") && first.contains("ada@example.com"), "{first}");

    let of = Place::Settings { settings: "acme.env".to_owned() };
    let made = Made { of, at: now(), people: 3, kept: None };
    assert_eq!(
        made.headline(),
        "Plan without a stack, by the settings in acme.env, made 2026-11-25 08:00 UTC: 3 people. Nothing of it was written, and it \
         cannot be approved. The guard's limits do not count in it."
    );
    let document = made.document(&report, &people);
    hold("plan", &document);
    assert!(document.plan.is_none());
    let made = Made { of: Place::acme(), kept: Some(proposal("ab", None)), ..made };
    assert!(made.headline().starts_with(&format!("Plan {} of the stack acme, made", "ab".repeat(32))));
    hold("plan", &made.document(&report, &people));
}
