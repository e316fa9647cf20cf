use bytes::Bytes;
use http::{Request, StatusCode};
use sync_core::io::http::{Limits, Transport};
use uuid::Uuid;

use super::check::Check;

const INTAKE: &str = "address for notifications";
const LIMITS: Limits = Limits { time: std::time::Duration::from_secs(10), body: 4_096 };
const CURE: &str = "Until it answers, changes are found by the sweeps alone: docs/runbook.md, MissedChanges.";

/// Asks what Graph asks before it makes a subscription: anybody may, and nothing is written for it.
pub(super) async fn check(transport: &impl Transport, url: &str, token: Uuid) -> Check {
    let token = token.to_string();
    let asked = Request::post(format!("{}?validationToken={token}", url.trim_end_matches('?'))).body(Bytes::new());
    let Ok(request) = asked else {
        return Check::bad(INTAKE, "The stack's NotificationUrl is no address.", CURE);
    };
    match transport.send(request, LIMITS).await {
        Ok(answer) if answer.status() == StatusCode::OK && answer.body() == token.as_bytes() => {
            Check::ok(INTAKE, "It answers as Graph wants it.")
        }
        Ok(answer) => Check::bad(INTAKE, format!("It answers HTTP {}, and not what was asked.", answer.status()), CURE),
        // The operator's network may be closed to it where Graph's is not.
        Err(error) => Check::warn(INTAKE, format!("It does not answer from this machine: {error}."), CURE),
    }
}
