//! The policies of the roles, and what IAM makes of them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::template::read::{Template, needs};

/// A call, as IAM is asked about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) action: String,
    /// What the template calls it.
    pub(super) resource: String,
    /// The partitions that the call names, of the ledger.
    pub(super) leading_keys: BTreeSet<String>,
}

/// What a role is granted: one action on one resource.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) action: String,
    /// What the template calls it.
    pub(super) resource: String,
    /// What its condition keeps it to, if it has one.
    pub(super) partitions: Option<Vec<Pattern>>,
}

/// A partition, or several.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    is_like: bool,
}

impl Pattern {
    fn matches(&self, key: &str) -> bool {
        match self.text.strip_suffix('*').filter(|_| self.is_like) {
            Some(beginning) => key.starts_with(beginning),
            None => self.text == key,
        }
    }
}

impl Grant {
    /// Whether IAM lets the call pass for this alone. `ForAllValues` is true for a call that names nothing (AWS docs:
    /// IAM, multivalued context keys).
    pub(super) fn allows(&self, call: &Call) -> bool {
        let is_listed = |key: &String| self.partitions.iter().flatten().any(|pattern| pattern.matches(key));
        (&self.action, &self.resource) == (&call.action, &call.resource)
            && (self.partitions.is_none() || call.leading_keys.iter().all(is_listed))
    }

    /// What of it none of these calls needs.
    pub(super) fn unused(&self, calls: &BTreeSet<Call>) -> Vec<String> {
        let Self { action, resource, partitions } = self;
        let allowed: Vec<_> = calls.iter().filter(|call| self.allows(call)).collect();
        match partitions {
            // Partitions of the evidence are people, whose ids nobody knows beforehand.
            None if resource == "Evidence" && !allowed.is_empty() => Vec::new(),
            // What is used for calls that name partitions can be kept to these.
            None if allowed.iter().any(|call| call.leading_keys.is_empty()) => Vec::new(),
            None => vec![format!("{action} on the whole of {resource}")],
            Some(patterns) => {
                let is_used = |pattern: &&Pattern| {
                    allowed.iter().any(|call| call.leading_keys.iter().any(|key| pattern.matches(key)))
                };
                let unused = patterns.iter().filter(|pattern| !is_used(pattern));
                unused.map(|pattern| format!("{action} on {resource}, {}", pattern.text)).collect()
            }
        }
    }
}

/// What a function's role is granted, but for what the template does not make.
pub(super) fn grants(template: &Template, function: &str) -> Vec<Grant> {
    let mut grants = Vec::new();
    for statement in statements(template, function) {
        assert_eq!(statement["Effect"], "Allow", "{function}: what is not allowed is denied");
        for action in list(&statement["Action"]).into_iter().filter_map(Value::as_str) {
            let grant = |resource| Grant { action: action.to_owned(), resource, partitions: partitions(statement) };
            grants.extend(resources(statement).into_iter().map(grant));
        }
    }
    grants
}

/// Those that are granted for one choice of parameters only, too.
pub(super) fn statements<'a>(template: &'a Template, function: &str) -> Vec<&'a Value> {
    let role = template.properties(function)["Role"]["Fn::GetAtt"][0].as_str().unwrap();
    assert_eq!(role, function.replace("Function", "Role"), "a role for each function");
    template.properties(role)["Policies"][0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| statement.pointer("/Fn::If/1").unwrap_or(statement))
        .collect()
}

/// The resources whose ARN a statement names: queues, the table, a log group; nothing for what lies outside the template.
pub(super) fn resources(statement: &Value) -> BTreeSet<String> {
    let named = needs(&statement["Resource"]).into_iter();
    let ours = named.filter(|name| !name.starts_with("AWS::") && *name != "Name" && *name != "Object");
    ours.map(str::to_owned).collect()
}

pub(super) fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

/// Another condition, or another operator, would be judged in another way.
fn partitions(statement: &Value) -> Option<Vec<Pattern>> {
    let operators = statement.get("Condition")?.as_object().unwrap();
    let (operator, condition) = operators.iter().next().unwrap();
    let is_like = match operator.as_str() {
        "ForAllValues:StringEquals" => false,
        "ForAllValues:StringLike" => true,
        other => panic!("{other}: {statement}"),
    };
    assert_eq!((operators.len(), condition.as_object().unwrap().len()), (1, 1), "{statement}");
    let patterns = condition["dynamodb:LeadingKeys"].as_array().unwrap().iter().map(|text| {
        let text = text.as_str().unwrap().to_owned();
        assert!(!text.trim_end_matches('*').contains(['*', '?']), "{text}");
        Pattern { text, is_like }
    });
    Some(patterns.collect())
}
