use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::apply::{Membership, Subject};
use crate::domain::{
    Account, AccountId, AccountRole, DirectoryUser, DirectoryUserId, Email, ExternalId, Field, FieldSet, GroupId,
    Leaving, Lens, Mapping, Personal, Role, RoleId, Scope, Within,
};
use crate::guard::Limits;
use crate::plan::{Candidates, KnownGroups, Policy};
use crate::ports::Nesting;
use crate::run::RunId;

fn ana() -> DirectoryUserId {
    DirectoryUserId::from_bytes([1; 16])
}

fn author() -> Author {
    Author { version: "1.2.3".into(), ..Author::new(RunId::from_stored("user-flow".to_owned())) }
}

fn anas_account() -> Account {
    Account {
        id: AccountId::text("8412"),
        external_id: Some(ExternalId::Directory(ana())),
        email: Email::new("ana@contoso.com"),
        first_name: Some(Personal::new("Ana")),
        last_name: Some(Personal::new("García")),
        title: None,
        is_active: Some(true),
        roles: Some(vec![AccountRole { id: RoleId::text("17"), is_default: false }]),
    }
}

/// Ana, who became a QA lead and left group 1 for group 2.
fn subject() -> Subject {
    let user = DirectoryUser {
        mail: Email::new("ana@contoso.com"),
        given_name: Some(Personal::new("Ana")),
        surname: Some(Personal::new("García")),
        job_title: Some(Personal::new("QA Lead")),
        account_enabled: Some(true),
        substituted: FieldSet::default(),
        within: Within::Inside,
        id: ana(),
    };
    let groups = KnownGroups { member_of: [GroupId::from_bytes([2; 16])].into(), ..KnownGroups::default() };
    Subject::Present { user, rivals: Vec::new(), groups: Membership::Known(groups) }
}

fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    for (group, id, name) in [(1, "17", "Reader"), (2, "18", "Author"), (3, "18", "Author")] {
        mapping.add(
            GroupId::from_bytes([group; 16]),
            Role { id: RoleId::text(id), name: name.to_owned(), is_default: false },
        );
    }
    mapping
}

fn intent() -> Intent {
    let found = Candidates { by_external_id: vec![anas_account()], ..Candidates::default() };
    let plan = subject().plan(found, &mapping(), Policy::change(true));
    subject().intent(&plan, &mapping(), author())
}

fn creation() -> Intent {
    let plan = subject().plan(Candidates::default(), &mapping(), Policy::change(true));
    subject().intent(&plan, &mapping(), author())
}

/// A chain of `length` records: intents and their outcomes.
fn chain(length: u64) -> Vec<Stored> {
    let mut head = Head::default();
    let mut records = Vec::new();
    for number in 1..=length {
        let entry = if number % 2 == 1 {
            Entry::Intent(intent())
        } else {
            let answers = vec![Answered { write: Write::Account, answer: Answer::Done }];
            Entry::Outcome(Outcome { of: number - 1, account: None, answers })
        };
        let record = Stored::after(&head, ana(), Timestamp::UNIX_EPOCH, entry);
        head = record.head();
        records.push(record);
    }
    records
}

fn follow(records: &[Stored]) -> Result<Chain, Flaw> {
    let mut chain = Chain::begin(ana());
    records.iter().try_for_each(|record| chain.follow(record).map(drop)).map(|()| chain)
}

#[test]
fn a_record_says_who_what_from_what_to_what_and_why() {
    let record = Stored::after(&Head::default(), ana(), Timestamp::UNIX_EPOCH, Entry::Intent(intent()));
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&record.text).unwrap());
    insta::assert_snapshot!(pretty.unwrap(), @r#"
    {
      "at": "1970-01-01T00:00:00Z",
      "entry": {
        "intent": {
          "account": "8412",
          "by": {
            "run": "user-flow",
            "version": "1.2.3"
          },
          "fields": [
            {
              "field": "title",
              "to": "QA Lead"
            }
          ],
          "given": [
            {
              "groups": [
                "02020202-0202-0202-0202-020202020202"
              ],
              "name": "Author",
              "role": "18"
            }
          ],
          "taken": [
            {
              "name": "Reader",
              "role": "17"
            }
          ]
        }
      },
      "number": 1,
      "user": "01010101-0101-0101-0101-010101010101"
    }
    "#);
    assert_eq!(record.record().unwrap().entry, Entry::Intent(intent()));
    assert!(!format!("{record:?}").contains("QA Lead"));
    // Two of them and the outcome of a whole creation stay below three of DynamoDB's write units.
    let record = Stored::after(&Head::default(), ana(), Timestamp::UNIX_EPOCH, Entry::Intent(creation()));
    assert!(record.text.len() < 900, "{}", record.text.len());
}

