use proptest::prelude::*;

use super::*;
use crate::domain::{DirectoryUserId, Email, FieldSet, Personal, Within};

fn read(json: &str) -> MissingFields {
    json.parse().unwrap()
}

fn nobody() -> DirectoryUser {
    DirectoryUser {
        id: DirectoryUserId::from_bytes([1; 16]),
        mail: None,
        given_name: None,
        surname: None,
        job_title: None,
        account_enabled: None,
        substituted: FieldSet::default(),
        within: Within::Inside,
    }
}

/// For every field something.
const ALL: &str = r#"{"mail": {"attribute": "userPrincipalName"}, "givenName": {"attribute": "displayName"},
                      "surname": {"attribute": "displayName"}, "jobTitle": {"text": " Not stated "}}"#;

fn anas(attribute: Attribute) -> Option<&'static str> {
    match attribute {
        Attribute::UserPrincipalName => Some("ana@contoso.com"),
        Attribute::DisplayName => Some(" Ana García "),
        Attribute::Department => Some("  "),
        _ => None,
    }
}

#[test]
fn a_text_or_another_attribute_stands_in_for_a_field() {
    let all = read(ALL);
    assert_eq!(all.fields().collect::<Vec<_>>(), Field::REQUIRED);
    assert_eq!(all.instead_of(Field::Title), Some(&Instead::Text("Not stated".into())));
    assert_eq!(all.attributes(), [Attribute::UserPrincipalName, Attribute::DisplayName].into());
    for nothing in ["", "  ", "{}", " { } "] {
        assert_eq!(read(nothing), MissingFields::default(), "{nothing}");
    }
    for attribute in Attribute::ALL {
        let title = read(&format!(r#"{{"jobTitle": {{"attribute": "{attribute}"}}}}"#));
        assert_eq!(title.attributes(), [attribute].into());
    }
}

#[test]
fn what_cannot_be_used_is_named_with_the_cure() {
    let long = format!(r#"{{"surname": {{"text": "{}"}}}}"#, "ä".repeat(101));
    let told: Vec<String> = [
        "jobTitle=Not stated",
        r#"["jobTitle"]"#,
        r#"{"jobTitle": "Not stated"}"#,
        r#"{"jobTitle": {"txt": "Not stated"}}"#,
        r#"{"title": {"text": "Not stated"}}"#,
        r#"{"accountEnabled": {"text": "true"}}"#,
        r#"{"jobTitle": {}}"#,
        r#"{"jobTitle": {"text": "x", "attribute": "department"}}"#,
        r#"{"jobTitle": {"attribute": "manager"}}"#,
        r#"{"jobTitle": {"text": " \t "}}"#,
        &long,
        r#"{"mail": {"text": "all@contoso.com"}}"#,
        r#"{"mail": {"attribute": "mailNickname"}}"#,
        r#"{"jobTitle": {"text": "a"}, "jobTitle": {"text": "b"}}"#,
    ]
    .into_iter()
    .map(|json| json.parse::<MissingFields>().unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    it cannot be read: expected value at line 1 column 1; expected JSON such as {"jobTitle": {"text": "Not stated"}, "mail": {"attribute": "userPrincipalName"}}
    it cannot be read: invalid type: sequence, expected an object with a field's name for each key at line 1 column 0; expected JSON such as {"jobTitle": {"text": "Not stated"}, "mail": {"attribute": "userPrincipalName"}}
    it cannot be read: invalid type: string "Not stated", expected an object with `text` or `attribute` at line 1 column 25; expected JSON such as {"jobTitle": {"text": "Not stated"}, "mail": {"attribute": "userPrincipalName"}}
    it cannot be read: unknown field `txt`, expected `text` or `attribute` at line 1 column 19; expected JSON such as {"jobTitle": {"text": "Not stated"}, "mail": {"attribute": "userPrincipalName"}}
    `title` is no required field; expected mail, givenName, surname or jobTitle, which are Entra ID's names
    `accountEnabled` is no required field; expected mail, givenName, surname or jobTitle, which are Entra ID's names
    jobTitle needs a `text` or an `attribute`, exactly one of the two
    jobTitle needs a `text` or an `attribute`, exactly one of the two
    `manager` cannot stand in for jobTitle; expected userPrincipalName, displayName, department, companyName, officeLocation, employeeType, mailNickname
    the text for jobTitle is blank; write one, or leave the field out to have whoever lacks it skipped
    the text for surname has 101 characters; shorten it to 100
    a text cannot stand in for mail, since two people would share the address; expected {"attribute": "userPrincipalName"}
    mailNickname cannot stand in for mail, since it is no address; only userPrincipalName can
    jobTitle stands there twice; write it once
    "#);
}

#[test]
fn what_is_missing_is_filled_trimmed_and_what_is_there_stays() {
    let may_sign_in = Some(true);
    let ana = DirectoryUser { given_name: Some(Personal::new("Ana")), account_enabled: may_sign_in, ..nobody() };
    let filled = read(ALL).fill(ana, anas);
    assert_eq!(filled.mail, Email::new("ana@contoso.com"));
    assert_eq!(filled.given_name, Some(Personal::new("Ana")));
    assert_eq!(filled.surname, Some(Personal::new("Ana García")));
    assert_eq!(filled.job_title, Some(Personal::new("Not stated")));
    assert_eq!(filled.account_enabled, may_sign_in);
    assert_eq!(filled.substituted, [Field::Email, Field::LastName, Field::Title].into_iter().collect());
    // A substitute that is missing itself, or blank, fills nothing.
    for attribute in ["department", "officeLocation"] {
        let setting = read(&format!(r#"{{"jobTitle": {{"attribute": "{attribute}"}}}}"#));
        let ana = DirectoryUser { account_enabled: Some(true), ..nobody() };
        assert_eq!(setting.fill(ana.clone(), anas), ana);
    }
}

#[test]
fn a_guests_sign_in_name_is_no_address() {
    let guest = || DirectoryUser { account_enabled: Some(true), ..nobody() };
    for name in ["vi_else.org#EXT#@contoso.onmicrosoft.com", "vi_else.org#ext#@contoso.onmicrosoft.com"] {
        let filled = read(ALL).fill(guest(), |attribute| match attribute {
            Attribute::UserPrincipalName => Some(name),
            _ => Some("Vi"),
        });
        assert_eq!((filled.mail, filled.job_title), (None, Some(Personal::new("Not stated"))));
    }
    // Where it is no address that is wanted, it is as good as another text.
    let title = read(r#"{"jobTitle": {"attribute": "userPrincipalName"}}"#);
    assert!(title.fill(guest(), |_| Some("vi#EXT#@contoso.com")).job_title.is_some());
}

#[test]
fn settings_are_told_apart_by_their_digest() {
    let settings = [
        r#"{"jobTitle": {"text": "department"}}"#,
        r#"{"jobTitle": {"attribute": "department"}}"#,
        r#"{"surname": {"attribute": "department"}}"#,
        ALL,
    ];
    let digests: BTreeSet<_> = settings.map(|json| read(json).digest().unwrap()).into();
    assert_eq!(digests.len(), settings.len());
    assert!(digests.iter().all(|digest| digest.len() == 16));
    assert_eq!(MissingFields::default().digest(), None);
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[ a-z@]{0,6}")
}

fn user() -> impl Strategy<Value = DirectoryUser> {
    (text(), text(), text(), text(), proptest::option::of(any::<bool>())).prop_map(
        |(mail, given, surname, title, account_enabled)| {
            let personal = |text: Option<String>| text.as_deref().and_then(Personal::trimmed);
            DirectoryUser {
                mail: mail.as_deref().and_then(Email::new),
                given_name: personal(given),
                surname: personal(surname),
                job_title: personal(title),
                account_enabled,
                ..nobody()
            }
        },
    )
}

fn setting() -> impl Strategy<Value = MissingFields> {
    let one = prop_oneof![
        "[a-z]{1,6}".prop_map(|text| Instead::Text(text.into())),
        proptest::sample::select(Attribute::ALL.to_vec()).prop_map(Instead::Attribute),
    ];
    let mail = proptest::option::of(Just(Instead::Attribute(Attribute::UserPrincipalName)));
    (mail, proptest::collection::btree_map(proptest::sample::select(Field::REQUIRED[1..].to_vec()), one, 0..4))
        .prop_map(|(mail, mut all)| {
            all.extend(mail.map(|mail| (Field::Email, mail)));
            MissingFields(all)
        })
}

proptest! {
    /// What is there is never touched, whoever may not be shown whole is never filled, and what was filled is not missing any more.
    #[test]
    fn only_what_is_missing_is_filled(user in user(), setting in setting(), there in any::<bool>()) {
        let filled = setting.fill(user.clone(), |_| there.then_some("x@y.z"));
        prop_assert_eq!(MissingFields::default().fill(user.clone(), |_| Some("x@y.z")), user.clone());
        prop_assert_eq!(filled.account_enabled, user.account_enabled);
        if user.account_enabled.is_none() {
            prop_assert_eq!(&filled, &user);
            return Ok(());
        }
        for field in Field::REQUIRED {
            let (before, after) = (user.text(field), filled.text(field));
            if before.is_some() {
                prop_assert_eq!(before, after);
            }
            let expected = before.is_none() && match setting.instead_of(field) {
                None => false,
                Some(Instead::Text(_)) => true,
                Some(Instead::Attribute(_)) => there,
            };
            prop_assert_eq!(filled.substituted.contains(field), expected);
            prop_assert_eq!(after.is_some(), before.is_some() || expected);
            prop_assert_eq!(filled.missing().contains(field), after.is_none());
        }
    }
}
