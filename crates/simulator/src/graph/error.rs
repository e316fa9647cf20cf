use bytes::Bytes;
use http::Response;
use http::header::LOCATION;
use serde_json::{Value, json};

use crate::answer::{json_answer, set};

pub(super) type GraphResult = Result<Value, GraphError>;

/// An OData error.
#[derive(Debug)]
pub(super) struct GraphError {
    status: u16,
    code: &'static str,
    message: String,
    location: Option<String>,
}

impl GraphError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), location: None }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "Request_ResourceNotFound", message)
    }

    pub(super) fn no_such(id: impl std::fmt::Display) -> Self {
        Self::not_found(format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        ))
    }

    /// The error that says where to go instead.
    pub(super) fn with_location(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    pub(super) fn into_answer(self) -> Response<Bytes> {
        let body = json!({ "error": { "code": self.code, "message": self.message, "innerError": {} } });
        let mut answer = json_answer(self.status, &body);
        if let Some(location) = &self.location {
            set(&mut answer, LOCATION, location);
        }
        answer
    }
}