/// Ana, whose family name and title stand in for what the directory lacks.
fn substituted() -> Subject {
    let mut subject = subject();
    if let Subject::Present { user, .. } = &mut subject {
        user.substituted = [Field::LastName, Field::Title].into_iter().collect();
    }
    subject
}

#[test]
fn what_stood_in_for_something_is_marked_and_nothing_else_is() {
    let marked = |found: Candidates| {
        let plan = substituted().plan(found, &mapping(), Policy::change(true));
        let intent = substituted().intent(&plan, &mapping(), author());
        let text = serde_json::to_string(&intent).unwrap();
        assert_eq!(serde_json::from_str::<Intent>(&text).unwrap(), intent);
        let marked = intent.fields.iter().filter(|change| change.substitute);
        assert_eq!(text.matches(r#""substitute":true"#).count(), marked.clone().count(), "{text}");
        marked.map(|change| change.field.name()).collect::<Vec<_>>()
    };
    assert_eq!(marked(Candidates::default()), ["last_name", "title"]);
    let linked = Candidates { by_external_id: vec![anas_account()], ..Candidates::default() };
    assert_eq!(marked(linked), ["title"], "the account has the name already");
    let mut nobodys = anas_account();
    (nobodys.external_id, nobodys.last_name) = (None, None);
    let by_email = Candidates { by_email: vec![nobodys], ..Candidates::default() };
    assert_eq!(marked(by_email), ["last_name", "title"]);
}

#[test]
fn a_record_from_before_there_were_marks_reads_and_is_proven_as_it_was() {
    let text = concat!(
        r#"{"user":"01010101-0101-0101-0101-010101010101","number":1,"at":"1970-01-01T00:00:00Z","entry":{"intent":{"by":"#,
        r#"{"run":"user-flow","version":"1.2.3"},"account":"8412","fields":[{"field":"title","to":"QA Lead"}],"given":[{"#,
        r#""role":"18","name":"Author","groups":["02020202-0202-0202-0202-020202020202"]}],"taken":[{"role":"17","#,
        r#""name":"Reader"}]}}}"#
    );
    let hash = Hash::from_digits("9e2fb92f608010ddcef569178f71db7a5a65ed6b59070193f757583cbeebe9f1").unwrap();
    let stored = Stored { user: ana(), number: 1, text: text.to_owned(), hash };
    assert!(follow(std::slice::from_ref(&stored)).is_ok());
    // And whoever lacks nothing is recorded to the byte as he was.
    assert_eq!(Stored::after(&Head::default(), ana(), Timestamp::UNIX_EPOCH, Entry::Intent(intent())), stored);
}

#[test]
fn a_chain_is_followed_to_its_end() {
    let chain = follow(&chain(7)).unwrap();
    assert_eq!((chain.head().number, chain.open()), (7, Some(7)));
    assert_eq!(Head::from_stored(&chain.head().stored()), Some(chain.head()));
    assert_eq!(follow(&self::chain(6)).unwrap().open(), None);
}

#[test]
fn somebody_elses_record_does_not_fit() {
    let other = DirectoryUserId::from_bytes([2; 16]);
    let record = Stored::after(&Head::default(), other, Timestamp::UNIX_EPOCH, Entry::Intent(intent()));
    assert_eq!(follow(std::slice::from_ref(&record)), Err(Flaw::Misplaced { number: 1 }));
    assert_eq!(follow(&[Stored { user: ana(), ..record }]), Err(Flaw::Misplaced { number: 1 }));
}

proptest! {
    #[test]
    fn whatever_byte_is_changed_is_found(length in 1_u64..8, at in any::<prop::sample::Index>(), bit in 0_u8..7) {
        let mut records = chain(length);
        let number = at.index(records.len());
        let mut text = records[number].text.clone().into_bytes();
        let byte = at.index(text.len());
        text[byte] ^= 1 << bit;
        prop_assume!(std::str::from_utf8(&text).is_ok());
        records[number].text = String::from_utf8(text).unwrap();
        prop_assert_eq!(follow(&records).unwrap_err(), Flaw::Altered { number: number as u64 + 1 });
    }

    #[test]
    fn whatever_hash_is_changed_is_found(length in 1_u64..8, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut records = chain(length);
        let number = at.index(records.len());
        let mut hash = *records[number].hash.as_bytes();
        hash[at.index(32)] ^= 1 << bit;
        records[number].hash = Hash::from_stored(&hash).unwrap();
        prop_assert_eq!(follow(&records).unwrap_err(), Flaw::Altered { number: number as u64 + 1 });
    }

    #[test]
    fn whatever_record_is_removed_is_found(length in 1_u64..8, at in any::<prop::sample::Index>()) {
        let mut records = chain(length);
        let whole = follow(&records).unwrap().head();
        let number = at.index(records.len());
        records.remove(number);
        let expected = number as u64 + 1;
        match follow(&records) {
            Err(flaw) => prop_assert_eq!(flaw, Flaw::Missing { expected, found: expected + 1 }),
            // The last one: whoever has kept the end of the chain finds it.
            Ok(chain) => prop_assert_ne!(chain.head(), whole),
        }
    }

    #[test]
    fn whatever_records_change_places_is_found(length in 2_u64..8, a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let mut records = chain(length);
        let (a, b) = (a.index(records.len()), b.index(records.len()));
        prop_assume!(a != b);
        records.swap(a, b);
        let first = a.min(b) as u64 + 1;
        prop_assert_eq!(follow(&records).unwrap_err(), Flaw::Missing { expected: first, found: a.max(b) as u64 + 1 });
        // With their numbers changed, too.
        records[a].number = a as u64 + 1;
        records[b].number = b as u64 + 1;
        prop_assert_eq!(follow(&records).unwrap_err(), Flaw::Altered { number: first });
    }
}

mod what_an_account_shows {
    use super::*;

    fn answers(intent: &Intent, accounts: &[Account]) -> Vec<Answer> {
        intent.seen(1, ana(), accounts.iter()).answers.into_iter().map(|answered| answered.answer).collect()
    }

    #[test]
    fn an_update_that_happened_or_did_not() {
        let (shown, not_shown) = (Answer::Shown, Answer::NotShown);
        assert_eq!(answers(&intent(), &[anas_account()]), [not_shown.clone(), not_shown.clone(), not_shown.clone()]);
        let mut account = anas_account();
        account.title = Some(Personal::new("QA Lead"));
        assert_eq!(answers(&intent(), &[account.clone()]), [shown.clone(), not_shown.clone(), not_shown]);
        account.roles = Some(vec![AccountRole { id: RoleId::text("18"), is_default: false }]);
        assert_eq!(answers(&intent(), &[account.clone()]), [shown.clone(), shown.clone(), shown.clone()]);
        account.roles = None;
        assert_eq!(answers(&intent(), &[account]), [shown, Answer::NotTold, Answer::NotTold]);
        assert_eq!(answers(&intent(), &[]), [Answer::NotTold, Answer::NotTold, Answer::NotTold]);
    }

    #[test]
    fn a_creation_that_happened_or_did_not() {
        assert_eq!(answers(&creation(), &[]), [Answer::NotShown, Answer::NotShown]);
        let mut account = anas_account();
        account.title = Some(Personal::new("QA Lead"));
        account.email = Email::new("ANA@contoso.com");
        let outcome = creation().seen(1, ana(), [&account].into_iter());
        assert_eq!(outcome.account, Some(AccountId::text("8412")));
        assert_eq!(outcome.answers[0].answer, Answer::Shown);
        account.external_id = None;
        assert_eq!(answers(&creation(), &[account]), [Answer::NotShown, Answer::NotShown]);
    }

    #[test]
    fn every_field_counts() {
        for field in [Field::Email, Field::FirstName, Field::LastName, Field::Title, Field::IsActive] {
            let mut account = anas_account();
            account.title = Some(Personal::new("QA Lead"));
            match field {
                Field::Email => account.email = Email::new("other@contoso.com"),
                Field::FirstName => account.first_name = None,
                Field::LastName => account.last_name = Some(Personal::new("Other")),
                Field::Title => account.title = None,
                Field::IsActive => account.is_active = Some(false),
            }
            assert_eq!(answers(&creation(), &[account])[0], Answer::NotShown, "{field:?}");
        }
    }
}

#[test]
fn settings_are_named_by_all_that_decides_and_what_stands_in_for_nothing_changes_no_name() {
    let limits = Limits::default();
    let named = |missing: &str| {
        let lens = Lens { missing: missing.parse().unwrap(), ..Lens::default() };
        SettingsHash::of(&mapping(), Nesting::Transitive, true, &limits, &lens).as_str().to_owned()
    };
    // As they were named before anything could stand in: records that are there keep their settings' name.
    assert_eq!(named(""), "3f56fba4451c7c17");
    assert_ne!(named(""), named(r#"{"jobTitle": {"text": "Not stated"}}"#));
    let by_scope = mapping().within(Scope { leaving: Leaving::Deactivate, ..Scope::default() });
    let by_scope = SettingsHash::of(&by_scope, Nesting::Transitive, true, &limits, &Lens::default());
    assert_ne!(by_scope.as_str(), named(""));
}
