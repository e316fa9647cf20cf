//! What a subscription may say (Graph docs: subscription resource type).

use jiff::{SignedDuration, Timestamp};
use url::{Host, Url};

use crate::behaviour::OverlongExpiry;
use crate::subscription::ChangeKinds;

use super::super::error::GraphError;

const SHORTEST: SignedDuration = SignedDuration::from_mins(45);
/// For people and groups.
const LONGEST: SignedDuration = SignedDuration::from_mins(41_760);
const LONGEST_STATE: usize = 128;

pub(super) fn bad(message: impl Into<String>) -> GraphError {
    GraphError::new(400, "InvalidRequest", message)
}

pub(super) fn required<'t>(name: &str, text: Option<&'t str>) -> Result<&'t str, GraphError> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| bad(format!("The required property '{name}' is missing.")))
}

/// When a subscription ends that wants to last until then. Too soon is raised in silence.
pub(super) fn expiry(text: Option<&str>, overlong: OverlongExpiry, now: Timestamp) -> Result<Timestamp, GraphError> {
    let text = required("expirationDateTime", text)?;
    let wanted: Timestamp =
        text.parse().map_err(|_| bad(format!("'{text}' is no date and time for 'expirationDateTime'.")))?;
    let after = |time| now.checked_add(time).unwrap_or(Timestamp::MAX);
    match (wanted > after(LONGEST), overlong) {
        (true, OverlongExpiry::Refuse) => Err(bad("Subscription expiration can only be 41760 minutes in the future.")),
        _ => Ok(wanted.clamp(after(SHORTEST), after(LONGEST))),
    }
}

/// An address that Graph would call. Only on this machine may it be without TLS, which Graph never allows.
pub(super) fn url(name: &str, text: Option<&str>) -> Result<String, GraphError> {
    let text = required(name, text)?;
    let invalid = || bad(format!("Invalid notification url='{text}'"));
    let url = Url::parse(text).map_err(|_| invalid())?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(invalid()),
    };
    // What browsers forgive.
    if text.split_once("://").is_none_or(|(_, rest)| rest.starts_with('/')) {
        return Err(invalid());
    }
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if is_here => Ok(text.to_owned()),
        scheme => Err(bad(format!("NotificationUrl scheme='{scheme}' is not supported."))),
    }
}

pub(super) fn change_kinds(text: &str) -> Result<ChangeKinds, GraphError> {
    let mut kinds = ChangeKinds { updated: false, deleted: false };
    for kind in text.split(',').map(str::trim) {
        match kind.to_ascii_lowercase().as_str() {
            "updated" => kinds.updated = true,
            "deleted" => kinds.deleted = true,
            _ => return Err(bad(format!("Invalid 'changeType' attribute: '{kind}'."))),
        }
    }
    Ok(kinds)
}

pub(super) fn client_state(text: Option<&str>) -> Result<Option<String>, GraphError> {
    match text {
        Some(text) if text.chars().count() > LONGEST_STATE => {
            Err(bad(format!("The property 'clientState' must have at most {LONGEST_STATE} characters.")))
        }
        text => Ok(text.map(str::to_owned)),
    }
}
