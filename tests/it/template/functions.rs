use std::collections::BTreeSet;

use super::FUNCTIONS;
use super::read::{Template, file, files, needs};

/// What each function is told.
const SIGN_IN: [&str; 6] =
    ["ENTRA_TENANT_ID", "ENTRA_CLIENT_ID", "ENTRA_CLOUD", "CREDENTIALS_SECRET_ID", "GRAPH_ENDPOINT", "LOGIN_ENDPOINT"];
const ZENQMS: [&str; 2] = ["ZENQMS_ENVIRONMENT", "ZENQMS_ENDPOINT"];
const SYNC: [&str; 10] = [
    "ENABLE_INITIAL_SYNC",
    "NESTED_GROUPS",
    "DEACTIVATIONS_PER_RUN",
    "DEACTIVATIONS_PER_DAY",
    "ROLE_LOSSES_PER_RUN",
    "ROLE_LOSSES_PER_DAY",
    "PROTECTED_PEOPLE",
    "MISSING_FIELDS",
    "SCOPE_FILTER",
    "SYNC_GUESTS",
];
const ALL: [&str; 3] = ["LEDGER_TABLE", "STACK_NAME", "LOG_LEVEL"];

fn told(function: &str) -> BTreeSet<&'static str> {
    let parts: &[&[&str]] = match function {
        "NotificationIntakeFunction" => {
            &[&ALL, &["ENTRA_TENANT_ID", "USER_QUEUE_URL", "GROUP_QUEUE_URL", "KEEPER_QUEUE_URL"]]
        }
        "UserFlowFunction" => &[&ALL, &SIGN_IN, &ZENQMS, &SYNC, &["EVIDENCE_TABLE", "USER_QUEUE_URL"]],
        "GroupFlowFunction" => {
            &[&ALL, &SIGN_IN, &ZENQMS, &SYNC, &["EVIDENCE_TABLE", "USER_QUEUE_URL", "GROUP_QUEUE_URL"]]
        }
        "InitialSyncFunction" => &[
            &ALL,
            &SIGN_IN,
            &ZENQMS,
            &SYNC,
            &["EVIDENCE_TABLE", "USER_QUEUE_URL", "GROUP_QUEUE_URL", "RUN_QUEUE_URL", "TIME_BUDGET_SECONDS"],
        ],
        "SubscriptionKeeperFunction" => &[&ALL, &SIGN_IN, &["KEEPER_QUEUE_URL", "RUN_QUEUE_URL", "NOTIFICATION_URL"]],
        "CleanupFunction" => &[
            &ALL,
            &SIGN_IN,
            &ZENQMS,
            &["EVIDENCE_TABLE", "RETAIN_EVIDENCE", "CLEANUP_QUEUE_URL", "TIME_BUDGET_SECONDS"],
        ],
        other => panic!("{other}"),
    };
    parts.iter().flat_map(|part| part.iter().copied()).collect()
}

#[test]
fn each_function_is_told_what_it_needs_and_nothing_else() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let environment = template.environment(function);
        assert_eq!(environment.keys().map(String::as_str).collect::<BTreeSet<_>>(), told(function), "{function}");
    }
}

/// Without one of them it refuses to work.
#[test]
fn each_function_is_told_of_the_queues_that_its_shell_asks_for() {
    let template = Template::read();
    for (function, binary) in FUNCTIONS {
        let mut shell = files(&format!("crates/{binary}/src"));
        if shell.contains("Flow::new") {
            shell += &file("crates/lambda-host/src/flow.rs");
        }
        let words = shell.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        let asked: BTreeSet<_> = words.filter(|word| word.ends_with("_QUEUE_URL")).collect();
        let environment = template.environment(function);
        let told = environment.keys().map(String::as_str).filter(|name| name.ends_with("_QUEUE_URL"));
        assert_eq!(asked, told.collect(), "{function}");
    }
}

/// A Lambda's whole environment is 4 KB.
#[test]
fn the_mapping_is_in_no_environment_and_what_is_there_fits() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let environment = template.environment(function);
        let most = environment.iter().map(|(name, value)| {
            assert!(!needs(value).contains("GroupRoleMapping"), "{function}: {name}");
            // Addresses of queues and proxies are the longest of the others, and shorter than that.
            let most = match name.as_str() {
                "PROTECTED_PEOPLE" => 600,
                // 300 characters of any language, and 150.
                "MISSING_FIELDS" => 900,
                "SCOPE_FILTER" => 450,
                // A queue's name has 80 characters at most, a stack's 128.
                queue if queue.ends_with("_QUEUE_URL") => 136,
                "STACK_NAME" => 128,
                limit if limit.contains("_PER_") => 20,
                "ENTRA_TENANT_ID" | "ENTRA_CLIENT_ID" => 36,
                "ENTRA_CLOUD" | "ZENQMS_ENVIRONMENT" | "LOG_LEVEL" | "TIME_BUDGET_SECONDS" => 10,
                "ENABLE_INITIAL_SYNC" | "NESTED_GROUPS" | "RETAIN_EVIDENCE" | "SYNC_GUESTS" => 5,
                _ => 160,
            };
            name.len() + most
        });
        assert!(most.sum::<usize>() < 4096, "{function}");
    }
}

#[test]
fn each_function_is_built_of_the_crate_of_its_name() {
    let template = Template::read();
    let globals = &template.section("Globals")["Function"];
    assert_eq!((&globals["Runtime"], &globals["Handler"]), (&"provided.al2023".into(), &"bootstrap".into()));
    assert_eq!(needs(&globals["Architectures"]), BTreeSet::from(["Architecture"]));
    assert_eq!(template.of("AWS::Serverless::Function").count(), FUNCTIONS.len());
    for (function, binary) in FUNCTIONS {
        let built = &template.resource(function)["Metadata"];
        assert_eq!(built["BuildMethod"], "rust-cargolambda", "{function}");
        assert_eq!(built["BuildProperties"]["Binary"], binary, "{function}");
    }
}

#[test]
fn each_function_logs_into_a_group_of_its_own_that_empties_itself() {
    let template = Template::read();
    let mut groups = BTreeSet::new();
    for (function, _) in FUNCTIONS {
        let logging = &template.properties(function)["LoggingConfig"];
        assert_eq!(logging["LogFormat"], "JSON", "{function}");
        let group = logging["LogGroup"]["Ref"].as_str().unwrap();
        assert_eq!(
            needs(&template.properties(group)["RetentionInDays"]),
            BTreeSet::from(["LogRetentionDays"]),
            "{group}"
        );
        groups.insert(group);
    }
    assert_eq!(groups.len(), FUNCTIONS.len());
}

#[test]
fn schedules_begin_when_everything_is_checked_and_have_no_name_that_a_second_stack_would_want_too() {
    let template = Template::read();
    let schedules: Vec<_> = template.of("AWS::Scheduler::Schedule").collect();
    assert_eq!(schedules.len(), 2);
    for (name, schedule) in schedules {
        assert!(schedule["Name"].is_null(), "{name}");
        assert_eq!(template.section("Resources")[name]["DependsOn"], "Subscriptions", "{name}");
    }
    // `rate(1 minutes)` is refused by AWS, and no lint says so.
    assert!(template.section("Parameters")["SweepIntervalMinutes"]["MinValue"].as_u64().unwrap() > 1);
}
