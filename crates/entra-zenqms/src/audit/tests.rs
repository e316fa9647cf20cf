mod records;

use jiff::Timestamp;
use sync_core::domain::{
    AccountId, DirectoryUserId, Field, GroupId, Lens, Mapping, OpaqueId, Operator, Outside, Personal, RoleId,
};
use sync_core::evidence::{
    Answer, Answered, Author, Entry, FieldChange, Flaw, Head, Intent, Outcome, RecordedField, RoleChange, SettingsHash,
    Stored, Write,
};
use sync_core::guard::{Approval, Kind, Limits, PlanHash};
use sync_core::ports::Nesting;
use sync_core::run::RunId;
use sync_core::work::Why;

use super::change::Change;
use super::export::{Exported, export};
use super::show::{Document, Unfolded, sections, unfold};
use super::*;
use crate::cli::ExportFormat;
use crate::schemas::hold;
use crate::stack::{Simulated, person};

const TITLE: html::Title<'_> = html::Title { stack: "acme", by: "arn:aws:iam::1:user/ada" };

fn ana() -> DirectoryUserId {
    DirectoryUserId::from_bytes([1; 16])
}

fn at(minutes: i64) -> Timestamp {
    "2026-11-25T08:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes)
}

fn author(run: &str) -> Author {
    Author { version: "1.2.3".into(), ..Author::new(RunId::from_stored(run.to_owned())) }
}

fn ada() -> Operator {
    Operator::new("arn:aws:iam::1:user/ada")
}

fn text(text: &str) -> Personal {
    Personal::new(text)
}

fn outcome(of: u64, answers: &[(Write, Answer)]) -> Entry {
    let answers = answers.iter().map(|(write, answer)| Answered { write: *write, answer: answer.clone() }).collect();
    Entry::Outcome(Outcome { of, account: Some(AccountId::text("8412")), answers })
}

/// Ana gets a title, which Entra ID lacks, and a role; later she loses the role, which was approved, and ZenQMS refuses her name; then somebody dies.
fn chain() -> Vec<Stored> {
    let reader = RoleChange { role: RoleId::text("17"), name: "Reader".to_owned(), groups: Vec::new() };
    let groups = vec![GroupId::from_bytes([2; 16])];
    let title = FieldChange {
        field: RecordedField::Profile(Field::Title),
        from: None,
        to: Some(text("=QA <Lead>")),
        substitute: true,
    };
    let name = |to| FieldChange {
        field: RecordedField::Profile(Field::LastName),
        from: Some(text("García")),
        to: Some(text(to)),
        substitute: false,
    };
    let nothing = |by: Author| Intent {
        by,
        account: Some(AccountId::text("8412")),
        deleted: false,
        outside: None,
        fields: Vec::new(),
        given: Vec::new(),
        taken: Vec::new(),
    };
    let approval = Approval {
        by: "arn:aws:iam::1:user/ada".to_owned(),
        why: "they all left, says HR".to_owned(),
        at: at(0),
        until: at(60),
        plan: PlanHash::typed(&"ab".repeat(32)),
    };
    let flow = Author { why: Some(Why::Notification), ..author("user-flow") };
    let approved = Author {
        why: Some(Why::Operator),
        asked_by: Some(ada()),
        approval: Some(approval),
        approved: vec![Kind::RoleLoss],
        ..author("user-flow")
    };
    let entries = [
        Entry::Intent(Intent {
            fields: vec![title],
            given: vec![RoleChange { groups, ..reader.clone() }],
            ..nothing(Author { asked_by: Some(ada()), ..author("full-20261125T080000Z-00000007") })
        }),
        outcome(1, &[(Write::Account, Answer::Done), (Write::RolesGiven, Answer::Shown)]),
        Entry::Intent(Intent { fields: vec![name("Núñez")], taken: vec![reader], ..nothing(approved) }),
        outcome(3, &[(Write::Account, Answer::Refused("the service does not accept it (HTTP 422)".to_owned()))]),
        Entry::Intent(Intent { fields: vec![name("Nuñez")], ..nothing(flow) }),
    ];
    let mut head = Head::default();
    let mut stored = Vec::new();
    for (minute, entry) in (0..).zip(entries) {
        let record = Stored::after(&head, ana(), at(minute), entry);
        head = record.head();
        stored.push(record);
    }
    stored
}

