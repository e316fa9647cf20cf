use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::answer::{json_answer, service_error, set};
use crate::route::Route;

use super::FaultKind;

/// Where a list stands in an answer, whichever service gave it.
const LISTS: [&str; 5] = ["value", "items", "data", "results", "responses"];
const NEXT_LINK: &str = "@odata.nextLink";
const DELTA_LINK: &str = "@odata.deltaLink";

impl FaultKind {
    /// The answer that is given instead of carrying anything out, if this is such a fault.
    pub(crate) fn instead_of(&self, route: Route) -> Option<Response<Bytes>> {
        match self {
            Self::Status(status) => Some(service_error(route.service(), *status)),
            Self::Answer { status, body, retry_after } => {
                let mut answer = service_error(route.service(), *status);
                if let Some(body) = body {
                    *answer.body_mut() = Bytes::from(body.clone());
                }
                if let Some(text) = retry_after {
                    set(&mut answer, RETRY_AFTER, text);
                }
                Some(answer)
            }
            Self::ExpiredPageToken => Some(json_answer(
                400,
                &json!({ "error": {
                    "code": "Directory_ExpiredPageToken",
                    "message": "The specified page token value has expired and can no longer be included in your request.",
                    "innerError": {},
                } }),
            )),
            _ => None,
        }
    }
}

/// Does to an answer what the fault does to answers.
pub(crate) fn mangle(fault: &FaultKind, mut answer: Response<Bytes>) -> Response<Bytes> {
    match fault {
        FaultKind::Html => {
            set(&mut answer, CONTENT_TYPE, "text/html; charset=utf-8");
            with_body(answer, "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>", Some(200))
        }
        FaultKind::TruncatedJson => {
            let half = answer.body().len() / 2;
            *answer.body_mut() = answer.body().slice(..half);
            answer
        }
        FaultKind::EmptyBody => with_body(answer, "", None),
        FaultKind::HugeBody(bytes) => with_body(answer, &format!("\"{}\"", "x".repeat(*bytes)), Some(200)),
        FaultKind::ShortPage => edit(answer, |json| {
            if let Some(list) = list(json) {
                list.truncate(list.len() / 2);
            }
            remove(json, NEXT_LINK);
        }),
        FaultKind::EmptyPage => edit(answer, |json| {
            if let Some(list) = list(json) {
                list.clear();
            }
            remove(json, NEXT_LINK);
        }),
        FaultKind::DuplicateEntries => edit(answer, |json| {
            if let Some(list) = list(json) {
                *list = list.iter().flat_map(|entry| [entry.clone(), entry.clone()]).collect();
            }
        }),
        FaultKind::RepeatedEntry => edit(answer, |json| {
            if let Some(list) = list(json)
                && let Some(first) = list.first().cloned()
            {
                list.push(first);
            }
        }),
        FaultKind::EntryWithoutId => edit(answer, |json| match list(json) {
            Some(list) => {
                if let Some(first) = list.first_mut() {
                    remove(first, "id");
                }
            }
            None => remove(json, "id"),
        }),
        FaultKind::ForeignLink(host) => edit(answer, |json| {
            if let Some(object) = json.as_object_mut() {
                // A page of a delta query has one link or the other.
                object.remove(DELTA_LINK);
                object.insert(NEXT_LINK.to_owned(), format!("https://{host}/v1.0/users?$skiptoken=x").into());
            }
        }),
        FaultKind::MissingItem => edit(answer, |json| {
            if let Some(list) = list(json)
                && !list.is_empty()
            {
                list.remove(0);
            }
        }),
        _ => answer,
    }
}

fn edit(mut answer: Response<Bytes>, edit: impl FnOnce(&mut Value)) -> Response<Bytes> {
    if let Ok(mut json) = serde_json::from_slice(answer.body()) {
        edit(&mut json);
        *answer.body_mut() = Bytes::from(json.to_string());
    }
    answer
}

fn list(json: &mut Value) -> Option<&mut Vec<Value>> {
    let object = json.as_object_mut()?;
    let key = LISTS.iter().find(|key| object.get(**key).is_some_and(Value::is_array))?;
    object.get_mut(*key)?.as_array_mut()
}

fn remove(json: &mut Value, key: &str) {
    if let Some(object) = json.as_object_mut() {
        object.remove(key);
    }
}

fn with_body(mut answer: Response<Bytes>, body: &str, status: Option<u16>) -> Response<Bytes> {
    *answer.body_mut() = Bytes::from(body.to_owned());
    if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
        *answer.status_mut() = status;
    }
    answer
}
