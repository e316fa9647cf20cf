//! The one question to CloudFormation, as a plain request: its SDK would take longer to compile than everything else here.

use std::collections::BTreeMap;

use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use bytes::Bytes;
use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::unreachable::Unreachable;

/// What a stack says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outputs {
    /// Its name.
    pub(super) stack: String,
    /// How CloudFormation says that it stands.
    pub(super) status: String,
    parameters: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

impl Outputs {
    /// An output that each stack of ours has.
    pub(super) fn required(&self, output: &'static str) -> Result<&str, Unreachable> {
        self.values.get(output).map(String::as_str).ok_or_else(|| Unreachable::NotOurs {
            stack: self.stack.clone(),
            status: self.status.clone(),
            output,
        })
    }

    /// What it was deployed with.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// Why CloudFormation does not describe a stack.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is none.
    NoSuchStack,
    /// For a reason with this code.
    Code(String),
    /// The answer is none of CloudFormation's.
    Unreadable(String),
}

/// The question.
pub(super) fn describe(address: &str, stack: &str) -> Result<Request<Bytes>, http::Error> {
    let stack = utf8_percent_encode(stack, NON_ALPHANUMERIC);
    Request::post(format!("{}/", address.trim_end_matches('/')))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(format!("Action=DescribeStacks&Version=2010-05-15&StackName={stack}")))
}

/// The answer (AWS docs: CloudFormation API, `DescribeStacks`).
pub(super) fn read(status: StatusCode, body: &str) -> Result<Outputs, Refusal> {
    let unreadable =
        |error: XmlDecodeError| Refusal::Unreadable(format!("its answer (HTTP {status}) cannot be read: {error}"));
    if !status.is_success() {
        let (code, message) = refusal(body).map_err(unreadable)?;
        let missing = code == "ValidationError" && message.contains("does not exist");
        return Err(if missing { Refusal::NoSuchStack } else { Refusal::Code(code) });
    }
    outputs(body).map_err(unreadable)
}

fn refusal(body: &str) -> Result<(String, String), XmlDecodeError> {
    let (mut code, mut message) = (String::new(), String::new());
    let mut document = Document::new(body);
    let mut root = document.root_element()?;
    below(&mut root, &["Error"], &mut |part| {
        match part.start_el().local() {
            "Code" => code = try_data(part)?.into_owned(),
            "Message" => message = try_data(part)?.into_owned(),
            _ => {}
        }
        Ok(())
    })?;
    if code.is_empty() { Err(XmlDecodeError::custom("it names no error")) } else { Ok((code, message)) }
}

fn outputs(body: &str) -> Result<Outputs, XmlDecodeError> {
    let mut document = Document::new(body);
    let mut root = document.root_element()?;
    let (mut stack, mut status) = (String::new(), String::new());
    let (mut parameters, mut values) = (BTreeMap::new(), BTreeMap::new());
    below(&mut root, &["DescribeStacksResult", "Stacks", "member"], &mut |part| {
        match part.start_el().local() {
            "StackName" => stack = try_data(part)?.into_owned(),
            "StackStatus" => status = try_data(part)?.into_owned(),
            "Parameters" => parameters = pairs(part, "ParameterKey", "ParameterValue")?,
            "Outputs" => values = pairs(part, "OutputKey", "OutputValue")?,
            _ => {}
        }
        Ok(())
    })?;
    if stack.is_empty() {
        Err(XmlDecodeError::custom("it names no stack"))
    } else {
        Ok(Outputs { stack, status, parameters, values })
    }
}

/// A list whose members have a name and a value.
fn pairs(list: &mut ScopedDecoder<'_, '_>, key: &str, of: &str) -> Result<BTreeMap<String, String>, XmlDecodeError> {
    let mut pairs = BTreeMap::new();
    while let Some(mut member) = list.next_tag() {
        let (mut name, mut value) = (String::new(), String::new());
        while let Some(mut part) = member.next_tag() {
            let tag = part.start_el().local().to_owned();
            if tag == key {
                name = try_data(&mut part)?.into_owned();
            } else if tag == of {
                value = try_data(&mut part)?.into_owned();
            }
        }
        pairs.insert(name, value);
    }
    Ok(pairs)
}

