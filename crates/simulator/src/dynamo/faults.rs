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
            Self::AnswerLost => return None,
        };
        let status = if self == Self::Failed { 500 } else { 400 };
        Some((status, format!(r#"{{"__type":"{code}","message":"Ordered by the test."}}"#)))
    }
}
