//! Each function may do what it does, and nothing else: the rights that the template grants beside the calls that the
//! functions are seen to make.

mod control;
mod day;
mod flows;
mod policy;
mod watch;

use std::collections::BTreeSet;

use serde_json::Value;

use super::FUNCTIONS;
use super::read::{Template, file, file_if_there, needs};
use policy::{Call, Grant, grants, list, resources, statements};

/// What Lambda does with the queue that wakes a function, by the function's role.
const RECEIVING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// What a function is granted on the ledger and the queues, beside receiving.
fn compared(template: &Template, function: &str) -> Vec<Grant> {
    let is_compared = |grant: &Grant| {
        let (service, _) = grant.action.split_once(':').unwrap();
        ["dynamodb", "sqs"].contains(&service) && !RECEIVING.contains(&grant.action.as_str())
    };
    grants(template, function).into_iter().filter(is_compared).collect()
}

fn assert_granted(function: &str, calls: &BTreeSet<Call>, grants: &[Grant]) {
    let refused: Vec<_> = calls.iter().filter(|call| !grants.iter().any(|grant| grant.allows(call))).collect();
    assert!(refused.is_empty(), "{function} would be refused: {refused:#?}");
}

/// Both directions; and the function is told the address of each queue that it calls, and of no other.
fn assert_fits(function: &str, calls: &BTreeSet<Call>) {
    let template = Template::read();
    let grants = compared(&template, function);
    assert_granted(function, calls, &grants);
    let unused: Vec<_> = grants.iter().flat_map(|grant| grant.unused(calls)).collect();
    assert!(unused.is_empty(), "{function} never needs: {unused:#?}");

    let queues = calls.iter().filter(|call| call.action.starts_with("sqs:")).map(|call| call.resource.as_str());
    let environment = template.environment(function);
    let told = environment.iter().filter(|(name, _)| name.ends_with("_QUEUE_URL"));
    let told: BTreeSet<_> = told.map(|(_, url)| url["Ref"].as_str().unwrap()).collect();
    assert_eq!(queues.collect::<BTreeSet<_>>(), told, "{function}");
}

/// The queues that a function may put something on.
pub(super) fn sends_to(template: &Template, function: &str) -> BTreeSet<String> {
    let sends = grants(template, function).into_iter().filter(|grant| grant.action == "sqs:SendMessage");
    sends.map(|grant| grant.resource).collect()
}

#[tokio::test(start_paused = true)]
async fn the_intake_may_do_what_it_does_and_nothing_else() {
    assert_fits("NotificationIntakeFunction", &flows::intake().await);
}

#[tokio::test(start_paused = true)]
async fn the_user_flow_may_do_what_it_does_and_nothing_else() {
    assert_fits("UserFlowFunction", &flows::users().await);
}

#[tokio::test(start_paused = true)]
async fn the_group_flow_may_do_what_it_does_and_nothing_else() {
    assert_fits("GroupFlowFunction", &flows::groups().await);
}

#[tokio::test(start_paused = true)]
async fn the_runs_may_do_what_they_do_and_nothing_else() {
    assert_fits("InitialSyncFunction", &control::runs().await);
}

#[tokio::test(start_paused = true)]
async fn the_keeper_may_do_what_it_does_and_nothing_else() {
    assert_fits("SubscriptionKeeperFunction", &control::keeper().await);
}

#[tokio::test(start_paused = true)]
async fn the_cleanup_may_do_what_it_does_and_nothing_else() {
    assert_fits("CleanupFunction", &control::cleanup().await);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_refused_on_a_day_when_calls_fail() {
    for seed in 1..3 {
        for (function, calls) in day::day(seed).await {
            assert_granted(function, &calls, &compared(&Template::read(), function));
        }
    }
}

/// What the shells on Lambda ask of the ledger no story can see; the stories do it in their place.
#[test]
fn the_shells_ask_the_ledger_for_nothing_else() {
    let asked_in_place: [(&str, &[&str]); 6] = [
        ("notification-intake", &[]),
        ("user-flow", &["mapping"]),
        ("group-flow", &["mapping"]),
        (
            "initial-sync",
            &[
                "accept",
                "accepted",
                "all_held",
                "ending",
                "latest",
                "mapping",
                "marks",
                "owe",
                "stop_waiting",
                "wait_for_plan",
            ],
        ),
        ("subscription-keeper", &["mapping", "records"]),
        ("cleanup", &["discard_evidence", "resume"]),
    ];
    for (binary, expected) in asked_in_place {
        let folder = format!("crates/{binary}/src");
        let mut shell: String = ["main", "events", "stack", "function_url"]
            .into_iter()
            .filter_map(|name| file_if_there(&format!("{folder}/{name}.rs")))
            .collect();
        if shell.contains("Flow::new") {
            shell += &file("crates/lambda-host/src/flow.rs");
        }
        let calls = shell.split("ledger.").skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name);
        // What else stands behind that word ends a sentence.
        let calls = calls.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        assert_eq!(calls.collect::<BTreeSet<_>>(), expected.iter().copied().collect(), "{binary}");
    }
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

/// Ledger, queues and logs are looked at by the other tests.
#[test]
fn nobody_reaches_anything_else_but_whoever_reads_the_mapping() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let mut others = BTreeSet::new();
        for statement in statements(&template, function) {
            for action in list(&statement["Action"]).into_iter().filter_map(Value::as_str) {
                let (service, _) = action.split_once(':').unwrap();
                let tables = BTreeSet::from(["Ledger".to_owned(), "Evidence".to_owned()]);
                assert_eq!(service == "dynamodb", !resources(statement).is_disjoint(&tables), "{function}: {action}");
                if !["dynamodb", "sqs", "logs"].contains(&service) {
                    others.insert(action);
                }
            }
        }
        let expected: &[&str] =
            if function == "InitialSyncFunction" { &["s3:GetObject", "ssm:GetParameter"] } else { &[] };
        assert_eq!(others, expected.iter().copied().collect(), "{function}");
    }
}

