use std::collections::BTreeSet;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::json_answer;
use crate::faults::{FaultKind, Faults, mangle};
use crate::route::Route;
use crate::state::{Call, State};
use crate::tally::Origin;

use super::error::GraphError;
use super::query::Query;
use super::{Read, throttled};

/// A `$batch` takes no more requests (Graph docs: JSON batching).
const MOST: usize = 20;

#[derive(Deserialize)]
struct Envelope {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: serde_json::Map<String, Value>,
    #[serde(default)]
    body: Option<Value>,
}

pub(super) fn answer(state: &mut State, call: &Call<'_>, outer: &Read<'_>, faults: &Faults) -> Response<Bytes> {
    let bad = |message: &str| GraphError::new(400, "BadRequest", message).into_answer();
    let Ok(envelope) = serde_json::from_slice::<Envelope>(outer.body) else {
        return bad("Invalid batch payload format.");
    };
    if envelope.requests.is_empty() || envelope.requests.len() > MOST {
        return bad("A batch must have 1 to 20 requests.");
    }
    let ids: BTreeSet<String> = envelope.requests.iter().map(|item| item.id.to_lowercase()).collect();
    if ids.len() < envelope.requests.len() {
        return bad("Request ids must be unique.");
    }
    let mut responses: Vec<Value> =
        envelope.requests.iter().map(|item| answer_item(state, call, outer, faults, item)).collect();
    if state.behaviour.graph.shuffle_batches {
        state.dice.shuffle(&mut responses);
    }
    json_answer(200, &json!({ "responses": responses }))
}

fn answer_item(state: &mut State, call: &Call<'_>, outer: &Read<'_>, faults: &Faults, item: &Item) -> Value {
    let answer = answer_of(state, call, outer, faults, item);
    let headers: serde_json::Map<String, Value> = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((title_case(name.as_str()), value.to_str().ok()?.into())))
        .collect();
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    json!({ "id": item.id, "status": answer.status().as_u16(), "headers": headers, "body": body })
}

fn answer_of(state: &mut State, call: &Call<'_>, outer: &Read<'_>, faults: &Faults, item: &Item) -> Response<Bytes> {
    let bad = |message: &str| GraphError::new(400, "BadRequest", message).into_answer();
    let (Ok(method), true) = (Method::from_bytes(item.method.as_bytes()), item.url.starts_with('/')) else {
        return bad("The url must be relative to the service root.");
    };
    if item.body.is_some() && !item.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        return bad("A body needs a Content-Type header.");
    }
    let (path, query) = item.url.split_once('?').unwrap_or((&item.url, ""));
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let route = Route::of_graph(&method, &segments);
    if route == Route::Batch {
        return bad("Batches cannot be nested.");
    }
    let body = Bytes::from(item.body.as_ref().map(Value::to_string).unwrap_or_default());
    let mut request = Request::new(body.clone());
    *request.method_mut() = method;
    if let Ok(uri) = item.url.parse() {
        *request.uri_mut() = uri;
    }
    let headers = headers(item);
    let fault = faults.due(route, &request);
    state.tally.came(route, Origin::Item);
    let call = Call {
        route,
        request: &request,
        now: call.now,
        running: call.running,
        age: match fault {
            Some(FaultKind::Stale(age)) => Some(age),
            _ => call.age,
        },
        kill: call.kill,
    };
    let read = Read {
        route,
        segments,
        query: Query::parse(query),
        headers: &headers,
        body: &body,
        rights: outer.rights,
        base: outer.base.clone(),
    };
    let answer = match fault.as_ref().and_then(|fault| fault.instead_of(route)) {
        Some(answer) => answer,
        None => throttled(state, &call, &read),
    };
    let answer = match &fault {
        Some(fault) => mangle(fault, answer),
        None => answer,
    };
    state.tally.answered(route, Origin::Item, answer.status());
    answer
}

fn headers(item: &Item) -> HeaderMap {
    item.headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.as_str()?).ok()?))
        })
        .collect()
}

/// `retry-after` as `Retry-After`: the names of an item's headers come in any case.
fn title_case(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
        })
        .collect::<Vec<_>>()
        .join("-")
}
