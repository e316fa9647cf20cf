//! Making answers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::route::Service;

/// An answer with a JSON body.
pub(crate) fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut answer, CONTENT_TYPE, "application/json; charset=utf-8");
    answer
}

/// An answer without a body.
pub(crate) fn empty_answer(status: u16) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
}

/// Sets a header; a value that no header can have is left out.
pub(crate) fn set(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// A refusal, 429.
pub(crate) fn refused(mut answer: Response<Bytes>, retry_after: Option<&str>) -> Response<Bytes> {
    if let Some(text) = retry_after {
        set(&mut answer, RETRY_AFTER, text);
    }
    answer
}

/// The error body that a service sends with a status.
pub(crate) fn service_error(service: Service, status: u16) -> Response<Bytes> {
    match service {
        Service::Graph => {
            let (code, message) = match status {
                400 => ("Request_BadRequest", "Invalid request."),
                401 => ("InvalidAuthenticationToken", "Access token validation failure."),
                403 => ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
                404 => ("Request_ResourceNotFound", "Resource does not exist."),
                409 => ("Conflict", "Conflicting object."),
                410 => ("syncStateNotFound", "The sync state is no longer known."),
                429 => ("TooManyRequests", "Too many requests"),
                503 => ("serviceNotAvailable", "The service is temporarily unavailable."),
                _ => ("UnknownError", ""),
            };
            json_answer(status, &json!({ "error": { "code": code, "message": message, "innerError": {} } }))
        }
        Service::Login => json_answer(
            status,
            &json!({ "error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error has occurred.", "error_codes": [90033] }),
        ),
        Service::Zenqms | Service::Nobody => {
            let code = match status {
                429 => "too_many_requests",
                404 => "not_found",
                422 => "invalid",
                _ => "error",
            };
            json_answer(status, &json!({ "error": { "code": code, "message": "Ordered by the test." } }))
        }
    }
}
