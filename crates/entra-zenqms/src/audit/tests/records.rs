use sync_core::evidence::Dropped;

use super::*;

#[test]
fn who_took_somebody_off_the_list_of_the_parked_is_told() {
    let because = "writing directory user a failed: the service does not accept it (HTTP 422): title".to_owned();
    let dropped = Dropped { version: "1.2.3".into(), ..Dropped::new(ada(), at(0), because) };
    let mut chain = chain();
    chain.truncate(4);
    let stored = Stored::after(&chain[3].head(), ana(), at(9), Entry::Dropped(dropped));
    hold("audit-export.jsonl", &serde_json::from_str::<serde_json::Value>(&file::line(&stored)).unwrap());
    let unfolded = unfold(ana(), &[chain, vec![stored]].concat());
    hold("audit-show", &Document::of(ana(), &unfolded));
    let Some((last, before)) = unfolded.changes.split_last() else { panic!("nothing") };
    assert_eq!((last.record, before.len()), (5, 4));
    insta::assert_snapshot!(shown(std::slice::from_ref(last)), @r"
    2026-11-25 08:09:00 UTC, no write
     what                                                              was   became
    ────────────────────────────────────────────────────────────────────────────────
     on the list of the parked      since 2026-11-25 08:00:00 UTC: writing        -
                                 directory user a failed: the service does
                                           not accept it (HTTP 422): title
    Taken off without a look, as arn:aws:iam::1:user/ada wanted. Version 1.2.3.
    ");
}

#[test]
fn each_author_and_each_answer_is_what_the_schemas_say() {
    let chain_of = |entries: &[Entry]| {
        let mut head = Head::default();
        let mut stored = Vec::new();
        for entry in entries {
            let record = Stored::after(&head, ana(), at(0), entry.clone());
            head = record.head();
            hold("audit-export.jsonl", &serde_json::from_str::<serde_json::Value>(&file::line(&record)).unwrap());
            stored.push(record);
        }
        hold("audit-show", &Document::of(ana(), &unfold(ana(), &stored)));
    };
    let settings =
        SettingsHash::of(&Mapping::default(), Nesting::Transitive, true, &Limits::default(), &Lens::default());
    let approval = Approval {
        by: "arn:aws:iam::1:user/ada".to_owned(),
        why: "checked".to_owned(),
        at: at(0),
        until: at(60),
        plan: PlanHash::typed(&"ab".repeat(32)),
    };
    let all =
        Author { approval: Some(approval), proposed: true, ..author("apply-20261125T080000Z-00000007").by(settings) };
    let whys = [Why::Notification, Why::Sweep, Why::SecondLook, Why::Neighbour, Why::Operator];
    let authors = whys.map(|why| Author { why: Some(why), ..author("group-flow") });
    let answers = [Answer::Done, Answer::Refused("no".to_owned()), Answer::Shown, Answer::NotShown, Answer::NotTold];
    let fields = [RecordedField::Link, RecordedField::Profile(Field::Email), RecordedField::Profile(Field::FirstName)]
        .into_iter()
        .chain([Field::LastName, Field::Title, Field::IsActive].map(RecordedField::Profile));
    let role = RoleChange { role: RoleId(OpaqueId::Number(17)), name: "Reader".to_owned(), groups: Vec::new() };
    let asked = Author { asked_by: Some(ada()), ..author("full-20261125T080000Z-00000007") };
    for by in authors.into_iter().chain([all, asked, author("cleanup")]) {
        let whole = Intent {
            by,
            account: None,
            deleted: true,
            outside: Some(Outside::Filter),
            fields: fields
                .clone()
                .map(|field| FieldChange { field, from: Some(text("x")), to: None, substitute: false })
                .collect(),
            given: vec![RoleChange { groups: vec![GroupId::from_bytes([2; 16])], ..role.clone() }],
            taken: vec![role.clone()],
        };
        for answer in &answers {
            let told = [Write::Account, Write::RolesGiven, Write::RolesTaken].map(|write| (write, answer.clone()));
            chain_of(&[Entry::Intent(whole.clone()), outcome(1, &told)]);
        }
        let nowhere = Entry::Outcome(Outcome { of: 1, account: None, answers: Vec::new() });
        chain_of(&[Entry::Intent(whole), nowhere]);
    }
}
