//! The one question to Lambda, as a plain request: how a deployed function is set up.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use lambda_host::Environment;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// Environment variables.
pub(super) type Variables = BTreeMap<String, String>;

/// Why Lambda does not tell a function's settings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is none of this name.
    NoSuchFunction,
    /// It tells everything but these.
    Hidden(String),
    /// For a reason with this code.
    Code(String),
    /// The answer is none of Lambda's.
    Unreadable(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    function_name: String,
    #[serde(default)]
    environment: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    #[serde(default)]
    variables: Variables,
    #[serde(default)]
    error: Option<SettingsError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SettingsError {
    #[serde(default)]
    error_code: String,
}

/// What stands in a function's name as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The question.
pub(super) fn configuration(address: &str, function: &str) -> Result<Request<Bytes>, http::Error> {
    let function = utf8_percent_encode(function, PLAIN);
    let address = address.trim_end_matches('/');
    Request::get(format!("{address}/2015-03-31/functions/{function}/configuration")).body(Bytes::new())
}

/// The answer (AWS docs: Lambda API, `GetFunctionConfiguration`).
pub(super) fn read(answer: &Response<Bytes>) -> Result<Variables, Refusal> {
    let status = answer.status();
    let unreadable = |why: &str| Refusal::Unreadable(format!("its answer (HTTP {status}) cannot be read: {why}"));
    if !status.is_success() {
        let code = answer.headers().get("x-amzn-errortype").and_then(|code| code.to_str().ok()).unwrap_or_default();
        // Some of AWS's services put an address behind it.
        let code = code.split(':').next().unwrap_or_default();
        return Err(match code {
            "ResourceNotFoundException" => Refusal::NoSuchFunction,
            "" if status == StatusCode::FORBIDDEN => Refusal::Code("AccessDeniedException".to_owned()),
            "" => unreadable("it names no error"),
            code => Refusal::Code(code.to_owned()),
        });
    }
    // Without serde's words, which might quote a setting.
    let configuration: Configuration =
        serde_json::from_slice(answer.body()).map_err(|_| unreadable("it describes no function"))?;
    match configuration.environment {
        Some(Settings { error: Some(SettingsError { error_code }), .. }) => Err(Refusal::Hidden(error_code)),
        Some(Settings { variables, .. }) => Ok(variables),
        None => Err(unreadable(&format!("{} has no settings", configuration.function_name))),
    }
}

/// A function's settings with the operator's own credentials, region and addresses of AWS in the place of what Lambda gives
/// the function.
pub(super) fn as_operator(settings: Variables, own: Variables) -> Environment {
    settings.into_iter().filter(|(name, _)| !name.starts_with("AWS_")).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use lambda_host::variable::{AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, LEDGER_TABLE};

    use super::*;

    fn answer(status: u16, code: &str, body: &str) -> Response<Bytes> {
        Response::builder()
            .status(status)
            .header("x-amzn-errortype", code)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap()
    }

    #[test]
    fn the_settings_are_found_among_everything_else() {
        let body = r#"{"FunctionName": "acme-sync", "MemorySize": 512, "State": "Active",
                       "Environment": {"Variables": {"LEDGER_TABLE": "acme-Ledger-1X", "NESTED_GROUPS": "true"}}}"#;
        let settings = read(&answer(200, "", body)).unwrap();
        assert_eq!(settings.get(LEDGER_TABLE).map(String::as_str), Some("acme-Ledger-1X"));
        assert_eq!(settings.len(), 2);
    }

    #[test]
    fn a_refusal_is_told_by_its_code_and_repeats_no_setting() {
        for (status, code, body, expected) in [
            (404, "ResourceNotFoundException", "{}", Refusal::NoSuchFunction),
            (403, "AccessDeniedException:http://x/", "{}", Refusal::Code("AccessDeniedException".to_owned())),
            (403, "", "", Refusal::Code("AccessDeniedException".to_owned())),
            (
                200,
                "",
                r#"{"FunctionName": "f", "Environment": {"Error": {"ErrorCode": "KMSAccessDeniedException"}}}"#,
                Refusal::Hidden("KMSAccessDeniedException".to_owned()),
            ),
        ] {
            assert_eq!(read(&answer(status, code, body)), Err(expected), "{body}");
        }
        for (status, body) in [
            (200, "<html>hunter2</html>"),
            (200, r#"{"FunctionName": "f", "Environment": {"Variables": ["hunter2"]}}"#),
            (200, r#"{"FunctionName": "f"}"#),
            (502, "hunter2"),
        ] {
            match read(&answer(status, "", body)) {
                Err(Refusal::Unreadable(why)) => assert!(!why.contains("hunter2") && why.contains("HTTP"), "{why}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_operators_own_stands_in_the_place_of_the_functions() {
        let settings = Variables::from([
            (LEDGER_TABLE.to_owned(), "acme".to_owned()),
            (AWS_ENDPOINT_URL.to_owned(), "http://inside:4566".to_owned()),
        ]);
        let environment = as_operator(settings, Variables::from([(AWS_ACCESS_KEY_ID.to_owned(), "ada".to_owned())]));
        assert_eq!(environment.text(LEDGER_TABLE), Some("acme"));
        assert_eq!(environment.text(AWS_ENDPOINT_URL), None);
        assert_eq!(environment.text(AWS_ACCESS_KEY_ID), Some("ada"));
    }

    #[test]
    fn a_name_cannot_say_more_than_a_name() {
        let request = configuration("http://localhost:4566/", "acme-Sync_1/../x").unwrap();
        let expected = "http://localhost:4566/2015-03-31/functions/acme-Sync_1%2F%2E%2E%2Fx/configuration";
        assert_eq!(request.uri(), expected);
    }
}
