use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::Value;
use sync_core::failure::Failure;
use sync_core::io::SystemClock;
use sync_core::io::http::ReqwestTransport;
use sync_core::ports::Clock;

use crate::custom_resource::{Answer, Kind, Request};
use crate::environment::{Environment, SettingsError};
use crate::logs;
use crate::metrics::Metrics;
use crate::start::Start;
use crate::variable::STACK_NAME;

/// What is kept back of a function's time, to answer CloudFormation.
const TO_ANSWER: Duration = Duration::from_secs(20);

/// One event, and until when it has to be handled.
#[derive(Debug)]
pub struct Invocation {
    /// The event.
    pub event: Value,
    /// When Lambda stops the function.
    pub deadline: Timestamp,
}

/// Handles events for as long as Lambda sends some.
///
/// `build` makes the handler at start. Settings that cannot be used do not end the process: each event is answered with what is
/// wrong, so that a deployment fails with that sentence instead of waiting for an answer.
pub fn run<H>(
    build: impl FnOnce(&Start) -> Result<H, SettingsError>,
    handle: impl AsyncFn(&H, Invocation) -> Result<Value, Failure>,
) -> ExitCode {
    serve(build, async move |handler, transport, metrics| {
        let (handler, handle, transport) = (&handler, &handle, &transport);
        let answer = service_fn(|LambdaEvent { payload, context }: LambdaEvent<Value>| {
            let metrics = metrics.clone();
            async move {
                let invocation = Invocation { event: payload, deadline: deadline(&context) };
                let answered = match handler {
                    Ok(handler) => handle(handler, invocation).await.map_err(|failure| failure.to_string()),
                    Err(error) => refuse(&invocation.event, transport, error).await,
                };
                metrics.flush(SystemClock.now());
                answered.map_err(lambda_runtime::Error::from)
            }
        });
        lambda_runtime::run(answer).await
    })
}

/// The same for a handler with a runtime of its own; it has to [`Metrics::flush`] after each event.
pub fn serve<H>(
    build: impl FnOnce(&Start) -> Result<H, SettingsError>,
    until_the_end: impl AsyncFnOnce(
        Result<H, SettingsError>,
        ReqwestTransport,
        Arc<Metrics>,
    ) -> Result<(), lambda_runtime::Error>,
) -> ExitCode {
    let environment = Environment::of_process();
    let logged = logs::init(&environment);
    let metrics = Arc::new(Metrics::new(environment.text(STACK_NAME).unwrap_or("none").to_owned()));
    let transport = match ReqwestTransport::new() {
        Ok(transport) => transport,
        Err(error) => return failed(&error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    runtime.block_on(async {
        let handler = logged.and_then(|()| build(&Start::new(environment, transport.clone(), metrics.clone())?));
        if let Err(error) = &handler {
            tracing::error!(%error, "the settings cannot be used");
        }
        match until_the_end(handler, transport, metrics).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        }
    })
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    tracing::error!(%error, "the function cannot run");
    ExitCode::FAILURE
}

/// Nothing can be done with these settings. Whoever waits for an answer is told so.
async fn refuse(event: &Value, transport: &ReqwestTransport, error: &SettingsError) -> Result<Value, String> {
    if let Some(request) = Request::read(event) {
        // What was never built upon needs no taking back; only a cleanup that nobody forces has something to lose.
        let cleans_up = request.property("Force").is_some_and(|force| force != "true");
        let answer = if request.request_type == Kind::Delete && !cleans_up {
            Answer::done()
        } else {
            Answer::Failed(error.to_string())
        };
        request.answer(transport, &SystemClock, answer).await.map_err(|failure| failure.to_string())?;
    }
    Err(error.to_string())
}

fn deadline(context: &Context) -> Timestamp {
    i64::try_from(context.deadline).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or(Timestamp::MAX)
}

impl Invocation {
    /// Answers CloudFormation, in time: a function that is stopped answers nothing, and CloudFormation would wait for as long
    /// as it can.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn answer(
        &self,
        request: &Request,
        transport: &ReqwestTransport,
        answer: impl Future<Output = Answer>,
    ) -> Result<Value, Failure> {
        request.answer(transport, &SystemClock, self.in_time(answer).await).await?;
        Ok(Value::Null)
    }

    async fn in_time(&self, answer: impl Future<Output = Answer>) -> Answer {
        let left = Duration::try_from(self.deadline.duration_since(SystemClock.now())).unwrap_or_default();
        tokio::time::timeout(left.saturating_sub(TO_ANSWER), answer).await.unwrap_or_else(|_| {
            Answer::Failed(
                "it was not done in the time that the function has: a service is slow or does not answer. The function's log \
                 says which; deploy again once it does"
                    .to_owned(),
            )
        })
    }

    /// How long the work may last: until Lambda stops the function, or for `most`.
    #[must_use]
    pub fn time_left(&self, most: Duration, now: Timestamp) -> Duration {
        Duration::try_from(self.deadline.duration_since(now)).unwrap_or_default().min(most)
    }
}
