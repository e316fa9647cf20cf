use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use sync_core::failure::Cause;
use sync_core::io::SystemClock;
use sync_core::io::http::{Limits, ReqwestTransport, Transport, TransportError};
use sync_core::ports::Clock;

use crate::environment::{Environment, SettingsError};
use crate::variable::{AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_REGION, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN};

/// One attempt at a call of AWS. DynamoDB and SQS answer within milliseconds; a connection that went dead while the process
/// was frozen is noticed after so long, not after minutes.
const ATTEMPT: Duration = Duration::from_secs(5);
/// All attempts at a call together.
const CALL: Duration = Duration::from_secs(20);
/// No answer of DynamoDB, SQS or Secrets Manager is larger (AWS docs: 1 MB a query, 16 MB a batch).
const LARGEST: usize = 17 * 1024 * 1024;
const ATTEMPTS: u32 = 3;

/// What AWS's clients have in common. It is read from the variables that Lambda sets, without the search of files and
/// addresses that `aws-config` does at each start.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    region: Region,
    credentials: Credentials,
    http: SharedHttpClient,
    transport: ReqwestTransport,
    environment: Environment,
    dynamo: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    secrets: OnceLock<aws_sdk_secretsmanager::Client>,
}

macro_rules! client {
    ($name:ident, $sdk:ident, $suffix:literal) => {
        pub(crate) fn $name(&self) -> $sdk::Client {
            let make = || {
                let mut config = $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(self.region.clone())
                    .credentials_provider(self.credentials.clone())
                    .http_client(self.http.clone())
                    .timeout_config(timeouts())
                    .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
                if let Some(url) = self.endpoint($suffix) {
                    config = config.endpoint_url(url);
                }
                $sdk::Client::from_conf(config.build())
            };
            // Once: each reads the SDK's list of AWS's partitions, which takes half a million instructions.
            self.$name.get_or_init(make).clone()
        }
    };
}

impl Aws {
    pub(crate) fn new(environment: &Environment, transport: ReqwestTransport) -> Result<Self, SettingsError> {
        let connector = SharedHttpConnector::new(Connector(transport.clone()));
        Ok(Self {
            region: Region::new(environment.required(AWS_REGION)?.to_owned()),
            credentials: Credentials::new(
                environment.required(AWS_ACCESS_KEY_ID)?,
                environment.required(AWS_SECRET_ACCESS_KEY)?,
                environment.text(AWS_SESSION_TOKEN).map(ToOwned::to_owned),
                None,
                "Lambda",
            ),
            http: http_client_fn(move |_, _| connector.clone()),
            transport,
            environment: environment.clone(),
            dynamo: OnceLock::new(),
            sqs: OnceLock::new(),
            secrets: OnceLock::new(),
        })
    }

    client!(dynamo, aws_sdk_dynamodb, "DYNAMODB");
    client!(sqs, aws_sdk_sqs, "SQS");
    client!(secrets, aws_sdk_secretsmanager, "SECRETS_MANAGER");

    /// The address of a service that has no client here.
    pub(crate) fn address(&self, service: &str, suffix: &str) -> String {
        let regional = || format!("https://{service}.{}.{}", self.region, self.domain());
        self.endpoint(suffix).map_or_else(regional, |url| url.trim_end_matches('/').to_owned())
    }

    /// AWS's domain in the partition of the region (AWS docs: partitions).
    fn domain(&self) -> &'static str {
        if self.region.as_ref().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// Signs a request and sends it.
    pub(crate) async fn ask(&self, service: &'static str, request: Request<Bytes>) -> Result<Response<Bytes>, Cause> {
        let signed = self.signed(service, request).map_err(|error| Cause::Unreadable(error.to_string()))?;
        Ok(self.transport.send(signed, Limits { time: CALL, body: LARGEST }).await?)
    }

    fn signed(&self, service: &'static str, mut request: Request<Bytes>) -> Result<Request<Bytes>, BoxError> {
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region.as_ref())
            .name(service)
            .time(UNIX_EPOCH + Duration::try_from(SystemClock.now().duration_since(Timestamp::UNIX_EPOCH))?)
            .settings(settings)
            .build()?
            .into();
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        let uri = request.uri().to_string();
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), uri, headers, body)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        let specific = format!("{AWS_ENDPOINT_URL}_{service}");
        self.environment.text(&specific).or_else(|| self.environment.text(AWS_ENDPOINT_URL)).map(ToOwned::to_owned)
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(CALL).build()
}

/// The AWS SDK over the HTTP client that the process has anyway: one TLS stack, one pool, the roots compiled in. The SDK's
/// own clients bring a second one, and read the system's certificates at each start.
#[derive(Debug)]
struct Connector(ReqwestTransport);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let limits = Limits { time: ATTEMPT, body: LARGEST };
            let answer = transport.send(Request::from_parts(head, body), limits).await;
            let (head, body) = answer.map_err(lost)?.into_parts();
            let status = StatusCode::try_from(head.status.as_u16())
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            for (name, value) in &head.headers {
                if let Ok(value) = value.to_str() {
                    response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
                }
            }
            Ok(response)
        })
    }
}

fn lost(error: TransportError) -> ConnectorError {
    match error {
        TransportError::NotSent { .. } | TransportError::Lost { .. } => ConnectorError::io(error.into()),
        TransportError::TooLarge { .. } => ConnectorError::other(error.into(), None),
    }
}
