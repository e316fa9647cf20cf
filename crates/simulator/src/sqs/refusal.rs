use serde_json::{Value, json};

/// Why SQS does not carry something out.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The code as the query protocol has it, which the SDK goes by.
    pub(super) code: &'static str,
    /// The error's name in the JSON protocol.
    shape: &'static str,
    message: String,
}

impl Refusal {
    /// The caller's mistake.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let shape = match code {
            "AWS.SimpleQueueService.NonExistentQueue" => "QueueDoesNotExist",
            _ => code.rsplit('.').next().unwrap_or(code),
        };
        Self { status: 400, code, shape, message: message.into() }
    }

    pub(super) fn invalid(parameter: &str, value: impl std::fmt::Display, reason: &str) -> Self {
        let message = format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}");
        Self::new("InvalidParameterValue", message)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::new("MissingParameter", format!("The request must contain the parameter {parameter}."))
    }

    pub(super) fn internal() -> Self {
        Self { status: 500, ..Self::new("InternalError", "Ordered by the test.") }
    }

    /// The caller's fault, in the words of the query protocol.
    pub(super) fn blames(&self) -> &'static str {
        if self.status < 500 { "Sender" } else { "Receiver" }
    }

    pub(super) fn body(&self) -> Value {
        json!({ "__type": format!("com.amazonaws.sqs#{}", self.shape), "message": self.message })
    }

    /// As the answer for one entry of a batch.
    pub(super) fn entry(&self, id: &str) -> Value {
        json!({ "Id": id, "SenderFault": self.status < 500, "Code": self.code, "Message": self.message })
    }
}
