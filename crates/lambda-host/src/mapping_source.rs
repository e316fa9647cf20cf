use bytes::Bytes;
use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sync_core::failure::{Cause, Failure};

use crate::aws::Aws;

/// Where the text of the mapping is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place<'a> {
    /// In the setting itself.
    Here(&'a str),
    /// In a parameter of Systems Manager.
    Parameter(&'a str),
    /// In an object of S3.
    Object { bucket: &'a str, key: &'a str },
    /// It begins like one of these, and is none.
    Nowhere,
}

fn place(setting: &str) -> Place<'_> {
    let setting = setting.trim();
    if let Some(name) = setting.strip_prefix("ssm:") {
        return if name.is_empty() { Place::Nowhere } else { Place::Parameter(name) };
    }
    let Some(rest) = setting.strip_prefix("s3:") else { return Place::Here(setting) };
    match rest.strip_prefix("//").and_then(|rest| rest.split_once('/')) {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Place::Object { bucket, key },
        _ => Place::Nowhere,
    }
}

/// Reads the mapping's text from wherever the template says it is.
///
/// Two plain requests, signed: the SDKs of Systems Manager and S3 would be larger than everything else in the binary.
#[derive(Clone, Debug)]
pub struct MappingSource(pub(crate) Aws);

#[derive(Deserialize)]
struct ParameterAnswer {
    #[serde(rename = "Parameter")]
    parameter: Parameter,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "Value")]
    value: String,
}

impl MappingSource {
    /// The mapping as text: `setting` itself, or what `ssm:/name` or `s3://bucket/key` names.
    ///
    /// # Errors
    /// Why it could not be read.
    pub async fn read(&self, setting: &str) -> Result<String, Failure> {
        match place(setting) {
            Place::Here(text) => Ok(text.to_owned()),
            Place::Parameter(name) => self.parameter(name).await,
            Place::Object { bucket, key } => self.object(bucket, key).await,
            Place::Nowhere => Err(Failure::new(
                format!("reading the mapping from {setting}"),
                Cause::Unreadable("expected JSON, ssm:/name or s3://bucket/key".to_owned()),
            )),
        }
    }

    async fn parameter(&self, name: &str) -> Result<String, Failure> {
        let action = format!("reading the mapping from the parameter {name} of Systems Manager");
        let body = serde_json::json!({"Name": name, "WithDecryption": true}).to_string();
        let request = http::Request::post(self.0.address("ssm", "SSM"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AmazonSSM.GetParameter")
            .body(Bytes::from(body));
        let advice = "let the function read it: the template allows the parameter that GroupRoleMapping names, in the stack's region";
        let answer = self.ask(&action, "ssm", request, advice).await?;
        let answer: ParameterAnswer = serde_json::from_slice(&answer)
            .map_err(|_| Failure::new(action, Cause::Unreadable("there is no parameter in it".to_owned())))?;
        Ok(answer.parameter.value)
    }

    async fn object(&self, bucket: &str, key: &str) -> Result<String, Failure> {
        let action = format!("reading the mapping from s3://{bucket}/{key}");
        // By path, so that names with dots fit the certificate, and the emulators understand it.
        let uri = format!("{}/{bucket}/{}", self.0.address("s3", "S3"), encoded(key));
        let advice = "the bucket and the object have to be in this account's reach: the template allows the object that GroupRoleMapping names";
        let request = http::Request::builder().method(Method::GET).uri(uri).body(Bytes::new());
        let answer = self.ask(&action, "s3", request, advice).await?;
        String::from_utf8(answer.to_vec())
            .map_err(|_| Failure::new(action, Cause::Unreadable("it is not UTF-8".to_owned())))
    }

    async fn ask(
        &self,
        action: &str,
        service: &'static str,
        request: Result<http::Request<Bytes>, http::Error>,
        advice: &'static str,
    ) -> Result<Bytes, Failure> {
        let failed = |cause| Failure::new(action.to_owned(), cause);
        let request = request.map_err(|error| failed(Cause::Unreadable(error.to_string())))?;
        let answer = self.0.ask(service, request).await.map_err(failed)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer.into_body());
        }
        let missing = String::from_utf8_lossy(answer.body()).contains("NotFound");
        Err(failed(match status {
            StatusCode::NOT_FOUND => Cause::NotFound,
            StatusCode::BAD_REQUEST if missing => Cause::NotFound,
            StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => Cause::Forbidden { advice: advice.into() },
            StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT => {
                Cause::Forbidden { advice: "the bucket is in another region than the stack".into() }
            }
            status => Cause::Unavailable { status: status.as_u16(), retry_after: None },
        }))
    }
}

/// What stands unencoded in a key's path (AWS docs: SigV4, URI encoding), slashes among it.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

fn encoded(key: &str) -> String {
    utf8_percent_encode(key, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_here_or_where_its_beginning_says() {
        for (setting, expected) in [
            ("", Place::Here("")),
            (r#" {"g": "r"} "#, Place::Here(r#"{"g": "r"}"#)),
            ("ssm:/zenqms/mapping", Place::Parameter("/zenqms/mapping")),
            ("ssm:/zenqms/mapping:3", Place::Parameter("/zenqms/mapping:3")),
            ("s3://bucket/a/b.json", Place::Object { bucket: "bucket", key: "a/b.json" }),
            ("ssm:", Place::Nowhere),
            ("s3://bucket", Place::Nowhere),
            ("s3://bucket/", Place::Nowhere),
            ("s3:/bucket/key", Place::Nowhere),
        ] {
            assert_eq!(place(setting), expected, "{setting}");
        }
    }

    #[test]
    fn a_key_is_encoded_once() {
        assert_eq!(encoded("a b/ü+.json"), "a%20b/%C3%BC%2B.json");
    }
}
