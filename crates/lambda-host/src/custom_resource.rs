//! CloudFormation's custom resources: its requests, and the answers that it waits for (AWS docs: custom resource request and
//! response reference).

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sync_core::failure::{Cause, Failure};
use sync_core::io::http::{Limits, Transport};
use sync_core::ports::Clock;

/// An answer has 4,096 bytes at most; this is left for the sentence that says why something failed.
const LONGEST_REASON: usize = 2_500;
const LIMITS: Limits = Limits { time: Duration::from_secs(20), body: 64 * 1024 };
const ATTEMPTS: u32 = 5;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The resource is to be made.
    Create,
    /// It is to be changed.
    Update,
    /// It is to be removed.
    Delete,
}

/// A request of CloudFormation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Request {
    /// What is asked for.
    pub request_type: Kind,
    /// Where the answer goes: whoever has it may answer, so it is shown nowhere.
    #[serde(rename = "ResponseURL")]
    response_url: Secret,
    stack_id: String,
    #[serde(rename = "RequestId")]
    id: String,
    /// The resource's name in the template.
    pub logical_resource_id: String,
    #[serde(default)]
    physical_resource_id: Option<String>,
    /// The resource's properties.
    #[serde(default)]
    pub resource_properties: Map<String, Value>,
    /// Those before an update.
    #[serde(default)]
    pub old_resource_properties: Map<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<address>")
    }
}

/// What CloudFormation is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is done; these are the resource's attributes.
    Done(Map<String, Value>),
    /// It failed, because of this.
    Failed(String),
}

impl Answer {
    /// It is done, and there is nothing to tell.
    #[must_use]
    pub fn done() -> Self {
        Self::Done(Map::new())
    }
}

impl Request {
    /// Reads an event; `None` when it is something else.
    #[must_use]
    pub fn read(event: &Value) -> Option<Self> {
        event.get("RequestType")?;
        Self::deserialize(event).ok()
    }

    /// A property's text.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.resource_properties.get(name)?.as_str()
    }

    /// Whether a property is another than before the update.
    #[must_use]
    pub fn has_changed(&self, name: &str) -> bool {
        self.resource_properties.get(name) != self.old_resource_properties.get(name)
    }

    /// Tells CloudFormation. Answering twice does no harm: the first answer stands.
    ///
    /// # Errors
    /// When it cannot be told; it then waits until its own time is over.
    pub async fn answer(&self, transport: &impl Transport, clock: &impl Clock, answer: Answer) -> Result<(), Failure> {
        let action = format!("answering CloudFormation about {}", self.logical_resource_id);
        let body = Bytes::from(self.body(answer).to_string());
        let mut failure = Failure::new(action.clone(), Cause::Unreachable("not tried".to_owned()));
        for attempt in 0..ATTEMPTS {
            match self.put(transport, body.clone(), &action).await {
                Ok(()) => return Ok(()),
                Err(why) => failure = why,
            }
            clock.pause(Duration::from_secs(1) * 2_u32.pow(attempt)).await;
        }
        Err(failure)
    }

    async fn put(&self, transport: &impl Transport, body: Bytes, action: &str) -> Result<(), Failure> {
        let failed = |cause| Failure::new(action.to_owned(), cause);
        let mut request = http::Request::put(&self.response_url.0)
            .body(body)
            .map_err(|_| failed(Cause::Unreadable("the address of the answer is none".to_owned())))?;
        // The address is signed for a request without a content type.
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(""));
        let answer = transport.send(request, LIMITS).await.map_err(|error| failed(error.into()))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(failed(Cause::Unavailable { status: answer.status().as_u16(), retry_after: None }))
    }

    fn body(&self, answer: Answer) -> Value {
        let (status, reason, data) = match answer {
            Answer::Done(data) => ("SUCCESS", String::new(), data),
            Answer::Failed(reason) => ("FAILED", shortened(reason), Map::new()),
        };
        // Another id in an update would mean another resource, and have the old one deleted.
        let resource = self.physical_resource_id.clone().unwrap_or_else(|| self.logical_resource_id.clone());
        json!({
            "Status": status, "Reason": reason, "Data": data, "PhysicalResourceId": resource,
            "StackId": self.stack_id, "RequestId": self.id, "LogicalResourceId": self.logical_resource_id,
        })
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_REASON {
        let end = (0..=LONGEST_REASON).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
        text.truncate(end);
        text.push_str(" ... (the function's log has the rest)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: &str) -> Value {
        json!({
            "RequestType": kind, "ResponseURL": "https://bucket.example/answer?Signature=hunter2", "StackId": "stack",
            "RequestId": "request", "LogicalResourceId": "Checks", "ResourceType": "Custom::Checks",
            "ServiceToken": "arn", "ResourceProperties": {"ServiceToken": "arn", "Mapping": "{}"},
            "OldResourceProperties": {"Mapping": "{ }"},
        })
    }

    #[test]
    fn an_answer_names_what_it_answers_and_fits() {
        let request = Request::read(&request("Create")).unwrap();
        let body = request.body(Answer::Failed("ü".repeat(5_000)));
        assert!(body.to_string().len() < 4_096);
        assert_eq!((body["Status"].as_str(), body["PhysicalResourceId"].as_str()), (Some("FAILED"), Some("Checks")));
        assert_eq!(body["RequestId"], "request");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn a_request_survives_being_handed_over() {
        let mut event = request("Delete");
        event["PhysicalResourceId"] = "given".into();
        let first = Request::read(&event).unwrap();
        let second = Request::read(&serde_json::to_value(&first).unwrap()).unwrap();
        assert_eq!(first.body(Answer::done()), second.body(Answer::done()));
        assert_eq!(first.body(Answer::done())["PhysicalResourceId"], "given");
        assert_eq!((second.request_type, second.response_url.0), (Kind::Delete, first.response_url.0));
    }

    #[test]
    fn what_changed_is_told_and_what_is_no_request_is_none() {
        let update = Request::read(&request("Update")).unwrap();
        assert!(update.has_changed("Mapping") && !update.has_changed("Absent"));
        assert_eq!(update.property("Mapping"), Some("{}"));
        for event in [json!({}), json!({"Records": []}), json!({"RequestType": "Paint"}), json!(7)] {
            assert!(Request::read(&event).is_none(), "{event}");
        }
    }
}
