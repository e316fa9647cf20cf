use std::collections::BTreeSet;

use super::FUNCTIONS;
use super::read::{Template, file};
use super::rights::sends_to;

/// The queue that wakes a function, with the settings of the event source.
fn woken_by<'a>(template: &'a Template, function: &str) -> Option<(&'a str, &'a serde_json::Value)> {
    let events = template.properties(function)["Events"].as_object()?;
    let source = events.values().find(|event| event["Type"] == "SQS")?;
    Some((source["Properties"]["Queue"]["Fn::GetAtt"][0].as_str().unwrap(), &source["Properties"]))
}

#[test]
fn what_is_handed_out_is_hidden_six_times_as_long_as_its_function_may_take() {
    let template = Template::read();
    let mut waking = BTreeSet::new();
    for (function, _) in FUNCTIONS {
        let Some((queue, source)) = woken_by(&template, function) else { continue };
        let timeout = template.properties(function)["Timeout"].as_u64().unwrap();
        let hidden = template.properties(queue)["VisibilityTimeout"].as_u64().unwrap();
        assert!(hidden >= 6 * timeout, "{queue}: {hidden} s for {timeout} s");
        assert_eq!(source["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{function}");
        waking.insert(queue);
    }
    let dead: BTreeSet<_> = dead_letter_queues(&template).into_iter().collect();
    for (queue, _) in template.of("AWS::SQS::Queue") {
        assert!(
            waking.contains(queue) != dead.contains(queue),
            "{queue} wakes nobody, or does although it is for dead letters"
        );
    }
}

fn dead_letter_queues(template: &Template) -> Vec<&str> {
    template
        .of("AWS::SQS::Queue")
        .filter_map(|(_, queue)| queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str())
        .collect()
}

#[test]
fn queues_are_set_as_those_that_all_stories_are_told_with() {
    let store = file("crates/local-host/src/store.rs");
    let receives: u64 = store
        .split("const MOST_RECEIVES: u32 = ")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .and_then(|number| number.parse().ok())
        .unwrap();
    assert!(store.contains("deduplication_per_group: true"));
    let template = Template::read();
    for (name, queue) in template.of("AWS::SQS::Queue") {
        assert_eq!(queue["FifoQueue"], true, "{name}");
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
        assert_eq!(queue["MessageRetentionPeriod"], 14 * 24 * 3600, "{name}");
        let most = &queue["RedrivePolicy"]["maxReceiveCount"];
        assert!(most.is_null() || *most == receives, "{name}");
    }
    for name in ["UserQueue", "GroupQueue"] {
        let queue = template.properties(name);
        assert_eq!(queue["DeduplicationScope"], "messageGroup", "{name}");
        assert_eq!(queue["FifoThroughputLimit"], "perMessageGroupId", "{name}");
    }
}

/// Lambda stops what it takes for a runaway loop after some 16 rounds; work that is tried again for days goes round more often.
#[test]
fn whoever_sends_to_the_queue_that_wakes_it_may() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        let sends =
            woken_by(&template, function).is_some_and(|(queue, _)| sends_to(&template, function).contains(queue));
        let allowed = template.properties(function)["RecursiveLoop"] == "Allow";
        assert_eq!(sends, allowed, "{function}");
    }
}
