use std::collections::BTreeSet;

use serde_json::Value;

use super::FUNCTIONS;
use super::read::{Template, file, needs};

/// What each function may do beyond writing its log, reading the credentials and receiving from its queue.
fn may(function: &str) -> &'static [&'static str] {
    match function {
        "NotificationIntakeFunction" => &["dynamodb:Query"],
        "UserFlowFunction" | "GroupFlowFunction" => {
            &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        }
        "InitialSyncFunction" => &[
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "ssm:GetParameter",
            "s3:GetObject",
        ],
        "SubscriptionKeeperFunction" => {
            &["dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        }
        "CleanupFunction" => {
            &["dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        }
        other => panic!("{other}"),
    }
}

/// The resources whose ARN a right names: queues, the table, a log group; nothing for what lies outside the template.
fn resource(statement: &Value) -> BTreeSet<String> {
    let named = needs(&statement["Resource"]);
    named
        .into_iter()
        .filter(|name| !name.starts_with("AWS::") && *name != "Name" && *name != "Object")
        .map(str::to_owned)
        .collect()
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn statements<'a>(template: &'a Template, function: &str) -> &'a Vec<Value> {
    let role = template.properties(function)["Role"]["Fn::GetAtt"][0].as_str().unwrap();
    assert_eq!(role, function.replace("Function", "Role"), "a role for each function");
    template.properties(role)["Policies"][0]["PolicyDocument"]["Statement"].as_array().unwrap()
}

#[test]
fn no_right_reaches_further_than_it_says() {
    fn walk(path: &str, part: &Value) {
        match part {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let path = format!("{path}/{name}");
                    if ["Action", "Resource", "NotAction", "NotResource"].contains(&name.as_str()) {
                        assert!(!value.to_string().contains('*'), "{path}: {value}");
                    }
                    walk(&path, value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(path, item)),
            Value::String(text) => assert!(!text.contains("iam::aws:policy"), "{path}: AWS can change that policy"),
            _ => {}
        }
    }
    let template = Template::read();
    for (name, properties) in template.of("AWS::IAM::Role").chain(template.of("AWS::IAM::ManagedPolicy")) {
        walk(name, properties);
    }
    // SAM adds policies of AWS's to whatever has no role of its own.
    assert!(FUNCTIONS.iter().all(|(function, _)| template.properties(function)["Role"].is_object()));
}

#[test]
fn each_function_may_do_what_it_does() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let mut allowed = BTreeSet::new();
        for statement in statements(&template, function) {
            for action in list(&statement["Action"]).into_iter().filter_map(Value::as_str) {
                let (service, _) = action.split_once(':').unwrap();
                assert_eq!(service == "dynamodb", resource(statement).contains("Ledger"), "{function}: {action}");
                if service != "logs" && service != "sqs" {
                    allowed.insert(action);
                }
            }
        }
        assert_eq!(allowed, may(function).iter().copied().collect(), "{function}");
    }
}

#[test]
fn each_function_may_send_to_the_queues_it_is_told_of_and_receive_from_the_one_that_wakes_it() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let mut sends = BTreeSet::new();
        let mut receives = BTreeSet::new();
        for statement in statements(&template, function) {
            for action in list(&statement["Action"]).into_iter().filter_map(Value::as_str) {
                match action {
                    "sqs:SendMessage" => sends.extend(resource(statement)),
                    "sqs:ReceiveMessage" => {
                        receives.extend(resource(statement));
                        for other in ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"] {
                            assert!(
                                list(&statement["Action"]).iter().any(|action| *action == other),
                                "{function}: {other}"
                            );
                        }
                    }
                    _ => {}
                }
            }
        }
        let told: BTreeSet<_> = template
            .environment(function)
            .iter()
            .filter(|(name, _)| name.ends_with("_QUEUE_URL"))
            .map(|(_, value)| value["Ref"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(sends, told, "{function}");
        let waking: BTreeSet<_> = template.properties(function)["Events"]
            .as_object()
            .into_iter()
            .flat_map(|events| events.values())
            .filter_map(|event| event["Properties"]["Queue"]["Fn::GetAtt"][0].as_str().map(str::to_owned))
            .collect();
        assert_eq!(receives, waking, "{function}");
    }
}

#[test]
fn each_function_may_write_its_own_log_and_no_other() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let logs: Vec<_> = statements(&template, function)
            .iter()
            .filter(|statement| statement["Action"][0] == "logs:CreateLogStream")
            .collect();
        assert_eq!(logs.len(), 1, "{function}");
        assert_eq!(logs[0]["Action"][1], "logs:PutLogEvents");
        let group = template.properties(function)["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap();
        assert_eq!(resource(logs[0]), BTreeSet::from([group.to_owned()]), "{function}");
    }
}

#[test]
fn the_credentials_are_read_by_those_who_sign_in() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let role = function.replace("Function", "Role");
        let reads = needs(&template.properties(&role)["ManagedPolicyArns"]).contains("CredentialsPolicy");
        let told = template.environment(function).contains_key("CREDENTIALS_SECRET_ID");
        assert_eq!(
            (reads, told),
            (function != "NotificationIntakeFunction", function != "NotificationIntakeFunction"),
            "{function}"
        );
    }
}

/// With what the records of the subscriptions hold, notifications could be forged.
#[test]
fn nobody_else_can_read_client_state() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let secret =
            ["NotificationIntakeFunction", "SubscriptionKeeperFunction", "CleanupFunction"].contains(&function);
        for statement in statements(&template, function) {
            if resource(statement).contains("Ledger") {
                let partitions = partitions(statement);
                let reads = partitions.is_empty() || partitions.contains("subscriptions");
                assert!(secret || !reads, "{function}: {}", statement["Action"]);
                if statement["Action"] == "dynamodb:Query" {
                    assert_eq!(partitions, BTreeSet::from(["subscriptions"]), "{function}");
                }
            }
        }
    }
}

/// What a condition keeps a role to; empty if there is none.
fn partitions(statement: &Value) -> BTreeSet<&str> {
    ["ForAllValues:StringLike", "ForAllValues:StringEquals"]
        .iter()
        .filter_map(|kind| statement["Condition"][kind]["dynamodb:LeadingKeys"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The emulator does not look at these conditions: what is forgotten here would be refused on AWS alone.
#[test]
fn the_flows_reach_every_partition_of_the_ledger_but_the_subscriptions() {
    let code = file("crates/sync-core/src/io/dynamo.rs");
    let kept: BTreeSet<_> = code
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next())
        .filter(|partition| *partition != "pk" && *partition != "subscriptions")
        .map(|partition| if partition.starts_with("user#") { "user#*" } else { partition })
        .collect();
    assert!(kept.contains("runs") && kept.contains("user#*"), "the table in dynamo.rs is not read rightly: {kept:?}");
    let template = Template::read();
    for function in ["UserFlowFunction", "GroupFlowFunction", "InitialSyncFunction"] {
        let statement =
            statements(&template, function).iter().find(|statement| resource(statement).contains("Ledger")).unwrap();
        let mut allowed = partitions(statement);
        // The mark that an integration is ending.
        assert!(allowed.contains("integration"));
        if !kept.contains("integration") {
            allowed.remove("integration");
        }
        assert_eq!(allowed, kept, "{function}");
    }
}