#[test]
fn each_function_may_receive_from_the_queue_that_wakes_it() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let waking: BTreeSet<_> = template.properties(function)["Events"]
            .as_object()
            .into_iter()
            .flat_map(|events| events.values())
            .filter_map(|event| event["Properties"]["Queue"]["Fn::GetAtt"][0].as_str().map(str::to_owned))
            .collect();
        for action in RECEIVING {
            let grants = grants(&template, function).into_iter();
            let from: BTreeSet<_> = grants.filter(|grant| grant.action == action).map(|grant| grant.resource).collect();
            assert_eq!(from, waking, "{function}: {action}");
        }
    }
}

#[test]
fn each_function_may_write_its_own_log_and_no_other() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let logs: Vec<_> = statements(&template, function)
            .into_iter()
            .filter(|statement| statement["Action"][0] == "logs:CreateLogStream")
            .collect();
        assert_eq!(logs.len(), 1, "{function}");
        assert_eq!(logs[0]["Action"][1], "logs:PutLogEvents");
        let group = template.properties(function)["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap();
        assert_eq!(resources(logs[0]), BTreeSet::from([group.to_owned()]), "{function}");
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

/// Of these actions IAM is told the partitions (AWS docs: actions, resources and condition keys for Amazon DynamoDB).
const NAMING: [&str; 6] = [
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:Query",
];

/// A condition on the partitions keeps every right to them that can be kept so. Over a right whose calls name none, such as
/// Scan, it would be true whatever it lists, and look as if it did something.
#[test]
fn a_condition_stands_where_it_can_be_false_and_nowhere_else() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        for Grant { action, resource, partitions } in grants(&template, function) {
            // Partitions of the evidence are people, and anybody may be anybody.
            let can_be_false = NAMING.contains(&action.as_str()) && resource != "Evidence";
            assert_eq!(partitions.is_some(), can_be_false, "{function}: {action}");
            assert!(can_be_false || resource != "Ledger" || action == "dynamodb:Scan", "{function}: {action}");
        }
    }
}

/// What is on record is added to. No function can change or remove it, but for the cleanup of a stack that is to leave nothing.
#[test]
fn nobody_can_take_anything_off_the_record() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let granted: BTreeSet<_> = grants(&template, function)
            .into_iter()
            .filter(|grant| grant.resource == "Evidence")
            .map(|grant| grant.action)
            .collect();
        let expected: &[&str] = match function {
            "UserFlowFunction" | "GroupFlowFunction" | "InitialSyncFunction" => &["dynamodb:PutItem", "dynamodb:Query"],
            "CleanupFunction" => &["dynamodb:DeleteTable", "dynamodb:PutItem", "dynamodb:Query"],
            _ => &[],
        };
        assert_eq!(granted, expected.iter().map(|&action| action.to_owned()).collect(), "{function}");
        assert_eq!(template.environment(function).contains_key("EVIDENCE_TABLE"), !expected.is_empty(), "{function}");
    }
    let cleanup = template.properties("CleanupRole")["Policies"][0]["PolicyDocument"]["Statement"].to_string();
    let conditional = r#"{"Fn::If":["DiscardsEvidence",{"Action":"dynamodb:DeleteTable""#;
    assert!(cleanup.contains(conditional), "{cleanup}");
}

/// With what the records of the subscriptions hold, notifications could be forged. A write can answer what stood there.
#[test]
fn nobody_else_can_reach_client_state() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let reaches = grants(&template, function).iter().any(|grant| {
            let leading_keys = BTreeSet::from(["subscriptions".to_owned()]);
            grant.allows(&Call { action: grant.action.clone(), resource: "Ledger".to_owned(), leading_keys })
        });
        let is_due =
            ["NotificationIntakeFunction", "SubscriptionKeeperFunction", "CleanupFunction"].contains(&function);
        assert_eq!(reaches, is_due, "{function}");
    }
}
