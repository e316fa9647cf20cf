use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::answer::json_answer;

pub(super) type GraphResult = Result<Value, GraphError>;

/// An OData error.
#[derive(Debug)]
pub(super) struct GraphError {
    status: u16,
    code: &'static str,
    message: String,
}

impl GraphError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "Request_ResourceNotFound", message)
    }

    pub(super) fn no_such(id: impl std::fmt::Display) -> Self {
        Self::not_found(format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        ))
    }

    pub(super) fn into_answer(self) -> Response<Bytes> {
        let body = json!({ "error": { "code": self.code, "message": self.message, "innerError": {} } });
        json_answer(self.status, &body)
    }
}
