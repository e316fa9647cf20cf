//! Bodies that get far in: mostly notifications, in which each property may stand anywhere, twice or not at all, and hold anything.

use proptest::prelude::*;

use super::check;

const USER: &str = "3f2b6c1e-8d4a-4b7e-9c55-1a2b3c4d5e6f";
const OTHER: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const SUBSCRIPTION: &str = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07";

/// How many are named in one notification at most.
const MANY_MEMBERS: usize = 500;

proptest! {
    #[test]
    fn nearly_right_bodies_are_taken_in(body in body(), cut in prop::option::of(any::<prop::sample::Index>()), odd in any::<u8>()) {
        let mut body = body.into_bytes();
        if let Some(cut) = cut {
            let at = cut.index(body.len());
            if odd % 2 == 0 { body.truncate(at) } else { body[at] = odd }
        }
        check(&body);
    }
}

/// More people and groups than one message takes, in as many notifications as that needs.
#[test]
fn more_members_than_a_message_takes_are_not_named() {
    for (kind, notifications) in [("user", 6), ("user", 7), ("group", 6), ("group", 7), ("group", 40)] {
        let member = format!(r##"{{"id":"{OTHER}","@odata.type":"#microsoft.graph.{kind}"}}"##);
        let members = vec![member; MANY_MEMBERS].join(",");
        let item = format!(
            r#"{{"subscriptionId":"{SUBSCRIPTION}","tenantId":"{TENANT}","clientState":"s3cret",
            "resource":"Groups/{USER}","resourceData":{{"members@delta":[{members}]}}}}"#
        );
        check(format!(r#"{{"value":[{}]}}"#, vec![item; notifications].join(",")).as_bytes());
    }
}

#[test]
fn a_body_may_be_as_large_as_lambda_hands_it_over_and_no_larger() {
    let padded = |size: usize| [br#"{"value":[]}"#.as_slice(), &vec![b' '; size - 12]].concat();
    check(&padded(6 * 1024 * 1024));
    check(&padded(6 * 1024 * 1024 + 1));
    check(format!(r#"{{"value":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)).as_bytes());
}

fn body() -> impl Strategy<Value = String> {
    let item = object(property([
        ("subscriptionId", text([SUBSCRIPTION, SUBSCRIPTION, OTHER, " 7F105C7D-2DC5-4530-97CD-4E7AE6534C07 ", "x"])),
        ("tenantId", text([TENANT, TENANT, TENANT, OTHER])),
        ("clientState", text(["s3cret", r"s3\u0063ret", "t0ken", ""])),
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
