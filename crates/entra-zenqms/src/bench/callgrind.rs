//! A handler under valgrind's callgrind, with the runtime of Lambda and the AWS that it sees played by this process.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use local_host::{listen, serve};
use tokio::process::{Child, Command};

/// No request of a handler is larger.
const MOST: usize = 8 * 1024 * 1024;
/// The tenant that the handlers are told.
pub(super) const TENANT: &str = "11111111-1111-1111-1111-111111111111";
/// Long enough that no answer is late on a slow machine.
const DEADLINE: &str = "4102444800000";

/// Counts the instructions of a handler from its first one until it has handled these events and asks for the next. `aws`
/// answers what the handler asks of AWS, by the operation's name. `None`: valgrind is missing.
pub(super) async fn count(
    binary: &Path,
    events: Vec<String>,
    aws: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> anyhow::Result<Option<u64>> {
    let play = Arc::new(Play {
        handled: AtomicUsize::new(0),
        events,
        aws: Box::new(aws),
        done: tokio::sync::Notify::new(),
        wrong: Mutex::default(),
    });
    let stage = {
        let play = play.clone();
        serve(listen(0).await?, MOST, move |request| {
            let play = play.clone();
            async move { play.answer(&request).await }
        })?
    };
    let address = stage.address().to_string();
    let counted = std::env::temp_dir().join(format!("callgrind-{}-{}", std::process::id(), stage.address().port()));
    let Some(mut handler) = start(binary, &counted, &address)? else { return Ok(None) };
    tokio::select! {
        () = play.done.notified() => {}
        ended = handler.wait() => anyhow::bail!("the handler ended before it asked for work: {}", ended?),
    }
    drop(stage);
    // Nobody listens any more, which ends the handler.
    handler.wait().await?;
    let wrong = play.wrong.lock().map(|wrong| wrong.clone()).unwrap_or_default();
    ensure!(wrong.is_empty(), "the handler asked for what nobody plays: {}", wrong.join(", "));
    let text = std::fs::read_to_string(&counted).context("reading what callgrind counted")?;
    std::fs::remove_file(&counted)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    Ok(Some(total.context("callgrind told no total")?.trim().parse()?))
}

fn start(binary: &Path, counted: &Path, address: &str) -> anyhow::Result<Option<Child>> {
    let started = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", counted.display())])
        .arg(binary)
        .env_clear()
        .envs(surroundings(address))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    match started {
        Ok(handler) => Ok(Some(handler)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("starting valgrind"),
    }
}

/// What is answered to an operation of AWS.
type Answers = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

struct Play {
    handled: AtomicUsize,
    events: Vec<String>,
    aws: Answers,
    done: tokio::sync::Notify,
    wrong: Mutex<Vec<String>>,
}

impl Play {
    async fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        if request.method() == Method::GET && path.ends_with("/runtime/invocation/next") {
            let Some(event) = self.events.get(self.handled.load(Ordering::Relaxed)) else {
                self.done.notify_one();
                // Lambda would freeze the process here.
                return std::future::pending().await;
            };
            let mut next = Response::new(Bytes::from(event.clone()));
            let head = next.headers_mut();
            put(head, "lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
            put(head, "lambda-runtime-deadline-ms", DEADLINE);
            put(
                head,
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:111122223333:function:handler",
            );
            return next;
        }
        if path.contains("/runtime/invocation/") {
            self.handled.fetch_add(1, Ordering::Relaxed);
            if !path.ends_with("/response") {
                self.note(path);
            }
            return status(StatusCode::ACCEPTED);
        }
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        if let Some(body) = (self.aws)(operation) {
            return Response::new(Bytes::from(body));
        }
        self.note(&format!("{path} {operation}"));
        status(StatusCode::NOT_FOUND)
    }

    fn note(&self, wrong: &str) {
        if let Ok(mut noted) = self.wrong.lock() {
            noted.push(wrong.to_owned());
        }
    }
}

fn put(head: &mut HeaderMap, name: &'static str, value: &'static str) {
    head.insert(name, http::HeaderValue::from_static(value));
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}

/// What Lambda and the template give a handler.
fn surroundings(address: &str) -> Vec<(&'static str, String)> {
    let queue = "https://sqs.eu-central-1.amazonaws.com/111122223333/queue.fifo";
    let aws = format!("http://{address}");
    [
        ("AWS_LAMBDA_RUNTIME_API", address),
        ("AWS_LAMBDA_FUNCTION_NAME", "handler"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_ENDPOINT_URL", &aws),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example"),
        ("AWS_SESSION_TOKEN", "example"),
        ("ENTRA_TENANT_ID", TENANT),
        ("ENTRA_CLIENT_ID", "22222222-2222-2222-2222-222222222222"),
        ("CREDENTIALS_SECRET_ID", "secret"),
        ("LEDGER_TABLE", "ledger"),
        ("USER_QUEUE_URL", queue),
        ("GROUP_QUEUE_URL", queue),
        ("KEEPER_QUEUE_URL", queue),
        ("RUN_QUEUE_URL", queue),
        ("CLEANUP_QUEUE_URL", queue),
        ("NOTIFICATION_URL", "https://intake.example/"),
        ("LOG_LEVEL", "error"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}
