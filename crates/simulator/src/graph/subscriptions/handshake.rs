//! Whether a subscriber wants to be one: he has to repeat a token (Graph docs: validate the notification endpoint).

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use crate::notify::Receiver;

use super::super::error::GraphError;

const PATIENCE: Duration = Duration::from_secs(10);

/// All that a subscriber might decode once too often or not at all.
pub(super) fn token(number: u128) -> String {
    format!("Validation: Testing client application reachability 100% \"süß\" & 'a+b=c', Request-Id: {number:032x}")
}

pub(super) async fn validate(receiver: Option<&dyn Receiver>, url: &str, token: &str) -> Result<(), GraphError> {
    let failed = |why: &str| {
        let message = format!("Subscription validation request failed. {why}");
        Err(GraphError::new(400, "ValidationError", message))
    };
    let option = if url.contains('?') { '&' } else { '?' };
    let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let url = format!("{url}{option}validationToken={encoded}");
    let answer = match receiver {
        Some(receiver) => {
            let asking = receiver.post(&url, "text/plain; charset=utf-8", Bytes::new());
            let Ok(answer) = tokio::time::timeout(PATIENCE, asking).await else {
                let message = "Subscription validation request timed out.";
                return Err(GraphError::new(400, "ValidationError", message));
            };
            answer
        }
        None => None,
    };
    let Some((status, headers, body)) = answer else {
        return failed("Notification endpoint could not be reached.");
    };
    if status != 200 {
        return failed("Notification endpoint must respond with 200 OK to validation request.");
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("text/plain") {
        return failed("Response must have the content type text/plain.");
    }
    if body != token.as_bytes() {
        return failed("Response must exactly match validationToken query parameter.");
    }
    Ok(())
}
