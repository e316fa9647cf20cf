use std::collections::BTreeSet;

use serde_json::Value;

use super::FUNCTIONS;
use super::docs::{headings, table};
use super::read::{Template, file};

fn alarms(template: &Template) -> impl Iterator<Item = (&str, &Value)> {
    template.of("AWS::CloudWatch::Alarm")
}

/// The alarms on a metric, by the queue, function or the like that they watch.
fn watched<'a>(template: &'a Template, metric: &str) -> BTreeSet<&'a str> {
    alarms(template)
        .filter(|(_, alarm)| alarm["MetricName"] == metric)
        .filter_map(|(_, alarm)| {
            let value = &alarm["Dimensions"][0]["Value"];
            value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str())
        })
        .collect()
}

#[test]
fn dead_letters_and_errors_alarm_wherever_they_can_be() {
    let template = Template::read();
    let dead: BTreeSet<_> = template
        .of("AWS::SQS::Queue")
        .filter_map(|(_, queue)| queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str())
        .collect();
    assert_eq!(watched(&template, "ApproximateNumberOfMessagesVisible"), dead);
    assert_eq!(watched(&template, "Errors"), FUNCTIONS.iter().map(|(function, _)| *function).collect());
    assert_eq!(watched(&template, "ApproximateAgeOfOldestMessage"), BTreeSet::from(["UserQueue", "GroupQueue"]));
}

#[test]
fn each_alarm_goes_to_the_topic_and_says_where_to_read_on() {
    let template = Template::read();
    let runbook = file("docs/runbook.md");
    let headings = headings(&runbook);
    let mut named = BTreeSet::new();
    for (name, alarm) in alarms(&template) {
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "AlarmTopic", "{name}");
        let description = alarm["AlarmDescription"].as_str().unwrap();
        assert!(description.len() < 1024, "{name}: AWS allows 1,024 characters");
        let anchor = description.split("docs/runbook.md#").nth(1).unwrap_or_else(|| panic!("{name} names no entry"));
        assert!(headings.contains(anchor), "{name}: no entry {anchor} in the runbook");
        named.insert(anchor.to_owned());
        let short = name.strip_suffix("Alarm").unwrap();
        assert_eq!(alarm["AlarmName"]["Fn::Sub"], format!("${{AWS::StackName}}-{short}"), "{name}");
        assert!(runbook.contains(&format!("`{short}`")), "{name}: the runbook does not mention {short}");
        let breaching = alarm["TreatMissingData"] == "breaching";
        assert_eq!(
            breaching,
            alarm["MetricName"] == "SubscriptionHoursLeft",
            "{name}: only that metric is written by the hour"
        );
    }
    let entries: BTreeSet<_> = headings.into_iter().filter(|heading| !heading.contains('-')).collect();
    assert_eq!(named, entries, "an entry without an alarm");
}

#[test]
fn the_metrics_are_those_that_the_docs_list() {
    let template = Template::read();
    let runbook = file("docs/runbook.md");
    let listed: BTreeSet<_> =
        table(&runbook, "## Which metrics there are").into_iter().map(|row| row[0].clone()).collect();
    let mut used: BTreeSet<_> = alarms(&template)
        .filter(|(_, alarm)| alarm["Namespace"] == "EntraZenqms")
        .map(|(_, alarm)| alarm["MetricName"].as_str().unwrap().to_owned())
        .collect();
    let body = dashboard(&template);
    for widget in body["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            if metric[0] == "EntraZenqms" {
                used.insert(metric[1].as_str().unwrap().to_owned());
            } else if let Some(search) = metric[0]["expression"].as_str() {
                used.insert(search.split("MetricName=\"").nth(1).unwrap().split('"').next().unwrap().to_owned());
            }
        }
    }
    assert_eq!(used, listed);
}

/// The dashboard, which CloudFormation does not look into. It is JSON even before anything is put in for `${...}`.
fn dashboard(template: &Template) -> Value {
    let body = template.properties("Dashboard")["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    serde_json::from_str(body).unwrap()
}