fn shown(changes: &[Change]) -> String {
    anstream::adapter::strip_str(&tables::text(&sections(changes))).to_string()
}

#[test]
fn what_was_written_is_told_with_its_reason_and_what_became_of_it() {
    let unfolded = unfold(ana(), &chain());
    hold("audit-show", &Document::of(ana(), &unfolded));
    let Unfolded { changes, unreadable, flaw } = unfolded;
    assert_eq!((unreadable, flaw), (0, None));
    insta::assert_snapshot!(shown(&changes), @r"
    2026-11-25 08:00:00 UTC, account 8412
     what               was       became
    ──────────────────────────────────────────────────
     title                -   =QA <Lead>   substitute
     role Reader (17)     -        given
    By full-20261125T080000Z-00000007, since everybody was looked at, as
    arn:aws:iam::1:user/ada had asked. Version 1.2.3.
    role Reader (17) through group 02020202-0202-0202-0202-020202020202.
    substitute: Entra ID lacked it, and the setting MissingFields said what to write
    instead.
    ! role Reader (17): done: ZenQMS's answer was lost, and the account shows it
    since.

    2026-11-25 08:02:00 UTC, account 8412
     what                  was   became
    ────────────────────────────────────
     last_name          García    Núñez
     role Reader (17)        -    taken
    By user-flow, since arn:aws:iam::1:user/ada wanted him looked at; role Reader
    (17) approved by arn:aws:iam::1:user/ada: they all left, says HR. Version 1.2.3.
    ! last_name: refused: the service does not accept it (HTTP 422).
    ! role Reader (17): not tried, since a write before it had failed.

    2026-11-25 08:04:00 UTC, account 8412
     what           was   became
    ─────────────────────────────
     last_name   García    Nuñez
    By user-flow, since Entra ID had announced a change. Version 1.2.3.
    ! last_name: not on record yet: whoever wrote it did not live to tell, and
    nobody has looked since.
    ");
    assert!(shown(&changes).lines().all(|line| line.chars().count() <= 80));
    hold("audit-show", &Document::of(ana(), &unfold(ana(), &[])));
    assert_eq!(shown(&[]), "Nothing was ever written for this person.");
}

#[test]
fn whose_account_was_taken_because_of_the_scope_is_told_as_such() {
    for (outside, told) in [
        (
            Some(Outside::Groups),
            "; he was outside the scope: he is in none of the groups that the setting ScopeGroups names.",
        ),
        (None, "a sweep had found a change. Version"),
    ] {
        let intent = Intent {
            by: Author { why: Some(Why::Sweep), ..author("user-flow") },
            account: Some(AccountId::text("8412")),
            deleted: false,
            outside,
            fields: vec![FieldChange {
                field: RecordedField::Profile(Field::IsActive),
                from: Some(text("true")),
                to: Some(text("false")),
                substitute: false,
            }],
            given: Vec::new(),
            taken: Vec::new(),
        };
        let stored = [Stored::after(&Head::default(), ana(), at(0), Entry::Intent(intent))];
        let unfolded = unfold(ana(), &stored);
        hold("audit-show", &Document::of(ana(), &unfolded));
        hold("audit-export.jsonl", &serde_json::from_str::<serde_json::Value>(&file::line(&stored[0])).unwrap());
        assert!(shown(&unfolded.changes).replace('\n', " ").contains(told), "{}", shown(&unfolded.changes));
    }
}

#[test]
fn of_what_was_approved_as_a_plan_each_change_names_who_approved_it() {
    let approval = Approval {
        by: "arn:aws:iam::1:user/ada".to_owned(),
        why: "CR-118".to_owned(),
        at: at(0),
        until: at(60),
        plan: PlanHash::typed(&"ab".repeat(32)),
    };
    let by = Author { approval: Some(approval), proposed: true, ..author("apply-20261125T080000Z-00000007") };
    let (field, role) = (RecordedField::Profile(Field::Title), RoleId::text("17"));
    let role = |name: &str| RoleChange { role: role.clone(), name: name.to_owned(), groups: Vec::new() };
    let intent = Intent {
        by,
        account: Some(AccountId::text("8412")),
        deleted: false,
        outside: None,
        fields: vec![FieldChange { field, from: None, to: Some(text("Lead")), substitute: false }],
        given: vec![role("Reader")],
        taken: vec![role("Author")],
    };
    let unfolded = unfold(ana(), &[Stored::after(&Head::default(), ana(), at(0), Entry::Intent(intent))]);
    assert_eq!(unfolded.changes.len(), 3);
    for change in &unfolded.changes {
        assert_eq!(change.approved_because.as_deref(), Some("CR-118"), "{}", change.what);
    }
    let told = shown(&unfolded.changes).replace('\n', " ");
    assert!(told.contains("; all of it approved by arn:aws:iam::1:user/ada: CR-118."), "{told}");
}

#[test]
fn a_long_substitute_stays_within_a_page() {
    let mut changes = unfold(ana(), &chain()).changes;
    changes[0].from = Some("Senior ".repeat(14));
    changes[0].to = Some("Principal ".repeat(10));
    let shown = shown(&changes);
    assert!(shown.contains("substitute") && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let document = serde_json::to_value(&changes).unwrap();
    assert_eq!((&document[0]["substitute"], &document[1]["substitute"]), (&true.into(), &false.into()));
}

#[test]
fn behind_a_flaw_nothing_is_told() {
    let mut records = chain();
    records[2].text = records[2].text.replace("Núñez", "Munoz");
    let unfolded = unfold(ana(), &records);
    hold("audit-show", &Document::of(ana(), &unfolded));
    let Unfolded { changes, flaw, .. } = unfolded;
    assert_eq!((changes.len(), flaw), (2, Some(Flaw::Altered { number: 3 })));
}

#[test]
fn a_verdict_names_what_is_wrong_and_stays_a_page() {
    let mut verdict = Verdict { people: 2_000, records: 4_711, unfinished: 1, ..Verdict::default() };
    let told = |verdict: &Verdict| {
        anstream::adapter::strip_str(&tables::text(&[verdict::section(
            verdict,
            "It is whole.",
            "Compared with the ledger.",
        )]))
        .to_string()
    };
    insta::assert_snapshot!(told(&verdict), @r"
    It is whole.
     on record                               number
    ────────────────────────────────────────────────
     people                                   2,000
     records                                  4,711
     people whose last write is unfinished        1
    Compared with the ledger.
    ");
    verdict.flawed = 120;
    verdict.flaws = vec![(ana(), Flaw::Altered { number: 3 }), (ana(), Flaw::CutShort { known: 7, found: 5 })];
    verdict.strangers = vec!["somebody note".to_owned()];
    insta::assert_snapshot!(told(&verdict), @r"
    Not whole: 120 people's evidence is not what was written.
     on record                               number
    ────────────────────────────────────────────────
     people                                   2,000
     records                                  4,711
     people whose last write is unfinished        1
    Compared with the ledger.
    ! 01010101-0101-0101-0101-010101010101: record 3 was altered, or its hash, or
    the hash of the record before it.
    ! 01010101-0101-0101-0101-010101010101: the ledger knows of 7 records, and only
    5 are there.
    ... and 118 more.
    ! item somebody note of the table is no record.
    ");
    for verdict in [&verdict, &Verdict::default()] {
        hold("audit-verify", &verdict::Document::of(verdict));
        hold("audit-verify-file", &verdict::Document::of(verdict));
    }
    let document = serde_json::to_value(verdict::Document::of(&verdict)).unwrap();
    assert_eq!((&document["whole"], &document["flawed"]), (&false.into(), &120.into()));
}

/// Exports into memory, through the page of evidence that the stack has.
async fn exported(stack: &Simulated, format: ExportFormat) -> (Exported, String) {
    let mut out = Vec::new();
    let ledger = &stack.embedded.store.ledger;
    let exported = export(ledger, format, &TITLE, &mut out, |_| ()).await.unwrap();
    (exported, String::from_utf8(out).unwrap())
}

async fn put(stack: &Simulated, records: &[Stored]) {
    use sync_core::ports::Evidence;
    for record in records {
        stack.embedded.store.ledger.append(record).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_spreadsheet_has_a_line_for_each_field_and_role() {
    let stack = Simulated::at_work().await;
    put(&stack, &chain()).await;
    let (exported, text) = exported(&stack, ExportFormat::Csv).await;
    assert_eq!((exported.people, exported.flawed), (4, 0));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (user, what, to) = (column("directory user"), column("what"), column("to"));
    let (result, by, substitute) = (column("result"), column("by"), column("substitute"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // Three people were created with six fields each, and two of them got a role.
    assert_eq!(rows.iter().filter(|row| row[user] != ana().to_string()).count(), 3 * 6 + 2);
    let anas: Vec<_> = rows.iter().filter(|row| row[user] == ana().to_string()).collect();
    assert_eq!(anas.len(), 5);
    // No formula for a spreadsheet.
    assert_eq!((&anas[0][what], &anas[0][to], &anas[0][result]), ("title", "'=QA <Lead>", "done"));
    assert_eq!((&anas[1][what], &anas[1][to]), ("role Reader (17)", "given"));
    assert_eq!(
        (&headers[substitute - 1], &headers[substitute + 1]),
        ("readable", "outside the scope"),
        "new columns come last"
    );
    assert_eq!((&headers[substitute + 2], headers.len()), ("asked by", substitute + 3));
    let marked: Vec<_> = rows.iter().filter(|row| &row[substitute] == "true").collect();
    assert_eq!(marked, [anas[0]]);
    assert!(anas[2][result].starts_with("refused: ") && anas[3][result].starts_with("not tried"));
    assert!(anas[4][result].starts_with("not on record yet") && &anas[4][by] == "user-flow");
}

#[tokio::test(start_paused = true)]
async fn a_page_stands_alone_and_takes_no_text_for_markup() {
    let stack = Simulated::at_work().await;
    put(&stack, &chain()).await;
    let (_, page) = exported(&stack, ExportFormat::Html).await;
    assert!(page.contains("=QA &lt;Lead&gt;") && !page.contains("<Lead>"));
    assert_eq!(page.matches("&lt;Lead&gt; <em>substitute: Entra ID lacks it</em>").count(), 1);
    assert_eq!(page.matches("<em>").count(), 1);
    assert!(page.contains("approved by arn:aws:iam::1:user/ada: they all left, says HR"));
    assert!(page.contains(&person(1).to_string()) && page.contains("Lovelace"));
    for foreign in ["http://", "https://", "<script", "src=", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<table>").count(), 4);
    assert_eq!(page.matches("</table>").count(), 4);
}

#[tokio::test(start_paused = true)]
async fn lines_can_be_verified_by_themselves_and_an_altered_one_is_named() {
    let stack = Simulated::at_work().await;
    put(&stack, &chain()).await;
    let (exported, lines) = exported(&stack, ExportFormat::Jsonl).await;
    assert_eq!((exported.records, lines.lines().count()), (11, 11));
    assert_eq!(lines.matches(r#""to":"=QA <Lead>","substitute":true}"#).count(), 1);
    hold("audit-export", &exported);
    for line in lines.lines() {
        hold("audit-export.jsonl", &serde_json::from_str::<serde_json::Value>(line).unwrap());
    }
    let path = std::env::temp_dir().join(format!("audit-{}.jsonl", std::process::id()));
    let verified = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let verdict = file::verify(&path, |_| ());
        std::fs::remove_file(&path).unwrap();
        verdict
    };
    let whole = verified(&lines).unwrap();
    assert_eq!((whole.is_whole(), whole.people, whole.records, whole.unfinished), (true, 4, 11, 1));
    let forged = verified(&lines.replace("QA <Lead>", "QA <Head>")).unwrap();
    assert_eq!(forged.flaws, [(ana(), Flaw::Altered { number: 1 })]);
    let shorter: Vec<_> = lines.lines().filter(|line| !line.contains("Lead")).collect();
    let shorter = verified(&shorter.join("\n")).unwrap();
    assert_eq!(shorter.flaws, [(ana(), Flaw::Missing { expected: 1, found: 2 })]);
    let strange = verified(&format!("{lines}a note\n")).unwrap_err().to_string();
    assert!(strange.starts_with("line 12 of "), "{strange}");
}
