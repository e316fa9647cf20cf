mod tree;

use proptest::prelude::*;
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

proptest! {
    #[test]
    fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    /// Half-right items, which get further in.
    #[test]
    fn no_json_makes_it_panic(resource in ".{0,40}", id in ".{0,40}", number in any::<f64>(), event in "[a-z]{0,4}") {
        let body = serde_json::json!({ "value": [
            { "resource": resource, "resourceData": { "id": id, "sequenceNumber": number, "members@delta": [{ "id": id }] } },
            { "resource": format!("Users/{id}"), "lifecycleEvent": event },
        ] });
        prop_assert_eq!(read(body.to_string().as_bytes()).unwrap().len(), 2);
    }

    /// Any JSON in any place, read with a tree and without: the same items, or the same refusal. Names stand twice, or are none that
    /// are looked for; and some is cut off or broken.
    #[test]
    fn it_is_read_as_by_way_of_a_tree(body in body(), cut in prop::option::of(any::<prop::sample::Index>()), odd in any::<u8>()) {
        let mut body = body.into_bytes();
        if let Some(cut) = cut {
            let at = cut.index(body.len());
            if odd % 2 == 0 { body.truncate(at) } else { body[at] = odd }
        }
        prop_assert_eq!(told(read(&body)), told(tree::read(&body)), "{}", String::from_utf8_lossy(&body));
    }
}

/// All of what was read, secrets as well.
fn told(items: Result<Vec<Item>, DeliveryError>) -> Result<Vec<String>, DeliveryError> {
    let told = |Item { subscription, tenant, client_state, says }: Item| {
        let secret = client_state.map(|secret| secret.expose_secret().to_owned());
        format!("{subscription:?} {tenant:?} {secret:?} {says:?}")
    };
    Ok(items?.into_iter().map(told).collect())
}

/// The text of a body: mostly notifications, in which each property may stand anywhere, twice or not at all, and hold anything.
fn body() -> impl Strategy<Value = String> {
    let item = object(property([
        ("subscriptionId", text([USER, OTHER, " 9A8B7C6D-5E4F-4A3B-8C2D-1E0F9A8B7C6D ", "x"])),
        ("tenantId", text([USER, OTHER])),
        ("clientState", text(["s3cret", r"s3\u0063ret", ""])),
        ("changeType", text(["updated", "Deleted", "deleted"])),
        (
            "resource",
            text([
                "Users/3f2b6c1e-8d4a-4b7e-9c55-1a2b3c4d5e6f",
                "/groups/9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d/",
                "Groups",
            ]),
        ),
        (
            "resource",
            text([r"users\/9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d", "GROUPS/3f2b6c1e-8d4a-4b7e-9c55-1a2b3c4d5e6f"]),
        ),
        ("resourceData", data().boxed()),
        (r"resource\u0044ata", data().boxed()),
    ]));
    let rarely = object(property([
        ("lifecycleEvent", text(["missed", "subscriptionRemoved", "reauthorizationRequired", "other"])),
        ("other", anything().boxed()),
    ]));
    let items = prop::collection::vec(prop_oneof![12 => item, 1 => rarely, 1 => anything()], 0..4);
    let items = items.prop_map(|items| format!("[{}]", items.join(",")));
    prop_oneof![8 => object(property([("value", items.boxed())])), 1 => anything()]
}

fn data() -> impl Strategy<Value = String> {
    let member = object(property([
        ("id", text([USER, OTHER, OTHER])),
        ("@odata.type", text(["#microsoft.graph.user", "#Microsoft.Graph.Group", "#microsoft.graph.device"])),
        ("@removed", anything().boxed()),
    ]));
    let members = prop_oneof![
        8 => prop::collection::vec(member, 0..4).prop_map(|members| format!("[{}]", members.join(","))),
        1 => Just(format!("[{}]", vec![format!(r#"{{"id":"{USER}"}}"#); MANY_MEMBERS + 1].join(","))),
        1 => Just(format!("[{}]", vec![format!(r#"{{"id":"{USER}"}}"#); MANY_MEMBERS].join(","))),
    ];
    let number = prop_oneof![any::<u64>().prop_map(|n| n.to_string()), any::<i64>().prop_map(|n| n.to_string())];
    object(property([
        ("id", text([USER, OTHER])),
        ("sequenceNumber", number.boxed()),
        ("sequenceNumber", text(["636784480202455800", " 7 ", "7.5", "-1"])),
        ("members@delta", members.boxed()),
    ]))
}

/// One of these properties, with the value that goes with it or any other.
fn property<const N: usize>(
    properties: [(&'static str, BoxedStrategy<String>); N],
) -> impl Strategy<Value = String> + Clone {
    let properties = properties.map(|(name, right)| {
        prop_oneof![9 => right, 1 => anything()].prop_map(move |value| format!("\"{name}\": {value}")).boxed()
    });
    prop::strategy::Union::new(properties)
}

fn object(property: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec(property, 0..9).prop_map(|properties| format!("{{{}}}", properties.join(", ")))
}

fn text<const N: usize>(texts: [&'static str; N]) -> BoxedStrategy<String> {
    prop::sample::select(texts.to_vec()).prop_map(|text| format!("\"{text}\"")).boxed()
}

/// Any JSON, numbers that no parser takes included.
fn anything() -> impl Strategy<Value = String> + Clone {
    let scalar = prop_oneof![
        prop::sample::select(vec!["null", "true", "0", "-7", "1e999", "\"\"", "{}", "[]"]).prop_map(ToOwned::to_owned),
        any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
        ".{0,12}".prop_map(|text| serde_json::json!(text).to_string()),
    ];
    scalar.prop_recursive(3, 20, 4, |inner| {
        let property = (prop::sample::select(vec!["id", "value", "other"]), inner.clone());
        prop_oneof![
            object(property.prop_map(|(name, value)| format!("\"{name}\": {value}"))),
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
        ]
    })
}
