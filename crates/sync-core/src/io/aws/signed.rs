use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

use super::{CALL, LARGEST};
use crate::failure::Cause;
use crate::io::SystemClock;
use crate::io::http::{Limits, ReqwestTransport, Transport};
use crate::ports::Clock;

/// Calls services that have no client here, by plain requests that are signed.
#[derive(Clone, Debug)]
pub struct SignedCalls {
    /// Where.
    pub region: Region,
    /// On whose behalf.
    pub credentials: Credentials,
    /// By which way.
    pub transport: ReqwestTransport,
}

impl SignedCalls {
    /// The address of a service in the region.
    #[must_use]
    pub fn address(&self, service: &str) -> String {
        format!("https://{service}.{}.{}", self.region, self.domain())
    }

    /// AWS's domain in the partition of the region (AWS docs: partitions).
    fn domain(&self) -> &'static str {
        if self.region.as_ref().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// Signs a request and sends it.
    ///
    /// # Errors
    /// Why there is no answer. A refusal is one.
    pub async fn ask(&self, service: &'static str, request: Request<Bytes>) -> Result<Response<Bytes>, Cause> {
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
}
