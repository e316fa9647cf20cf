use serde_json::{Map, Value, json};

/// Something that goes wrong with DynamoDB.
#[derive(Clone, Debug)]
pub struct LedgerFault {
    operation: &'static str,
    nth: u64,
    times: u64,
    kind: LedgerFaultKind,
    seen: u64,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerFaultKind {
    /// The table's throughput is used up.
    Throttled,
    /// An internal error; nothing was carried out.
    Failed,
    /// The connection ends after everything was carried out.
    AnswerLost,
    /// Of a `BatchGetItem`, every second key is left for another call.
    Unprocessed,
}

impl LedgerFault {
    /// Strikes `times` calls of an operation (`PutItem`, ...), beginning with the `nth`, from 1.
    #[must_use]
    pub const fn new(operation: &'static str, nth: u64, times: u64, kind: LedgerFaultKind) -> Self {
        Self { operation, nth, times, kind, seen: 0 }
    }

    pub(super) fn strikes(&mut self, operation: &str) -> Option<LedgerFaultKind> {
        if operation != self.operation {
            return None;
        }
        self.seen += 1;
        (self.nth..self.nth.saturating_add(self.times)).contains(&self.seen).then_some(self.kind)
    }
}

impl LedgerFaultKind {
    pub(super) fn instead_of(self) -> Option<(u16, String)> {
        let code = match self {
            Self::Throttled => "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            Self::Failed => "com.amazonaws.dynamodb.v20120810#InternalServerError",
            Self::AnswerLost | Self::Unprocessed => return None,
        };
        let status = if self == Self::Failed { 500 } else { 400 };
        Some((status, format!(r#"{{"__type":"{code}","message":"Ordered by the test."}}"#)))
    }
}

/// Leaves the later half of a `BatchGetItem`'s keys for another call: the body with the others, and what the answer says of
/// those left.
pub(super) fn leave_half(body: &str) -> (String, Value) {
    let mut request: Value = serde_json::from_str(body).unwrap_or_default();
    let mut left = Map::new();
    let tables = request.get_mut("RequestItems").and_then(Value::as_object_mut);
    for (name, table) in tables.into_iter().flatten() {
        let Some(keys) = table.get_mut("Keys").and_then(Value::as_array_mut) else { continue };
        let later = keys.split_off(keys.len().div_ceil(2));
        if !later.is_empty() {
            left.insert(name.clone(), json!({ "Keys": later }));
        }
    }
    (request.to_string(), Value::Object(left))
}
