use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use serde::Serialize;
use uuid::Uuid;

/// How long an assertion is good for. Microsoft suggests five to ten minutes; it is used at once.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Our clock may run ahead of Microsoft's by this much.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// Signing failed; the key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the client assertion cannot be signed: {0}")]
pub(super) struct SigningError(&'static str);

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: Uuid,
    nbf: i64,
    iat: i64,
    exp: i64,
}

/// The signed statement by which the app proves that it holds the certificate's key (Microsoft identity platform docs:
/// certificate credentials): PS256 with `x5t#S256`.
pub(super) fn client_assertion(
    audience: &str,
    client_id: &str,
    thumbprint: [u8; 32],
    key: &RsaKeyPair,
    now: Timestamp,
) -> Result<String, SigningError> {
    let random = SystemRandom::new();
    let mut id = [0; 16];
    ring::rand::SecureRandom::fill(&random, &mut id).map_err(|_| SigningError("no random numbers"))?;

    let header = Header { alg: "PS256", typ: "JWT", thumbprint: URL_SAFE_NO_PAD.encode(thumbprint) };
    let claims = Claims {
        aud: audience,
        iss: client_id,
        sub: client_id,
        jti: uuid::Builder::from_random_bytes(id).into_uuid(),
        nbf: (now - SKEW).as_second(),
        iat: (now - SKEW).as_second(),
        exp: (now + LIFE - SKEW).as_second(),
    };
    let part = |json: serde_json::Result<Vec<u8>>| {
        json.map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| SigningError("no JSON"))
    };
    let signed = format!("{}.{}", part(serde_json::to_vec(&header))?, part(serde_json::to_vec(&claims))?);
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PSS_SHA256, &random, signed.as_bytes(), &mut signature)
        .map_err(|_| SigningError("the key does not sign"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
