//! The template, read as it stands: its names, rights, order and settings, and the docs that speak of them. What only SAM's
//! own expansion can show is checked by `make check-template`.

mod alarms;
mod docs;
mod functions;
mod queues;
mod read;
mod removal;
mod rights;

use std::collections::BTreeSet;

use read::Template;

/// The functions, by the crate and binary of each.
const FUNCTIONS: [(&str, &str); 6] = [
    ("NotificationIntakeFunction", "notification-intake"),
    ("UserFlowFunction", "user-flow"),
    ("GroupFlowFunction", "group-flow"),
    ("InitialSyncFunction", "initial-sync"),
    ("SubscriptionKeeperFunction", "subscription-keeper"),
    ("CleanupFunction", "cleanup"),
];

#[test]
fn the_names_that_others_rely_on_are_there() {
    let template = Template::read();
    let resources: BTreeSet<_> = template.names("Resources");
    for (name, _) in FUNCTIONS {
        assert!(resources.contains(name), "{name}");
    }
    for name in [
        "Ledger",
        "UserQueue",
        "GroupQueue",
        "KeeperQueue",
        "RunQueue",
        "CleanupQueue",
        "UserDeadLetterQueue",
        "GroupDeadLetterQueue",
        "ControlDeadLetterQueue",
        "Checks",
        "Teardown",
        "Subscriptions",
        "FirstRun",
    ] {
        assert!(resources.contains(name), "{name}");
    }
    let outputs = template.names("Outputs");
    for name in [
        "NotificationUrl",
        "InitialSyncFunctionName",
        "LedgerTableName",
        "UserQueueUrl",
        "GroupQueueUrl",
        "UserDeadLetterQueueUrl",
        "GroupDeadLetterQueueUrl",
        "ControlDeadLetterQueueUrl",
    ] {
        assert!(outputs.contains(name), "{name}");
    }
    for (name, output) in template.section("Outputs") {
        assert!(output["Description"].is_string(), "output {name} is not described");
    }
}

#[test]
fn every_parameter_is_described_and_stands_in_a_group_with_a_label() {
    let template = Template::read();
    let interface = &template.section("Metadata")["AWS::CloudFormation::Interface"];
    let grouped: Vec<_> = interface["ParameterGroups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| {
            assert!(group["Label"]["default"].is_string());
            group["Parameters"].as_array().unwrap().iter().map(|name| name.as_str().unwrap())
        })
        .collect();
    let parameters = template.names("Parameters");
    assert_eq!(grouped.len(), parameters.len(), "a parameter stands in two groups, or in none");
    assert_eq!(grouped.into_iter().collect::<BTreeSet<_>>(), parameters);
    for (name, parameter) in template.section("Parameters") {
        assert!(parameter["Description"].as_str().unwrap().len() > 30, "{name} needs a description for a newcomer");
        assert!(interface["ParameterLabels"][name]["default"].is_string(), "{name} has no label");
    }
    assert_eq!(template.needs_of_everything().intersection(&parameters).count(), parameters.len(), "one is unused");
}
