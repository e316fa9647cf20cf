use std::sync::OnceLock;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bytes::Bytes;
use http::{Request, Response};
use sync_core::failure::Cause;
use sync_core::io::aws::{ATTEMPTS, SignedCalls, http_client, timeouts};
use sync_core::io::http::ReqwestTransport;

use crate::environment::{Environment, SettingsError};
use crate::variable::{AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_REGION, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN};

/// What AWS's clients have in common. It is read from the variables that Lambda sets, without the search of files and
/// addresses that `aws-config` does at each start.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    calls: SignedCalls,
    http: SharedHttpClient,
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
                    .region(self.calls.region.clone())
                    .credentials_provider(self.calls.credentials.clone())
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
        let credentials = Credentials::new(
            environment.required(AWS_ACCESS_KEY_ID)?,
            environment.required(AWS_SECRET_ACCESS_KEY)?,
            environment.text(AWS_SESSION_TOKEN).map(ToOwned::to_owned),
            None,
            "Lambda",
        );
        let region = Region::new(environment.required(AWS_REGION)?.to_owned());
        Ok(Self {
            http: http_client(transport.clone()),
            calls: SignedCalls { region, credentials, transport },
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
        let given = self.endpoint(suffix).map(|url| url.trim_end_matches('/').to_owned());
        given.unwrap_or_else(|| self.calls.address(service))
    }

    /// Signs a request and sends it.
    pub(crate) async fn ask(&self, service: &'static str, request: Request<Bytes>) -> Result<Response<Bytes>, Cause> {
        self.calls.ask(service, request).await
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        let specific = format!("{AWS_ENDPOINT_URL}_{service}");
        self.environment.text(&specific).or_else(|| self.environment.text(AWS_ENDPOINT_URL)).map(ToOwned::to_owned)
    }
}
