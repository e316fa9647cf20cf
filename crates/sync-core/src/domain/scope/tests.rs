use proptest::prelude::*;

use super::*;
use crate::domain::Attribute;

fn admits(filter: &str, person: &[(&str, &str)]) -> bool {
    let filter: Filter = filter.parse().unwrap();
    filter.admits(&|property: Property| {
        let name = property.to_string();
        Shown(person.iter().find(|(own, _)| *own == name).map(|(_, value)| *value))
    })
}

const ANA: [(&str, &str); 5] = [
    ("employeeId", "ΟΔΟΣΑ"),
    ("userType", "Member"),
    ("department", "QA Labs"),
    ("jobTitle", "Head of QA"),
    ("city", "Wien's Neustadt"),
];

#[test]
fn a_filter_is_decided_by_looking_at_one_person() {
    for (filter, expected) in [
        ("userType eq 'Member'", true),
        ("userType eq 'member'", true),
        ("userType ne 'Guest'", true),
        ("userType ne 'Member'", false),
        ("department in ('RA', 'QA Labs')", true),
        ("department in ('RA')", false),
        ("startsWith(jobTitle, 'head of')", true),
        ("startswith(jobTitle,'QA')", false),
        ("endsWith(jobTitle, 'QA')", true),
        ("contains(jobTitle, 'of q')", true),
        ("city eq 'Wien''s Neustadt'", true),
        ("country eq null", true),
        ("country ne null", false),
        ("country eq 'AT'", false),
        ("country ne 'AT'", true),
        ("country in ('AT', null)", true),
        ("startsWith(country, '')", false),
        ("not startsWith(country, 'A')", true),
        ("startsWith(employeeId, 'οδος')", true),
        ("userType eq 'Guest' or department eq 'QA Labs'", true),
        // `and` binds more closely than `or`.
        ("userType eq 'Member' or userType eq 'Guest' and country eq 'AT'", true),
        ("(userType eq 'Member' or userType eq 'Guest') and country eq 'AT'", false),
        ("not (userType eq 'Member' and country eq 'AT')", true),
        ("not userType eq 'Guest' and country eq null", true),
        ("onPremisesExtensionAttributes/extensionAttribute15 eq null", true),
    ] {
        assert_eq!(admits(filter, &ANA), expected, "{filter}");
    }
}

#[test]
fn what_is_asked_for_is_known() {
    let filter: Filter =
        "department eq 'QA' and not (userType eq 'Guest' or onPremisesExtensionAttributes/extensionAttribute1 eq 'x')"
            .parse()
            .unwrap();
    let names: Vec<String> = filter.properties().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["department", "userType", "onPremisesExtensionAttributes/extensionAttribute1"]);
    assert!(filter.properties().contains(&Property::Attribute(Attribute::Department)));
}

#[test]
fn a_filter_that_cannot_be_used_is_refused_with_the_place_and_the_cure() {
    let deep = format!("{}city eq 'W'{}", "(".repeat(17), ")".repeat(17));
    let long = format!("city eq '{}'", "x".repeat(150));
    for (filter, because) in [
        (
            "depatment eq 'QA'",
            "`depatment` is no property that a filter can ask for; expected mail, jobTitle, userType",
        ),
        ("accountEnabled eq true", "`accountEnabled` is no property that a filter can ask for"),
        ("onPremisesExtensionAttributes/extensionAttribute16 eq 'x'", "is no property"),
        ("onPremisesExtensionAttributes/extensionAttribute01 eq 'x'", "is no property"),
        ("employeeId gt '7'", "`gt` is not known here; compare with eq, ne or in"),
        ("department eq QA", "at `QA`: expected a text in single quotes, or null"),
        ("department eq \"QA\"", "`\"` begins nothing; texts stand in single quotes, 'QA'"),
        ("department eq 'QA", "the text `QA` is not closed"),
        ("department eq", "it ends where a text in single quotes, or null is expected"),
        ("department", "it ends where eq, ne or in is expected"),
        ("", "it ends where a comparison such as department eq 'QA' is expected"),
        ("department eq 'QA' userType eq 'Guest'", "at `userType`: expected `and`, `or` or the end"),
        ("(department eq 'QA'", "it ends where `)` is expected"),
        ("department eq 'QA')", "at `)`: expected `and`, `or` or the end"),
        ("department in ()", "at `)`: expected a text in single quotes, or null"),
        ("contains(department 'QA')", "at `'QA'`: expected `,`"),
        ("contains(null, 'QA')", "`null` is no property"),
        (&deep, "stand 16 deep within each other at most"),
        (&long, "it has 160 characters; shorten it to 150"),
    ] {
        let error = filter.parse::<Filter>().unwrap_err().to_string();
        assert!(error.contains(because), "{filter}: {error}");
    }
}

