use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::ZenqmsError;

/// A request's body: an object with these names and no other. A client that sends more than the contract says is to be
/// noticed.
pub(super) fn object(request: &Request<Bytes>, names: &[&str]) -> Result<Map<String, Value>, ZenqmsError> {
    let bad = |message: String| ZenqmsError::new(400, "bad_request", message);
    if !request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return Err(bad("The body must be application/json.".to_owned()));
    }
    let Ok(Value::Object(object)) = serde_json::from_slice(request.body()) else {
        return Err(bad("The body is not a JSON object.".to_owned()));
    };
    only(&object, names)?;
    Ok(object)
}

/// Refuses names that are not among these.
pub(super) fn only(object: &Map<String, Value>, names: &[&str]) -> Result<(), ZenqmsError> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(ZenqmsError::new(400, "bad_request", format!("Unknown field `{name}`."))),
        None => Ok(()),
    }
}

/// Which page of which size a search asks for; pages count from 1.
pub(super) fn page(body: &Map<String, Value>, cap: Option<usize>) -> Result<(usize, usize), ZenqmsError> {
    let number = |name: &str, usual: u64| match body.get(name) {
        None => Some(usual),
        Some(value) => value.as_u64().filter(|&number| number >= 1),
    };
    let (Some(page), Some(size)) = (number("page", 1), number("page_size", 100)) else {
        return Err(ZenqmsError::new(400, "bad_request", "page and page_size must be whole numbers from 1 on."));
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(1_000).min(cap.unwrap_or(usize::MAX));
    Ok((usize::try_from(page).unwrap_or(usize::MAX), size))
}
