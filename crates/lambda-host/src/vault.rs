use std::fmt;
use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use futures::future::BoxFuture;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sync_core::failure::{Cause, Failure};
use sync_core::io::{Credentials, CredentialsSource, SystemClock};
use sync_core::ports::Clock;
use tokio::sync::Mutex;

use crate::secret::{SecretError, read_secret};

/// A secret that is read is good for so long: one call per process and quarter of an hour.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// One that was just read is not read again because it is refused.
const LEAST: SignedDuration = SignedDuration::from_secs(30);
const ACTION: &str = "reading the credentials from Secrets Manager";

/// The credentials in Secrets Manager, or from elsewhere.
pub struct Vault(Place);

enum Place {
    Secret {
        client: Client,
        id: String,
        /// Locked while it is read, so that many callers read it once.
        kept: Mutex<Option<Kept>>,
    },
    Fixed(Kept),
}

#[derive(Clone)]
struct Kept {
    text: Arc<secrecy::SecretString>,
    credentials: Arc<Credentials>,
    expires: Option<Date>,
    read_at: Timestamp,
}

impl Vault {
    /// The secret with this ARN or name.
    pub fn new(client: Client, id: impl Into<String>) -> Arc<Self> {
        Arc::new(Self(Place::Secret { client, id: id.into(), kept: Mutex::default() }))
    }

    /// Credentials that somebody has read elsewhere, as the secret's text. They are never read anew.
    ///
    /// # Errors
    /// What is wrong with the text, which is not repeated.
    pub fn fixed(text: &str) -> Result<Arc<Self>, SecretError> {
        Ok(Arc::new(Self(Place::Fixed(Kept::of(text, SystemClock.now())?))))
    }

    /// The day on which the credential of Entra ID expires, if the secret tells it.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn expires(&self) -> Result<Option<Date>, Failure> {
        Ok(self.kept(LIFETIME).await?.expires)
    }

    async fn kept(&self, lifetime: SignedDuration) -> Result<Kept, Failure> {
        let (client, id, kept) = match &self.0 {
            Place::Secret { client, id, kept } => (client, id, kept),
            Place::Fixed(kept) => return Ok(kept.clone()),
        };
        let mut kept = kept.lock().await;
        let now = SystemClock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| now.duration_since(kept.read_at) < lifetime) {
            return Ok(kept.clone());
        }
        let read = read(client, id, now).await?;
        let read = match kept.take() {
            // The same value keeps its identity: whoever was refused with it need not try it again.
            Some(known) if same(&known, &read) => Kept { read_at: now, ..known },
            _ => read,
        };
        *kept = Some(read.clone());
        Ok(read)
    }
}

impl Kept {
    fn of(text: &str, read_at: Timestamp) -> Result<Self, SecretError> {
        let (credentials, expires) = read_secret(text)?;
        Ok(Self { text: Arc::new(text.to_owned().into()), credentials: Arc::new(credentials), expires, read_at })
    }
}

async fn read(client: &Client, id: &str, now: Timestamp) -> Result<Kept, Failure> {
    let failed = |cause| Failure::new(ACTION, cause);
    let answer = client.get_secret_value().secret_id(id).send().await.map_err(|error| failed(cause(&error)))?;
    let unusable = |problem: String| failed(Cause::NotSignedIn { advice: format!("{problem} (secret {id})").into() });
    let Some(text) = answer.secret_string else {
        return Err(unusable("the secret is binary; store its value as text".to_owned()));
    };
    Kept::of(&text, now).map_err(|error| unusable(error.to_string()))
}

fn same(one: &Kept, other: &Kept) -> bool {
    use secrecy::ExposeSecret;
    one.text.expose_secret() == other.text.expose_secret()
}

impl CredentialsSource for Vault {
    fn known(&self) -> BoxFuture<'_, Result<Arc<Credentials>, Failure>> {
        Box::pin(async { Ok(self.kept(LIFETIME).await?.credentials) })
    }

    fn renewed<'a>(&'a self, _: &'a Arc<Credentials>) -> BoxFuture<'a, Result<Arc<Credentials>, Failure>> {
        Box::pin(async { Ok(self.kept(LEAST).await?.credentials) })
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

fn cause<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Cause {
    match error {
        SdkError::DispatchFailure(_) => Cause::Unreachable("Secrets Manager cannot be reached".to_owned()),
        SdkError::TimeoutError(_) => Cause::AnswerLost("Secrets Manager did not answer in time".to_owned()),
        SdkError::ServiceError(_) => by_code(error.code().unwrap_or_default()),
        _ => Cause::AnswerLost("Secrets Manager's answer cannot be read".to_owned()),
    }
}

fn by_code(code: &str) -> Cause {
    match code {
        "ResourceNotFoundException" => Cause::Forbidden {
            advice: "there is no such secret: check CredentialsSecretArn (its whole ARN, in the stack's region)".into(),
        },
        "AccessDeniedException" | "UnrecognizedClientException" => Cause::Forbidden {
            advice: format!(
                "Secrets Manager refuses access ({code}): the role or user that asks must be allowed to read the secret \
                 (secretsmanager:GetSecretValue); check CredentialsSecretArn, and CredentialsKeyArn if the secret is \
                 encrypted with a key of your own"
            )
            .into(),
        },
        "DecryptionFailure" => Cause::Forbidden {
            advice: "the secret cannot be decrypted: name its KMS key as CredentialsKeyArn, and let the key's policy allow it"
                .into(),
        },
        "InvalidRequestException" => Cause::Forbidden {
            advice: "the secret is marked for deletion: restore it, or name another as CredentialsSecretArn".into(),
        },
        "ThrottlingException" => Cause::Throttled { retry_after: None },
        _ => Cause::Unavailable { status: 500, retry_after: None },
    }
}
