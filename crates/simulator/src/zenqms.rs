//! ZenQMS, as its API is known or assumed.

mod body;
mod ids;
mod roles;
mod show;
mod users;

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde_json::json;

use crate::answer::{json_answer, refused, service_error};
use crate::route::{Route, Service};
use crate::state::{Call, State};

/// An answer that is an error.
#[derive(Debug)]
struct ZenqmsError {
    status: u16,
    code: &'static str,
    message: String,
    fields: Vec<(&'static str, &'static str)>,
}

type ZenqmsResult = Result<Response<Bytes>, ZenqmsError>;

impl ZenqmsError {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), fields: Vec::new() }
    }

    fn invalid(fields: Vec<(&'static str, &'static str)>) -> Self {
        Self { fields, ..Self::new(422, "invalid", "Some fields are not valid.") }
    }

    fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("There is no such {what}."))
    }

    fn into_answer(self) -> Response<Bytes> {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(error) = error.as_object_mut().filter(|_| !self.fields.is_empty()) {
            let fields: serde_json::Map<_, _> =
                self.fields.into_iter().map(|(field, what)| (field.to_owned(), what.into())).collect();
            error.insert("fields".to_owned(), fields.into());
        }
        json_answer(self.status, &json!({ "error": error }))
    }
}

/// The 429 to a call that comes when the limit is reached.
pub(crate) fn refusal(state: &mut State, now: Timestamp, running: Duration) -> Option<Response<Bytes>> {
    let zenqms = &state.behaviour.zenqms;
    let wait = state.zenqms_limiter.take(zenqms.limit, 1.0, running).err()?;
    let text = zenqms.retry_after.text(wait, now);
    Some(refused(service_error(Service::Zenqms, 429), text.as_deref()))
}

pub(crate) fn answer(state: &mut State, call: &Call<'_>) -> Response<Bytes> {
    let zenqms = &state.behaviour.zenqms;
    let bearer = call.request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    if bearer.and_then(|bearer| bearer.strip_prefix("Bearer ")) != Some(zenqms.token.as_str()) {
        return ZenqmsError::new(401, "unauthorized", "The token is not valid.").into_answer();
    }
    if !zenqms.permitted {
        return ZenqmsError::new(403, "forbidden", "The token's user lacks the permission.").into_answer();
    }
    let result = match call.route {
        Route::AccountCreate => users::create(state, call),
        Route::AccountPatch => users::patch(state, call),
        Route::AccountSearch => users::search(state, call),
        Route::RolesAdd => roles::add(state, call),
        Route::RolesRemove => roles::remove(state, call),
        Route::RolesSearch => roles::search(state, call),
        _ => Err(ZenqmsError::not_found("address")),
    };
    result.unwrap_or_else(ZenqmsError::into_answer)
}

/// The segment of the path that names the account.
fn account_segment<'a>(call: &Call<'a>) -> &'a str {
    call.request.uri().path().split('/').filter(|segment| !segment.is_empty()).nth(3).unwrap_or_default()
}
