//! The token endpoint (Microsoft identity platform docs: client credentials flow, certificate credentials).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Response;
use http::header::CONTENT_TYPE;
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::json_answer;
use crate::behaviour::Registration;
use crate::state::{Call, State};

struct Refusal {
    status: u16,
    error: &'static str,
    code: u32,
    message: String,
}

fn refuse<T>(status: u16, error: &'static str, code: u32, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, error, code, message: message.into() })
}

pub(crate) fn answer(state: &mut State, call: &Call<'_>) -> Response<Bytes> {
    match issue(state, call) {
        Ok(token) => json_answer(200, &token),
        Err(Refusal { status, error, code, message }) => {
            let body = json!({
                "error": error,
                "error_description": format!("AADSTS{code}: {message}"),
                "error_codes": [code],
                "timestamp": call.now.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
                "trace_id": Uuid::from_u128(state.dice.u128(..)),
                "correlation_id": Uuid::from_u128(state.dice.u128(..)),
            });
            json_answer(status, &body)
        }
    }
}

fn issue(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = &state.behaviour.entra;
    let tenant = call.request.uri().path().split('/').nth(2).unwrap_or_default();
    if tenant != app.tenant.to_string() {
        return refuse(400, "invalid_request", 90_002, format!("Tenant '{tenant}' not found."));
    }
    let is_form =
        call.request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let form: HashMap<String, String> = url::form_urlencoded::parse(call.request.body()).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !is_form || field("grant_type") != "client_credentials" {
        return refuse(400, "unsupported_grant_type", 70_003, "The app requested an unsupported grant type.");
    }
    if field("client_id") != app.client.to_string() {
        return refuse(400, "unauthorized_client", 700_016, "Application was not found in the directory.");
    }
    if !field("scope").ends_with("/.default") {
        return refuse(
            400,
            "invalid_scope",
            70_011,
            "The provided value for the input parameter 'scope' is not valid.",
        );
    }
    if field("client_assertion").is_empty() {
        check_secret(app, call, field("client_secret"))?;
    } else {
        check_assertion(app, call, field("client_assertion_type"), field("client_assertion"))?;
    }
    let life = app.token_life;
    let permissions = app.permissions.clone();
    let token = format!("simulated.{:032x}", state.dice.u128(..));
    state.tokens.issue(token.clone(), call.running + life, permissions);
    Ok(
        json!({ "token_type": "Bearer", "expires_in": life.as_secs(), "ext_expires_in": life.as_secs(), "access_token": token }),
    )
}

fn check_secret(app: &Registration, call: &Call<'_>, secret: &str) -> Result<(), Refusal> {
    match app.secrets.iter().find(|known| known.value == secret) {
        Some(known) if known.expires.is_some_and(|expires| expires <= call.now) => {
            refuse(401, "invalid_client", 7_000_222, "The provided client secret keys for app are expired.")
        }
        Some(_) => Ok(()),
        None => refuse(401, "invalid_client", 7_000_215, "Invalid client secret provided."),
    }
}

fn check_assertion(app: &Registration, call: &Call<'_>, kind: &str, assertion: &str) -> Result<(), Refusal> {
    let unrecognised = || {
        refuse(
            401,
            "invalid_client",
            700_027,
            "The certificate with identifier used to sign the client assertion is not registered on application.",
        )
    };
    let Some((signed, signature)) = assertion.rsplit_once('.') else { return unrecognised() };
    let Some((header, claims)) = signed.split_once('.') else { return unrecognised() };
    let (Some(header), Some(claims)) = (decode(header), decode(claims)) else { return unrecognised() };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return unrecognised() };

    let certificate = app.certificates.iter().find(|known| {
        header.get("x5t#S256").and_then(Value::as_str) == Some(URL_SAFE_NO_PAD.encode(known.thumbprint).as_str())
    });
    let Some(certificate) = certificate else { return unrecognised() };
    let is_signed = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &certificate.public_key)
        .verify(signed.as_bytes(), &signature)
        .is_ok();
    let is_expired = certificate.expires.is_some_and(|expires| expires <= call.now);
    let client = app.client.to_string();
    let names = ["iss", "sub"].iter().all(|claim| claims.get(claim).and_then(Value::as_str) == Some(client.as_str()));
    let audience = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    let path = call.request.uri().path();
    let is_meant = audience.ends_with(path) && claims.get("jti").is_some_and(Value::is_string);
    let kind_is_right = kind == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        && header.get("alg").and_then(Value::as_str) == Some("PS256");
    if !is_signed || is_expired || !names || !is_meant || !kind_is_right {
        return unrecognised();
    }
    let time = |claim: &str| claims.get(claim).and_then(Value::as_i64).unwrap_or_default();
    let now = call.now.as_second();
    if now < time("nbf") || now >= time("exp") {
        return refuse(401, "invalid_client", 700_024, "Client assertion is not within its valid time range.");
    }
    Ok(())
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
