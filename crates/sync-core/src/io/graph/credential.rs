use std::fmt;

use ring::digest::{SHA256, digest};
use ring::signature::RsaKeyPair;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::SecretString;

/// How the app proves who it is.
pub enum Credential {
    /// A client secret.
    Secret(SecretString),
    /// A certificate whose public half is uploaded to the app registration.
    Certificate {
        /// SHA-256 of the certificate's DER form, the JWT header `x5t#S256`.
        thumbprint: [u8; 32],
        /// The private key.
        key: Box<RsaKeyPair>,
    },
}

/// A certificate or key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The certificate is unreadable.
    #[error("entra_certificate is not a certificate in PEM form (-----BEGIN CERTIFICATE-----): {0}")]
    Certificate(String),
    /// The key is unreadable.
    #[error("entra_private_key is not a private key in PEM form (-----BEGIN PRIVATE KEY-----): {0}")]
    Key(String),
    /// The key is of another kind.
    #[error(
        "entra_private_key is not an RSA key of 2048 to 4096 bits, which is what Entra ID accepts for certificates: {0}"
    )]
    KeyKind(String),
}

impl Credential {
    /// Reads a certificate and its private key (PKCS#8 or PKCS#1, RSA), both PEM.
    ///
    /// # Errors
    /// Which of the two cannot be used, and why.
    pub fn certificate(certificate_pem: &str, key_pem: &str) -> Result<Self, CredentialError> {
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|error| CredentialError::Certificate(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes())
            .map_err(|error| CredentialError::Key(error.to_string()))?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(CredentialError::KeyKind("another format".to_owned())),
        }
        .map_err(|error| CredentialError::KeyKind(error.to_string()))?;
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest(&SHA256, &certificate).as_ref());
        Ok(Self::Certificate { thumbprint, key: Box::new(key) })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "<client secret>",
            Self::Certificate { .. } => "<certificate>",
        })
    }
}
