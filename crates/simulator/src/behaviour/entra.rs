use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::Latency;

/// The app as it is registered in its tenant.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The tenant's id.
    pub tenant: Uuid,
    /// The app's client id.
    pub client: Uuid,
    /// Its client secrets; each that has not expired is good.
    pub secrets: Vec<AppSecret>,
    /// Its certificates; each that has not expired is good.
    pub certificates: Vec<Certificate>,
    /// The application permissions that the administrator consented to. A token carries those of the moment it was
    /// issued, so a change shows once the client has a new one.
    pub permissions: BTreeSet<String>,
    /// How long a token is good. Entra ID draws 60 to 90 minutes; a client has to go by `expires_in`.
    pub token_life: Duration,
    /// How long the token endpoint takes.
    pub latency: Latency,
}

/// A client secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSecret {
    /// The secret itself.
    pub value: String,
    /// When it ends; `None`: never.
    pub expires: Option<Timestamp>,
}

/// A certificate whose key may sign client assertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the certificate's DER form, what `x5t#S256` names.
    pub thumbprint: [u8; 32],
    /// The RSA public key as `RSAPublicKey` of PKCS#1, in DER.
    pub public_key: Vec<u8>,
    /// When it ends; `None`: never.
    pub expires: Option<Timestamp>,
}

impl Certificate {
    /// A certificate that does not expire.
    #[must_use]
    pub fn new(der: &[u8], public_key: &[u8]) -> Self {
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest(&SHA256, der).as_ref());
        Self { thumbprint, public_key: public_key.to_vec(), expires: None }
    }
}

impl Registration {
    /// The secret that is good by default.
    pub const SECRET: &'static str = "simulated-client-secret";
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            tenant: Uuid::from_u128(0x7e4a_0000_51c0_4000_8000_0000_0000_0001),
            client: Uuid::from_u128(0xc11e_0000_51c0_4000_8000_0000_0000_0002),
            secrets: vec![AppSecret { value: Self::SECRET.to_owned(), expires: None }],
            certificates: Vec::new(),
            permissions: ["User.Read.All", "Group.Read.All"].map(str::to_owned).into(),
            token_life: Duration::from_secs(3_599),
            latency: Latency::None,
        }
    }
}
