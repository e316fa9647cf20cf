use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sync_core::io::Credentials;
use sync_core::io::graph::{Credential, CredentialError};

/// A secret that does not hold what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It is no JSON object. What it holds is not repeated.
    #[error(
        "the secret is not a JSON object; expected {{\"entra_client_secret\": \"...\", \"zenqms_api_token\": \"...\"}}"
    )]
    NotJson,
    /// A key is missing or empty.
    #[error(
        "the secret lacks `{0}`; expected {{\"entra_client_secret\": \"...\", \"zenqms_api_token\": \"...\"}}, or `entra_certificate` and `entra_private_key` (PEM) instead of the client secret"
    )]
    Lacks(&'static str),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Certificate(#[from] CredentialError),
    /// The expiry is no date.
    #[error("`entra_credential_expires` is not a date such as 2027-01-31")]
    Expiry,
}

#[derive(Deserialize)]
struct Value {
    #[serde(default)]
    entra_client_secret: Option<SecretString>,
    #[serde(default)]
    entra_certificate: Option<SecretString>,
    #[serde(default)]
    entra_private_key: Option<SecretString>,
    #[serde(default)]
    zenqms_api_token: Option<SecretString>,
    /// The day on which the client secret or certificate expires. Only Entra ID knows it, and tells it to nobody without
    /// a permission that this product does not ask for.
    #[serde(default)]
    entra_credential_expires: Option<String>,
}

/// Reads the secret's value: the credentials, and the day on which that of Entra ID expires, if it is told.
///
/// # Errors
/// What is wrong, naming keys only.
pub fn read_secret(text: &str) -> Result<(Credentials, Option<jiff::civil::Date>), SecretError> {
    let value: Value = serde_json::from_str(text).map_err(|_| SecretError::NotJson)?;
    let given = |secret: Option<SecretString>| secret.filter(|secret| !secret.expose_secret().trim().is_empty());
    let entra = match (given(value.entra_client_secret), given(value.entra_certificate), given(value.entra_private_key))
    {
        (_, Some(certificate), Some(key)) => Credential::certificate(certificate.expose_secret(), key.expose_secret())?,
        (_, Some(_), None) => return Err(SecretError::Lacks("entra_private_key")),
        (_, None, Some(_)) => return Err(SecretError::Lacks("entra_certificate")),
        (Some(secret), None, None) => Credential::Secret(SecretString::from(secret.expose_secret().trim().to_owned())),
        (None, None, None) => return Err(SecretError::Lacks("entra_client_secret")),
    };
    let token = given(value.zenqms_api_token).ok_or(SecretError::Lacks("zenqms_api_token"))?;
    let zenqms_token = SecretString::from(token.expose_secret().trim().to_owned());
    let expires = value.entra_credential_expires.map(|day| day.trim().parse()).transpose();
    Ok((Credentials { entra, zenqms_token }, expires.map_err(|_| SecretError::Expiry)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_names_what_it_lacks_and_repeats_nothing() {
        for (text, expected) in [
            ("hunter2", "is not a JSON object"),
            ("[]", "lacks `entra_client_secret`"),
            (r#"{"zenqms_api_token": "hunter2"}"#, "lacks `entra_client_secret`"),
            (r#"{"entra_client_secret": " ", "zenqms_api_token": "hunter2"}"#, "lacks `entra_client_secret`"),
            (r#"{"entra_client_secret": "hunter2"}"#, "lacks `zenqms_api_token`"),
            (r#"{"entra_certificate": "hunter2", "zenqms_api_token": "t"}"#, "lacks `entra_private_key`"),
            (
                r#"{"entra_certificate": "hunter2", "entra_private_key": "x", "zenqms_api_token": "t"}"#,
                "entra_certificate is not a certificate",
            ),
            (
                r#"{"entra_client_secret": "s", "zenqms_api_token": "t", "entra_credential_expires": "hunter2"}"#,
                "`entra_credential_expires` is not a date",
            ),
        ] {
            let error = read_secret(text).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn whatever_else_is_in_it_is_ignored() {
        let text = r#"{"entra_client_secret": " s ", "zenqms_api_token": "t\n", "note": 7, "entra_credential_expires": "2027-01-31"}"#;
        let (credentials, expires) = read_secret(text).unwrap();
        assert_eq!(credentials.zenqms_token.expose_secret(), "t");
        assert_eq!(expires, Some(jiff::civil::date(2027, 1, 31)));
    }
}