#[test]
fn a_guest_is_told_by_his_type_before_any_filter() {
    let admission = Admission { no_guests: true, filter: Some("department eq 'QA'".parse().unwrap()) };
    let judge = |user_type: Option<&'static str>, department: &'static str| {
        admission
            .judge(move |property| Shown(if property == Property::UserType { user_type } else { Some(department) }))
    };
    assert_eq!(judge(Some("guest"), "QA"), Within::Outside(Outside::Guest));
    assert_eq!(judge(None, "QA"), Within::Inside);
    assert_eq!(judge(Some("Member"), "RA"), Within::Outside(Outside::Filter));
    assert!(Admission::default().is_everybody() && !admission.is_everybody());
    assert_eq!(admission.properties().len(), 2);
}

#[test]
fn groups_stand_with_commas_between_them_and_one_that_is_none_is_named() {
    let both = "11111111-1111-1111-1111-111111111111, 22222222-2222-2222-2222-222222222222,";
    assert_eq!(scope_groups(both).unwrap().len(), 2);
    assert!(scope_groups("  ").unwrap().is_empty());
    let error = scope_groups("11111111-1111-1111-1111-111111111111, QA").unwrap_err().to_string();
    assert!(error.contains("`QA` is not a group's object id"), "{error}");
}

#[test]
fn what_becomes_of_those_outside_is_one_of_two_things() {
    assert_eq!("keep".parse(), Ok(Leaving::Keep));
    assert_eq!(" deactivate ".parse(), Ok(Leaving::Deactivate));
    let error = "delete".parse::<Leaving>().unwrap_err().to_string();
    assert_eq!(error, "`delete` is nothing that can become of an account; expected keep or deactivate");
}

/// A filter of comparisons, and what it comes to by another reading: brackets around everything.
fn spelled() -> impl Strategy<Value = (String, bool)> {
    let leaf = prop_oneof![
        Just(("city eq 'W'".to_owned(), true)),
        Just(("city ne 'W'".to_owned(), false)),
        Just(("country eq null".to_owned(), true)),
        Just(("contains(city, 'x')".to_owned(), false)),
    ];
    leaf.prop_recursive(3, 5, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|(text, holds)| (format!("not ({text})"), !holds)),
            (inner.clone(), inner.clone())
                .prop_map(|((one, a), (other, b))| (format!("({one}) and ({other})"), a && b)),
            (inner.clone(), inner).prop_map(|((one, a), (other, b))| (format!("({one}) or ({other})"), a || b)),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_that_is_written_ends_in_a_panic(text in "[ -~ä]{0,60}") {
        let _ = text.parse::<Filter>();
    }

    #[test]
    fn whatever_is_built_of_comparisons_means_what_it_says((text, expected) in spelled()) {
        prop_assume!(text.chars().count() <= Filter::LONGEST);
        let filter: Filter = text.parse().unwrap();
        let shown = |property| Shown((property == Property::City).then_some("W"));
        prop_assert_eq!(filter.admits(&shown), expected, "{}", text);
    }
}
