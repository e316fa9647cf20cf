use super::*;
use crate::domain::OpaqueId;

const READERS: &str = "11111111-1111-1111-1111-111111111111";
const AUTHORS: &str = "22222222-2222-2222-2222-222222222222";

fn role(id: &str, name: &str) -> Role {
    Role { id: RoleId::text(id), name: name.to_owned(), is_default: false }
}

fn group(text: &str) -> GroupId {
    GroupId::parse(text).unwrap()
}

#[test]
fn a_role_may_be_an_id_or_a_name_and_a_text_may_stand_for_a_list() {
    let spec = MappingSpec::parse(&format!(r#"{{"{READERS}": "Document Reader", "{AUTHORS}": ["Author", "17", 18]}}"#))
        .unwrap();
    let roles = [role("16", "Document Reader"), role("17", "Approver"), role("18", "Trainer"), role("19", "Author")];
    let mapping = spec.resolve(&spec.groups().collect(), &roles).unwrap();
    let ids = |g| mapping.roles_of(group(g)).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(READERS), ["16"]);
    assert_eq!(ids(AUTHORS), ["17", "18", "19"]);
    assert!(mapping.is_mapped(&RoleId::text("16")) && !mapping.is_mapped(&RoleId::text("99")));
}

#[test]
fn every_problem_is_named_at_once() {
    let spec =
        MappingSpec::parse(&format!(r#"{{"{READERS}": ["document reader", "Twin"], "{AUTHORS}": "16"}}"#)).unwrap();
    let roles = [role("16", "Document Reader"), role("17", "Twin"), role("18", "Twin")];
    let problems = spec.resolve(&BTreeSet::from([group(READERS)]), &roles).unwrap_err();
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            format!(
                "role `document reader`, mapped to group {READERS}, does not exist in ZenQMS; names must match exactly, capitals included"
            ),
            format!(
                "role `Twin`, mapped to group {READERS}, is the name or id of several roles; write the id of the one that is meant"
            ),
            format!("group {AUTHORS} of the mapping does not exist in the directory (or the app may not read it)"),
        ]
    );
}

#[test]
fn a_malformed_mapping_is_refused_with_the_place_and_the_cure() {
    for (json, reason) in [
        ("[]", "invalid type: sequence, expected an object with a group's object id for each key"),
        ("{\"QA\": \"Author\"}", "`QA` is not a group's object id (a GUID)"),
        (&format!(r#"{{"{READERS}": []}}"#), "has no role"),
        (&format!(r#"{{"{READERS}": [" "]}}"#), "a role's id or name is empty"),
        (&format!(r#"{{"{READERS}": {{}}}}"#), "expected a role (id or exact name) or a list of roles"),
        (&format!(r#"{{"{READERS}": "A", "{READERS}": "B"}}"#), "stands there twice"),
        (&format!(r#"{{"{READERS}": "A""#), "EOF while parsing an object at line 1 column"),
    ] {
        let error = MappingSpec::parse(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{json}: {error}");
        assert!(error.ends_with(r#"expected {"<group object id>": ["<role id or exact role name>", ...], ...}"#));
    }
}

#[test]
fn nothing_mapped_is_a_mapping_too() {
    for json in ["", "  ", "{}"] {
        assert!(MappingSpec::parse(json).unwrap().is_empty());
    }
}

#[test]
fn a_group_of_the_scope_stands_among_the_mapped_ones_and_gives_nothing() {
    let scope = |ids: &[&str]| Scope { groups: ids.iter().map(|id| group(id)).collect(), ..Scope::default() };
    let spec = MappingSpec::parse(&format!(r#"{{"{READERS}": "Reader"}}"#)).unwrap();
    let spec = spec.within(scope(&[READERS, AUTHORS]));
    assert_eq!(spec.groups().collect::<Vec<_>>(), [group(READERS), group(AUTHORS)]);
    let roles = [role("16", "Reader")];
    let mapping = spec.resolve(&spec.groups().collect(), &roles).unwrap();
    assert_eq!(mapping.groups().collect::<Vec<_>>(), [group(READERS), group(AUTHORS)]);
    assert_eq!(mapping.mapped_groups().collect::<Vec<_>>(), [group(READERS)]);
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
    // Without a scope nothing of it is kept: what was kept before reads as it did.
    assert!(!serde_json::to_string(&mapping.within(Scope::default())).unwrap().contains("scope"));

    let problems = spec.resolve(&BTreeSet::from([group(READERS)]), &roles).unwrap_err();
    assert_eq!(problems, [MappingProblem::UnknownScopeGroup { group: group(AUTHORS) }]);
    assert!(MappingSpec::default().is_empty() && !MappingSpec::default().within(scope(&[AUTHORS])).is_empty());
}

#[test]
fn the_resolved_mapping_survives_storage_with_number_ids() {
    let mut mapping = Mapping::default();
    let role = Role { id: RoleId(OpaqueId::Number(17)), name: "Author".to_owned(), is_default: true };
    mapping.add(group(READERS), role);
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
}

#[test]
fn roles_that_must_keep_holders_are_mapped_ones_by_id_or_name() {
    let minimum = |json: &str| MinimumHolders::parse(json).unwrap();
    let spec = MappingSpec::parse(&format!(r#"{{"{READERS}": "Reader", "{AUTHORS}": "17"}}"#)).unwrap();
    let groups: BTreeSet<GroupId> = spec.groups().collect();
    let roles =
        [role("16", "Reader"), role("17", "Author"), role("18", "Trainer"), role("19", "Twin"), role("20", "Twin")];
    let mapping = spec.clone().keeping(minimum(r#"{"Reader": 2, "17": 1}"#)).resolve(&groups, &roles).unwrap();
    assert_eq!(mapping.minimum_holders().collect::<Vec<_>>(), [(&RoleId::text("16"), 2), (&RoleId::text("17"), 1)]);
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
    // What is worked by and a new text go together, as scope and text do.
    assert_eq!(spec.clone().beside(&mapping).resolve(&groups, &roles).unwrap(), mapping);
    // Where nothing of it is set, what was kept before reads as it did.
    let plain = spec.resolve(&groups, &roles).unwrap();
    assert!(!serde_json::to_string(&plain).unwrap().contains("minimum"));

    let wrong = spec.keeping(minimum(r#"{"Trainer": 1, "Twin": 1, "Nurse": 1}"#)).resolve(&groups, &roles).unwrap_err();
    let texts: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "role `Nurse`, which is to keep a number of holders, does not exist in ZenQMS; names must match exactly, capitals included",
            "role `Trainer`, which is to keep a number of holders, is given by no group of the mapping",
            "role `Twin`, which is to keep a number of holders, is the name or id of several roles; write the id of the one that is meant",
        ]
    );
}

#[test]
fn one_role_under_two_names_keeps_the_larger_number() {
    let spec = MappingSpec::parse(&format!(r#"{{"{READERS}": "Reader"}}"#)).unwrap();
    let roles = [role("16", "Reader")];
    let minimum = MinimumHolders::parse(r#"{"Reader": 3, "16": 2}"#).unwrap();
    let mapping = spec.clone().keeping(minimum).resolve(&spec.groups().collect(), &roles).unwrap();
    assert_eq!(mapping.minimum_holders().collect::<Vec<_>>(), [(&RoleId::text("16"), 3)]);
}

#[test]
fn minimum_holders_that_cannot_be_meant_are_refused_with_the_cure() {
    for (json, reason) in [
        ("[]", "expected an object with a role's id or name for each key"),
        (r#"{"Reader": 0}"#, "role `Reader` must keep between 1 and 50 holders"),
        (r#"{"Reader": 51}"#, "role `Reader` must keep between 1 and 50 holders"),
        (r#"{"Reader": 1, "Reader": 2}"#, "role `Reader` stands there twice"),
        (r#"{"Reader": "two"}"#, "invalid type: string"),
        (r#"{"Reader": -1}"#, "invalid value: integer `-1`"),
    ] {
        let error = MinimumHolders::parse(json).unwrap_err().to_string();
        assert!(error.contains(reason), "{json}: {error}");
        assert!(error.ends_with(r#"expected {"<role id or exact role name>": <number of people>, ...}"#));
    }
    for json in ["", " ", "{}"] {
        assert_eq!(MinimumHolders::parse(json).unwrap(), MinimumHolders::default());
    }
}
