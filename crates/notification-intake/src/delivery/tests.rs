use secrecy::ExposeSecret;

use super::*;

const USER: &str = "3f2b6c1e-8d4a-4b7e-9c55-1a2b3c4d5e6f";
const OTHER: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";

fn says(item: &str) -> Says {
    let body = format!(r#"{{"value":[{item}]}}"#);
    read(body.as_bytes()).unwrap().remove(0).says
}

fn user(id: &str, change: Option<u64>) -> Says {
    Says::User { user: DirectoryUserId::parse(id).unwrap(), deleted: false, change }
}

fn group(members: MembersHint) -> Says {
    Says::Group { group: GroupId::parse(USER).unwrap(), members, change: None }
}

/// As it was seen on a live tenant, for a user who was deleted.
#[test]
fn a_user_notification_names_its_user() {
    let body = format!(
        r##"{{"value":[{{"changeType":"updated","clientState":"s3cret","resource":"Users/{USER}",
        "resourceData":{{"@odata.type":"#Microsoft.Graph.User","@odata.id":"Users/{USER}","id":"{USER}",
        "organizationId":"t","sequenceNumber":636784480202455800}},
        "subscriptionExpirationDateTime":"2019-01-17T12:48:43.7825578+00:00",
        "subscriptionId":"{OTHER}","tenantId":"{OTHER}"}}],"validationTokens":["x"]}}"##
    );
    let items = read(body.as_bytes()).unwrap();
    let [item] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!(item.says, user(USER, Some(636_784_480_202_455_800)));
    assert_eq!((item.subscription, item.tenant), (Uuid::try_parse(OTHER).ok(), Uuid::try_parse(OTHER).ok()));
    assert_eq!(item.client_state.as_ref().unwrap().expose_secret(), "s3cret");
    assert!(!format!("{item:?}").contains("s3cret"));
}

#[test]
fn the_id_may_stand_in_the_path_alone_and_in_any_capitals() {
    let upper = USER.to_uppercase();
    for item in [
        format!(r#"{{"resource":"users/{USER}"}}"#),
        format!(r#"{{"resource":"/Users/{upper}/"}}"#),
        format!(r#"{{"resource":"USERS/{OTHER}","resourceData":{{"id":"{USER}"}}}}"#),
        format!(r#"{{"resource":"Users('{USER}')"}}"#),
        format!(r#"{{"resource":"/users('x')/","resourceData":{{"id":"{USER}"}}}}"#),
        format!(r#"{{"resource":"Users","resourceData":{{"id":"{USER}","sequenceNumber":"7.5"}}}}"#),
    ] {
        assert_eq!(says(&item), user(USER, None), "{item}");
    }
}

#[test]
fn a_deletion_for_good_is_told_from_one_that_can_be_undone() {
    for (kind, deleted) in [("updated", false), ("deleted", true), ("Deleted", true)] {
        let item = format!(r#"{{"changeType":"{kind}","resource":"Users/{USER}"}}"#);
        assert_eq!(says(&item), Says::User { user: DirectoryUserId::parse(USER).unwrap(), deleted, change: None });
    }
}

#[test]
fn members_are_a_hint_in_any_spelling() {
    let item = |delta: &str| format!(r#"{{"resource":"Groups/{USER}","resourceData":{{"id":"{USER}"{delta}}}}}"#);
    let these =
        MembersHint::people(vec![DirectoryUserId::parse(USER).unwrap(), DirectoryUserId::parse(OTHER).unwrap()]);
    for removed in
        [r#""@removed":"deleted""#, r#""@removed":{"reason":"deleted"}"#, r##""@odata.type":"#Microsoft.Graph.User""##]
    {
        let delta = format!(r#","members@delta":[{{"id":"{USER}"}},{{"id":"{OTHER}",{removed}}}]"#);
        assert_eq!(says(&item(&delta)), group(these.clone()), "{delta}");
    }
    let typed = |kind: &str| {
        let delta = format!(
            r##","members@delta":[{{"id":"{USER}"}},{{"id":"{OTHER}","@odata.type":"#microsoft.graph.{kind}"}}]"##
        );
        says(&item(&delta))
    };
    let people = vec![DirectoryUserId::parse(USER).unwrap()];
    let groups = vec![GroupId::parse(OTHER).unwrap()];
    assert_eq!(typed("group"), group(MembersHint::These { people: people.clone(), groups }));
    assert_eq!(typed("device"), group(MembersHint::people(people)));
    let many = format!(r#","members@delta":[{}]"#, vec![format!(r#"{{"id":"{USER}"}}"#); MANY_MEMBERS + 1].join(","));
    let one_is_no_id = format!(r#","members@delta":[{{"id":"{USER}"}},{{"id":"x"}}]"#);
    for delta in ["", r#","members@delta":[]"#, r#","members@delta":"x""#, &many, &one_is_no_id] {
        assert_eq!(says(&item(delta)), group(MembersHint::Unsaid), "{}", delta.get(..60).unwrap_or(delta));
    }
}

#[test]
fn lifecycle_events_are_recognised_without_change_type_or_resource() {
    for (event, expected) in [
        ("reauthorizationRequired", Says::Lifecycle(Lifecycle::ReauthorizationRequired)),
        ("subscriptionRemoved", Says::Lifecycle(Lifecycle::Removed)),
        ("missed", Says::Lifecycle(Lifecycle::Missed)),
        ("somethingNew", Says::Unknown),
    ] {
        assert_eq!(says(&format!(r#"{{"lifecycleEvent":"{event}"}}"#)), expected);
    }
}

#[test]
fn what_is_not_understood_is_there_all_the_same() {
    for item in [
        "null",
        "7",
        "[]",
        "{}",
        r#"{"resource":"Devices/3f2b6c1e-8d4a-4b7e-9c55-1a2b3c4d5e6f"}"#,
        r#"{"resource":"Users/nobody"}"#,
        r#"{"resource":["Users"],"resourceData":"x","subscriptionId":5,"tenantId":{},"clientState":null}"#,
    ] {
        assert_eq!(says(item), Says::Unknown, "{item}");
    }
}

#[test]
fn a_body_that_is_no_delivery_says_so_without_repeating_it() {
    assert_eq!(read(b"{ \"value\": \n oops").unwrap_err(), DeliveryError::NotJson { line: 2, column: 2 });
    for body in ["null", "[]", "{}", r#"{"value":{}}"#] {
        assert_eq!(read(body.as_bytes()).unwrap_err(), DeliveryError::NotCollection, "{body}");
    }
    assert!(matches!(read(&vec![b' '; LARGEST + 1]).unwrap_err(), DeliveryError::TooLarge(_)));
    // Deeper than serde_json follows: refused, no stack overflow.
    let deep = format!(r#"{{"value":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(read(deep.as_bytes()).unwrap_err(), DeliveryError::NotJson { .. }));
}
