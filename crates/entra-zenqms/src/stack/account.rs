use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::config::ProvideCredentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_types::service_config::ServiceConfigKey;
use lambda_host::variable::{
    AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_REGION, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
};
use sync_core::io::aws::{ATTEMPTS, SignedCalls, http_client, timeouts};
use sync_core::io::http::ReqwestTransport;

use super::cloudformation::{self, Outputs, Refusal};
use super::function::{self, Variables};
use super::unreachable::Unreachable;
use crate::cli::StackOptions;

/// Whom the operator is signed in as, and where.
pub(super) struct Account {
    pub(super) config: SdkConfig,
    pub(super) region: String,
    /// An ARN.
    pub(super) acting_as: String,
    pub(super) calls: SignedCalls,
}

/// The services that the functions' clients ask: each by the name under which the SDKs find another address for it.
const SERVICES: [&str; 5] = ["DynamoDB", "SQS", "Secrets Manager", "SSM", "S3"];

impl Account {
    /// Finds credentials and region as every AWS tool does, and asks AWS whose they are.
    pub(super) async fn sign_in(options: &StackOptions) -> anyhow::Result<Self> {
        let transport = ReqwestTransport::new()?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client(transport.clone()))
            .timeout_config(timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let config = loader.load().await;
        let region = config.region().cloned().ok_or(Unreachable::NoRegion)?;
        let credentials = credentials(&config, options.profile.as_deref()).await?;
        let acting_as = acting_as(&config).await?;
        let calls = SignedCalls { region: region.clone(), credentials, transport };
        Ok(Self { config, region: region.to_string(), acting_as, calls })
    }

    /// What the stack of this name says about itself.
    pub(super) async fn outputs(&self, stack: &str) -> Result<Outputs, Unreachable> {
        let address = endpoint(&self.config, "CloudFormation").unwrap_or_else(|| self.calls.address("cloudformation"));
        let request = cloudformation::describe(&address, stack);
        let silent = |why: String| Unreachable::Silent { service: "CloudFormation", why };
        let request = request.map_err(|error| silent(error.to_string()))?;
        let answer = self.calls.ask("cloudformation", request).await.map_err(|cause| silent(cause.to_string()))?;
        let body = String::from_utf8_lossy(answer.body());
        cloudformation::read(answer.status(), &body).map_err(|refusal| match refusal {
            Refusal::NoSuchStack => Unreachable::NoSuchStack {
                stack: stack.to_owned(),
                region: self.region.clone(),
                acting_as: self.acting_as.clone(),
            },
            Refusal::Code(code) => Unreachable::by_code(&code, "cloudformation:DescribeStacks", &self.acting_as)
                .unwrap_or_else(|| silent(code)),
            Refusal::Unreadable(why) => silent(why),
        })
    }

    /// The settings of a function of the stack of this name.
    pub(super) async fn settings(&self, stack: &str, function: &str) -> Result<Variables, Unreachable> {
        let address = endpoint(&self.config, "Lambda").unwrap_or_else(|| self.calls.address("lambda"));
        let silent = |why: String| Unreachable::Silent { service: "Lambda", why };
        let request = function::configuration(&address, function).map_err(|error| silent(error.to_string()))?;
        let answer = self.calls.ask("lambda", request).await.map_err(|cause| silent(cause.to_string()))?;
        function::read(&answer).map_err(|refusal| match refusal {
            function::Refusal::NoSuchFunction => {
                Unreachable::NoSuchFunction { stack: stack.to_owned(), function: function.to_owned() }
            }
            function::Refusal::Hidden(code) => {
                Unreachable::SettingsHidden { function: function.to_owned(), acting_as: self.acting_as.clone(), code }
            }
            function::Refusal::Code(code) => {
                Unreachable::by_code(&code, "lambda:GetFunctionConfiguration", &self.acting_as)
                    .unwrap_or_else(|| silent(code))
            }
            function::Refusal::Unreadable(why) => silent(why),
        })
    }

    /// What Lambda would set in a function's environment, as far as it is the operator's own.
    pub(super) fn variables(&self) -> Variables {
        let credentials = &self.calls.credentials;
        let mut variables = Variables::from([
            (AWS_REGION.to_owned(), self.region.clone()),
            (AWS_ACCESS_KEY_ID.to_owned(), credentials.access_key_id().to_owned()),
            (AWS_SECRET_ACCESS_KEY.to_owned(), credentials.secret_access_key().to_owned()),
        ]);
        variables.extend(credentials.session_token().map(|token| (AWS_SESSION_TOKEN.to_owned(), token.to_owned())));
        for service in SERVICES {
            let suffix = service.to_ascii_uppercase().replace(' ', "_");
            let address = endpoint(&self.config, service);
            variables.extend(address.map(|address| (format!("{AWS_ENDPOINT_URL}_{suffix}"), address)));
        }
        variables
    }
}

/// Asked for here and not by the first call, which would not say why there are none.
async fn credentials(config: &SdkConfig, profile: Option<&str>) -> Result<Credentials, Unreachable> {
    let unusable = |why| Unreachable::NoCredentials { profile: profile.map(ToOwned::to_owned), why };
    let provider = config.credentials_provider().ok_or_else(|| unusable("nobody provides any".to_owned()))?;
    provider.provide_credentials().await.map_err(|error| unusable(format!("{:#}", anyhow::Error::new(error))))
}

/// Who is acting. AWS answers whoever has credentials that it accepts, whatever his rights.
async fn acting_as(config: &SdkConfig) -> Result<String, Unreachable> {
    let silent = |why: String| Unreachable::Silent { service: "AWS's sign-in (STS)", why };
    let asked = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let identity = asked.map_err(|error| match &error {
        SdkError::ServiceError(refused) => {
            let code = refused.err().code().unwrap_or_default();
            Unreachable::by_code(code, "sts:GetCallerIdentity", "these credentials")
                .unwrap_or_else(|| silent(code.to_owned()))
        }
        _ => silent(format!("{:#}", anyhow::Error::new(error))),
    })?;
    identity.arn.ok_or_else(|| silent("it does not say whose the credentials are".to_owned()))
}

/// Another address of a service, where the environment or the profile names one, as the SDKs find it.
fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
    let key =
        ServiceConfigKey::builder().service_id(service).profile("endpoint_url").env("AWS_ENDPOINT_URL").build().ok()?;
    let specific = config.service_config().and_then(|settings| settings.load_config(key));
    specific.or_else(|| config.endpoint_url().map(ToOwned::to_owned))
}
