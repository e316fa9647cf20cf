//! DynamoDB in the same process: the engine `dynoxide` joined to the AWS SDK by the SDK's own HTTP connector. No socket,
//! no thread: a call runs where it is made, so that tokio's paused clock works.

mod engine;
mod faults;
mod rights;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use serde_json::{Map, Value};

use crate::kill_switch::KillSwitch;

use rights::Rights;

pub use faults::{LedgerFault, LedgerFaultKind};
pub use rights::Right;

/// A DynamoDB of one's own. Clones share it.
#[derive(Clone)]
pub struct EmbeddedDynamo {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    kill: KillSwitch,
    faults: Mutex<Vec<LedgerFault>>,
    calls: Mutex<BTreeMap<String, u64>>,
    rights: Mutex<Rights>,
}

/// The engine could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the embedded DynamoDB cannot be started: {0}")]
pub struct EngineError(String);

impl EmbeddedDynamo {
    /// One that is gone with the process. `kill` counts its writes and stops it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn memory(kill: KillSwitch) -> Result<Self, EngineError> {
        let database = Database::memory().map_err(|error| EngineError(error.to_string()))?;
        let inner =
            Inner { database, kill, faults: Mutex::default(), calls: Mutex::default(), rights: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A client that cannot tell it from the real one.
    #[must_use]
    pub fn client(&self) -> Client {
        let connector = SharedHttpConnector::new(Connector(self.clone()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("embedded", "embedded", None, None, "embedded"))
            .endpoint_url("http://dynamodb.localhost")
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Client::from_conf(config)
    }

    /// Orders something to go wrong.
    pub fn order(&self, fault: LedgerFault) {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// How often each operation was called, by the names that DynamoDB gives them.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.inner.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often each right was needed, granted or not: nobody is refused here.
    #[must_use]
    pub fn rights(&self) -> BTreeMap<Right, u64> {
        self.inner.rights.lock().unwrap_or_else(PoisonError::into_inner).needed().clone()
    }

    async fn answer(&self, operation: &str, body: &str) -> Result<(u16, String), ConnectorError> {
        let inner = &*self.inner;
        inner.kill.pass().await;
        *inner.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(operation.to_owned()).or_default() += 1;
        inner.rights.lock().unwrap_or_else(PoisonError::into_inner).count(operation, body);
        let fault = {
            let mut faults = inner.faults.lock().unwrap_or_else(PoisonError::into_inner);
            faults.iter_mut().find_map(|fault| fault.strikes(operation))
        };
        if let Some(answer) = fault.and_then(LedgerFaultKind::instead_of) {
            return Ok(answer);
        }
        let answer = carry_out(&inner.database, operation, body, fault);
        if engine::writes(operation) && answer.0 == 200 {
            inner.kill.step();
        }
        inner.kill.pass().await;
        if fault == Some(LedgerFaultKind::AnswerLost) {
            return Err(ConnectorError::io("the connection was cut".into()));
        }
        Ok(answer)
    }
}

fn carry_out(database: &Database, operation: &str, body: &str, fault: Option<LedgerFaultKind>) -> (u16, String) {
    if fault != Some(LedgerFaultKind::Unprocessed) {
        return engine::carry_out(database, operation, body);
    }
    let (body, left) = faults::leave_half(body);
    let (status, answer) = engine::carry_out(database, operation, &body);
    let mut answer: Map<String, Value> = serde_json::from_str(&answer).unwrap_or_default();
    answer.insert("UnprocessedKeys".to_owned(), left);
    (status, Value::Object(answer).to_string())
}

impl std::fmt::Debug for EmbeddedDynamo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmbeddedDynamo")
    }
}

#[derive(Debug)]
struct Connector(EmbeddedDynamo);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let dynamo = self.0.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            let body = request.body().bytes().unwrap_or_default();
            let body = std::str::from_utf8(body).unwrap_or_default().to_owned();
            let (status, answer) = dynamo.answer(&operation, &body).await?;
            let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(answer));
            response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            Ok(response)
        })
    }
}
