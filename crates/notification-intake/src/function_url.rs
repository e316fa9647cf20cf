use std::sync::Arc;

use lambda_host::{Metrics, SettingsError, Start, variable};
use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Request, Response};
use notification_intake::intake::{Cache, Intake, Queues};
use sync_core::io::dynamo::Ledger;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::{RandomIds, SystemClock};
use uuid::Uuid;

/// The address that Graph was given.
pub(crate) struct Door {
    ledger: Ledger,
    users: SqsQueue,
    groups: SqsQueue,
    keeper: SqsQueue,
    tenant: Uuid,
    cache: Cache,
    metrics: Arc<Metrics>,
}

impl Door {
    /// Reads the settings and makes the clients.
    pub(crate) fn new(start: &Start) -> Result<Self, SettingsError> {
        Ok(Self {
            ledger: start.ledger()?,
            users: start.queue(variable::USER_QUEUE_URL)?,
            groups: start.queue(variable::GROUP_QUEUE_URL)?,
            keeper: start.queue(variable::KEEPER_QUEUE_URL)?,
            tenant: start.tenant()?,
            cache: Cache::default(),
            metrics: start.metrics.clone(),
        })
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: &Request) -> Response<String> {
        if request.method() != Method::POST {
            let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only POST".to_owned());
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return refusal;
        }
        let intake = Intake {
            ledger: &self.ledger,
            queues: Queues { users: &self.users, groups: &self.groups, keeper: &self.keeper },
            clock: &SystemClock,
            ids: &RandomIds,
            tenant: self.tenant,
            cache: &self.cache,
        };
        let answer = intake.answer(request.uri().query().unwrap_or_default(), request.body().as_ref()).await;
        match answer.status {
            202 if answer.taken.queued > 0 => self.metrics.count("NotificationsQueued", answer.taken.queued),
            200 | 202 => {}
            _ => self.metrics.count("IntakeRefused", 1),
        }
        for (reason, count) in answer.taken.dropped {
            self.metrics.count_kind("NotificationsDropped", "Reason", reason, count);
        }
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        plain(status, answer.body)
    }

    /// The answer of a function whose settings cannot be used: Graph delivers it again.
    pub(crate) fn closed() -> Response<String> {
        plain(StatusCode::SERVICE_UNAVAILABLE, "not taken in; deliver it again".to_owned())
    }
}

/// Plain text, and nothing that a browser would take for anything else.
fn plain(status: StatusCode, text: String) -> Response<String> {
    let mut answer = Response::new(text);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
