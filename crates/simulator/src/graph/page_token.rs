use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Read;
use super::error::GraphError;

/// Graph's greatest page.
const GREATEST: usize = 999;
/// Graph's page where nothing is asked for.
const USUAL: usize = 100;

/// Where a listing goes on, and how it was asked for. Opaque to clients: base64 of JSON here.
#[derive(Serialize, Deserialize)]
pub(super) struct PageToken<P> {
    pub(super) after: P,
    issued: i64,
    pub(super) top: usize,
    pub(super) select: Option<Vec<String>>,
}

impl<P: Serialize + DeserializeOwned> PageToken<P> {
    /// What a read asks for: the first page, or the one that its token names.
    pub(super) fn of(read: &Read<'_>, start: P, life: Duration, now: Timestamp) -> Result<Self, GraphError> {
        let Some(text) = &read.query.skip_token else {
            return Ok(Self { after: start, issued: 0, top: top(read)?, select: read.query.select.clone() });
        };
        let invalid = || GraphError::new(400, "Request_BadRequest", "The page token is not valid.");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        let age = now.as_second().saturating_sub(token.issued);
        if age >= i64::try_from(life.as_secs()).unwrap_or(i64::MAX) {
            return Err(GraphError::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            ));
        }
        Ok(token)
    }

    /// The link to the page that begins behind `after`.
    pub(super) fn link(self, read: &Read<'_>, after: P, now: Timestamp) -> String {
        let token = Self { after, issued: now.as_second(), ..self };
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default());
        format!("{}/{}?$skiptoken={text}", read.base, read.segments.join("/"))
    }
}

fn top(read: &Read<'_>) -> Result<usize, GraphError> {
    let invalid = |size: &dyn std::fmt::Display| {
        GraphError::new(
            400,
            "Request_BadRequest",
            format!("Invalid page size specified: '{size}'. Must be between 1 and {GREATEST} inclusive."),
        )
    };
    match (&read.query.bad_top, read.query.top) {
        (Some(text), _) => Err(invalid(text)),
        (None, Some(top)) if !(1..=GREATEST).contains(&top) => Err(invalid(&top)),
        (None, top) => Ok(top.unwrap_or(USUAL)),
    }
}