type Visit<'v> = &'v mut dyn FnMut(&mut ScopedDecoder<'_, '_>) -> Result<(), XmlDecodeError>;

/// Visits each element that stands directly below this path.
fn below(scope: &mut ScopedDecoder<'_, '_>, path: &[&str], visit: Visit<'_>) -> Result<(), XmlDecodeError> {
    while let Some(mut part) = scope.next_tag() {
        match path.split_first() {
            None => visit(&mut part)?,
            Some((first, rest)) if part.start_el().matches(first) => below(&mut part, rest, visit)?,
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0"?>
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult>
    <Stacks>
      <member>
        <Parameters><member><ParameterKey>LogLevel</ParameterKey><ParameterValue>info</ParameterValue></member></Parameters>
        <StackName>acme</StackName>
        <Outputs>
          <member>
            <Description>The table.</Description>
            <OutputKey>LedgerTableName</OutputKey>
            <OutputValue>acme-Ledger-1X</OutputValue>
          </member>
          <member><OutputKey>Url</OutputKey><OutputValue>https://x/?a=1&amp;b=2</OutputValue></member>
        </Outputs>
        <StackStatus>UPDATE_COMPLETE</StackStatus>
        <Tags/>
      </member>
    </Stacks>
  </DescribeStacksResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</DescribeStacksResponse>"#;

    fn refused(code: &str, message: &str) -> String {
        format!(
            r#"<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"#
        )
    }

    #[test]
    fn outputs_are_found_among_everything_else() {
        let outputs = read(StatusCode::OK, ANSWER).unwrap();
        assert_eq!((outputs.stack.as_str(), outputs.status.as_str()), ("acme", "UPDATE_COMPLETE"));
        assert_eq!(outputs.required("LedgerTableName"), Ok("acme-Ledger-1X"));
        assert_eq!(outputs.required("Url"), Ok("https://x/?a=1&b=2"));
        assert_eq!((outputs.parameter("LogLevel"), outputs.parameter("Url")), (Some("info"), None));
        let missing = outputs.required("RunQueueUrl").unwrap_err().to_string();
        assert!(missing.starts_with("the stack acme (UPDATE_COMPLETE) has no output RunQueueUrl"), "{missing}");
    }

    #[test]
    fn a_refusal_is_told_by_its_code() {
        let gone = refused("ValidationError", "Stack with id acme does not exist");
        assert_eq!(read(StatusCode::BAD_REQUEST, &gone), Err(Refusal::NoSuchStack));
        let denied = refused("AccessDenied", "User ada is not authorized");
        assert_eq!(read(StatusCode::FORBIDDEN, &denied), Err(Refusal::Code("AccessDenied".to_owned())));
    }

    #[test]
    fn what_is_no_answer_of_cloudformation_is_said_to_be_none() {
        for (status, body) in
            [(502, "Bad Gateway"), (200, "<html><body>Welcome!</body>"), (403, "<a><b/></a>"), (200, "")]
        {
            let status = StatusCode::from_u16(status).unwrap();
            match read(status, body) {
                Err(Refusal::Unreadable(why)) => assert!(why.contains(status.as_str()), "{why}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_name_cannot_say_more_than_a_name() {
        let request = describe("http://localhost:4566/", "acme&StackName=other").unwrap();
        assert_eq!(request.uri(), "http://localhost:4566/");
        let body = String::from_utf8(request.into_body().to_vec()).unwrap();
        assert_eq!(body, "Action=DescribeStacks&Version=2010-05-15&StackName=acme%26StackName%3Dother");
    }
}
