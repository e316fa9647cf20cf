use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// What IAM is asked about a call (AWS docs: actions, resources and condition keys for Amazon DynamoDB).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The action, without `dynamodb:`. A transaction has none of its own; each of its writes is asked about as if it were
    /// made alone (AWS docs: using IAM with DynamoDB transactions).
    pub action: String,
    /// The table that it is asked about.
    pub table: String,
    /// The condition key `dynamodb:LeadingKeys`: the partition keys of the items that the call names. A `Scan` names none.
    pub leading_keys: BTreeSet<String>,
}

/// How often which right was needed.
#[derive(Default)]
pub(super) struct Rights {
    /// What the partition key is called, by the table.
    names: BTreeMap<String, String>,
    needed: BTreeMap<Right, u64>,
}

impl Rights {
    pub(super) fn needed(&self) -> &BTreeMap<Right, u64> {
        &self.needed
    }

    /// Counts what a call needs.
    pub(super) fn count(&mut self, operation: &str, body: &str) {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        if operation == "CreateTable" {
            self.names.extend(text(&body, "TableName").zip(partition_key(&body)));
        }
        for right in self.of(operation, &body) {
            *self.needed.entry(right).or_default() += 1;
        }
    }

    fn of(&self, operation: &str, body: &Value) -> Vec<Right> {
        let right = |action: &str, table: Option<String>, leading_keys: BTreeSet<String>| {
            let (action, table) = (action.to_owned(), table.unwrap_or_default());
            Right { action, table, leading_keys }
        };
        match operation {
            "TransactWriteItems" | "TransactGetItems" => {
                let requests = list(body.get("TransactItems")).filter_map(Value::as_object).flatten();
                let asked = |kind: &str, request: &Value| {
                    right(&format!("{kind}Item"), text(request, "TableName"), self.key_in(request))
                };
                requests.map(|(kind, request)| asked(kind, request)).collect()
            }
            "BatchGetItem" | "BatchWriteItem" => {
                let tables = body.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
                tables
                    .map(|(table, requests)| right(operation, Some(table.clone()), self.keys_in_batch(table, requests)))
                    .collect()
            }
            _ => vec![right(operation, text(body, "TableName"), self.key_in(body))],
        }
    }

    /// The partition key that a request names.
    fn key_in(&self, request: &Value) -> BTreeSet<String> {
        let named = || {
            let name = self.names.get(&text(request, "TableName")?)?;
            match request.get("Key").or_else(|| request.get("Item")) {
                Some(item) => value(item.get(name)?),
                None => queried(request, name),
            }
        };
        named().into_iter().collect()
    }

    fn keys_in_batch(&self, table: &str, requests: &Value) -> BTreeSet<String> {
        let written = |request: &'_ Value| {
            request.pointer("/PutRequest/Item").or_else(|| request.pointer("/DeleteRequest/Key")).cloned()
        };
        let items = list(requests.get("Keys")).cloned().chain(list(Some(requests)).filter_map(written));
        let name = self.names.get(table);
        items.filter_map(|item| value(item.get(name?)?)).collect()
    }
}

/// The partition key in a query's condition, where it can only be equal to something.
fn queried(request: &Value, name: &str) -> Option<String> {
    let values = request.get("ExpressionAttributeValues")?;
    let names = request.get("ExpressionAttributeNames");
    let means_key = |written: &str| {
        let meant = names.and_then(|names| names.get(written)).and_then(Value::as_str);
        meant.unwrap_or(written) == name
    };
    let condition = text(request, "KeyConditionExpression")?;
    let mut parts = condition.split(" AND ").filter_map(|part| part.split_once('='));
    let (_, placeholder) = parts.find(|(written, _)| means_key(written.trim()))?;
    value(values.get(placeholder.trim())?)
}

fn partition_key(table: &Value) -> Option<String> {
    let is_partition_key = |key: &&Value| key.get("KeyType").and_then(Value::as_str) == Some("HASH");
    text(list(table.get("KeySchema")).find(is_partition_key)?, "AttributeName")
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text(body: &Value, name: &str) -> Option<String> {
    body.get(name)?.as_str().map(str::to_owned)
}

/// What stands in `{"S": "..."}`.
fn value(attribute: &Value) -> Option<String> {
    attribute.as_object().and_then(|typed: &Map<_, _>| typed.values().next())?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needed(calls: &[(&str, Value)]) -> Vec<String> {
        let mut rights = Rights::default();
        let schema = json!([{"AttributeName": "sk", "KeyType": "RANGE"}, {"AttributeName": "pk", "KeyType": "HASH"}]);
        rights.count("CreateTable", &json!({"TableName": "ledger", "KeySchema": schema}).to_string());
        rights.needed.clear();
        for (operation, body) in calls {
            rights.count(operation, &body.to_string());
        }
        let shown = |(right, count): (&Right, &u64)| {
            format!("{count} {} on {} {:?}", right.action, right.table, right.leading_keys)
        };
        rights.needed().iter().map(shown).collect()
    }

    fn item(pk: &str) -> Value {
        json!({"pk": {"S": pk}, "sk": {"S": "x"}})
    }

    #[test]
    fn an_item_is_known_by_its_partition_whichever_way_it_is_named() {
        let query = json!({
            "TableName": "ledger",
            "KeyConditionExpression": "sk >= :from AND #p = :p",
            "ExpressionAttributeNames": {"#p": "pk"},
            "ExpressionAttributeValues": {":p": {"S": "c"}, ":from": {"S": "x"}},
        });
        let put = json!({"TableName": "ledger", "Item": item("b")});
        let calls = [
            ("GetItem", json!({"TableName": "ledger", "Key": item("a")})),
            ("PutItem", put.clone()),
            ("PutItem", put),
            ("Query", query),
            ("Scan", json!({"TableName": "ledger", "FilterExpression": "pk = :p"})),
        ];
        assert_eq!(
            needed(&calls),
            [
                r#"1 GetItem on ledger {"a"}"#,
                r#"2 PutItem on ledger {"b"}"#,
                r#"1 Query on ledger {"c"}"#,
                "1 Scan on ledger {}"
            ]
        );
    }

    #[test]
    fn a_transaction_is_asked_about_write_by_write_and_a_batch_as_a_whole() {
        let transaction = json!({"TransactItems": [
            {"Put": {"TableName": "ledger", "Item": item("a")}},
            {"ConditionCheck": {"TableName": "ledger", "Key": item("b")}},
        ]});
        let batch = json!({"RequestItems": {"ledger": {"Keys": [item("a"), item("b"), item("a")]}}});
        let writes = json!({"RequestItems": {"ledger": [
            {"PutRequest": {"Item": item("a")}},
            {"DeleteRequest": {"Key": item("b")}},
        ]}});
        let calls = [("TransactWriteItems", transaction), ("BatchGetItem", batch), ("BatchWriteItem", writes)];
        assert_eq!(
            needed(&calls),
            [
                r#"1 BatchGetItem on ledger {"a", "b"}"#,
                r#"1 BatchWriteItem on ledger {"a", "b"}"#,
                r#"1 ConditionCheckItem on ledger {"b"}"#,
                r#"1 PutItem on ledger {"a"}"#,
            ]
        );
    }
}
