use std::collections::{BTreeMap, BTreeSet};

use super::read::Template;

/// Everything that exists before a thing is created, and that is therefore deleted after it.
fn ancestors(all: &BTreeMap<String, BTreeSet<String>>, name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut rest = vec![name.to_owned()];
    while let Some(next) = rest.pop() {
        let needed = all.get(&next).unwrap_or_else(|| panic!("{next} is not in the template"));
        rest.extend(needed.iter().filter(|needed| seen.insert((*needed).clone())).cloned());
    }
    seen
}

/// What a deployment goes through, in its order; a removal goes through it backwards.
#[test]
fn the_steps_of_a_deployment_depend_each_on_the_one_before() {
    let all = Template::read().expanded();
    for (first, then) in [("Checks", "Teardown"), ("Teardown", "Subscriptions"), ("Subscriptions", "FirstRun")] {
        assert!(ancestors(&all, then).contains(first), "{then} before {first}");
    }
}

#[test]
fn whatever_the_cleanup_uses_is_deleted_after_it_was_done() {
    let all = Template::read().expanded();
    let after = ancestors(&all, "Teardown");
    let mut used = ancestors(&all, "CleanupFunction");
    for (name, needed) in &all {
        if name.starts_with("CleanupFunction") && needed.contains("CleanupFunction") {
            used.insert(name.clone());
            used.extend(ancestors(&all, name));
        }
    }
    for name in ["CleanupFunctionQueued", "CleanupRole", "CleanupLogs", "CleanupQueue", "CredentialsPolicy", "Ledger"] {
        assert!(used.contains(name), "{name} is used by the cleanup, but the template does not say so");
    }
    let gone: Vec<_> = used.difference(&after).collect();
    assert!(gone.is_empty(), "could be gone before the cleanup is over: {gone:?}");
}

/// Otherwise CloudFormation would take the checks' function away in the middle of the removal, and the mapping with it.
#[test]
fn each_step_is_deleted_before_the_function_that_does_it() {
    let template = Template::read();
    let all = template.expanded();
    for step in ["Checks", "Teardown", "Subscriptions", "FirstRun"] {
        let function = template.properties(step)["ServiceToken"]["Fn::GetAtt"][0].as_str().unwrap();
        let after = ancestors(&all, step);
        assert!(after.contains(function) && after.contains("Ledger") && after.contains("CredentialsPolicy"), "{step}");
    }
}

/// The first step sets the mark that a plan is waited for, before anything can be at work; the last one lifts it.
#[test]
fn the_first_step_and_the_last_are_told_whether_the_first_plan_is_waited_for() {
    let template = Template::read();
    for step in ["Checks", "FirstRun"] {
        assert_eq!(template.properties(step)["FirstSyncNeedsApproval"]["Ref"], "FirstSyncNeedsApproval", "{step}");
    }
    let all = template.expanded();
    for schedule in ["SweepSchedule", "KeeperSchedule"] {
        assert!(ancestors(&all, schedule).contains("Checks"), "{schedule}");
    }
}

/// Graph calls the intake while a subscription is made, and sends at once.
#[test]
fn everything_that_a_notification_needs_is_there_before_the_first_subscription() {
    let all = Template::read().expanded();
    let before = ancestors(&all, "Subscriptions");
    for name in [
        "NotificationIntakeFunctionUrl",
        "NotificationIntakeFunctionUrlPublicPermissions",
        "NotificationIntakeFunctionURLInvokeAllowPublicAccess",
        "UserFlowFunctionQueued",
        "GroupFlowFunctionQueued",
        "SubscriptionKeeperFunctionQueued",
    ] {
        assert!(before.contains(name), "{name}");
    }
    assert!(
        !ancestors(&all, "Teardown").contains("NotificationIntakeFunction"),
        "the cleanup must not need the intake"
    );
}

#[test]
fn nothing_stands_in_the_way_of_a_removal() {
    let template = Template::read();
    for table in ["Ledger", "Evidence"] {
        assert_eq!(template.properties(table)["DeletionProtectionEnabled"], false, "{table}");
    }
    for (name, resource) in template.section("Resources") {
        let policy = resource["DeletionPolicy"].as_str().unwrap_or("Delete");
        let kept = if ["CleanupLogs", "Evidence"].contains(&name.as_str()) { "RetainExceptOnCreate" } else { "Delete" };
        assert_eq!(policy, kept, "{name}");
    }
}
