use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request, Response};
use serde_json::{Value, json};
use simulator::Receiver;
use sync_core::io::aws::{http_client, timeouts};
use sync_core::io::http::{Limits, ReqwestTransport, Transport};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// The emulator takes an access key of twelve digits for the account that it belongs to.
pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-central-1";
const PATIENCE: Limits = Limits { time: Duration::from_mins(16), body: 8 * 1024 * 1024 };

/// AWS on this machine. It is gone with this value.
pub(crate) struct Emulator {
    port: u16,
    transport: ReqwestTransport,
    _process: Child,
    pub(crate) log: PathBuf,
}

impl Emulator {
    /// Starts it, enforcing what each function's role allows.
    pub(crate) async fn start(tools: &Path, scratch: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let log = scratch.join("emulator.log");
        let out = std::fs::File::create(&log)?;
        let url = format!("http://127.0.0.1:{port}");
        let process = Command::new(tools.join("ministack/bin/python"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/emulator.py"))
            .env_clear()
            .envs([
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("BIND_HOST", "127.0.0.1"),
                ("IOT_MTLS_ENABLED", "0"),
                ("LAMBDA_EXECUTOR", "local"),
                ("AUTH", "true"),
                ("MINISTACK_REGION", REGION),
                ("AWS_DEFAULT_REGION", REGION),
                ("MINISTACK_ACCOUNT_ID", ACCOUNT),
            ])
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_ENDPOINT_URL", &url)
            .env("TMPDIR", scratch)
            .env("HOME", scratch)
            .stdout(out.try_clone()?)
            .stderr(out)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting the emulator")?;
        let emulator = Self { port, transport: ReqwestTransport::new()?, _process: process, log };
        for _ in 0..100 {
            if TcpListener::bind(("127.0.0.1", port)).await.is_err() {
                return Ok(emulator);
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("the emulator does not listen; see {}", emulator.log.display())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Calls a JSON API of AWS.
    pub(crate) async fn call(&self, service: &str, target: &str, body: &Value) -> anyhow::Result<Value> {
        let request = Request::post(format!("{}/", self.url()))
            .header("x-amz-target", target)
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("authorization", authorization(service))
            .body(Bytes::from(body.to_string()))?;
        let answer = self.transport.send(request, PATIENCE).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        ensure!(answer.status().is_success(), "{target}: {} {text}", answer.status());
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    /// Calls an API of AWS that answers XML; returns it as it is.
    pub(crate) async fn query(&self, service: &str, form: &str) -> anyhow::Result<String> {
        let request = Request::post(format!("{}/", self.url()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("authorization", authorization(service))
            .body(Bytes::from(form.to_owned()))?;
        let answer = self.transport.send(request, PATIENCE).await?;
        Ok(String::from_utf8_lossy(answer.body()).into_owned())
    }

    /// Invokes a function and waits for its answer; what the function failed with is an error.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> anyhow::Result<Value> {
        let path = format!("{}/2015-03-31/functions/{function}/invocations", self.url());
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("authorization", authorization("lambda"))
            .body(Bytes::from(event.to_string()))?;
        let answer: Response<Bytes> = self.transport.send(request, PATIENCE).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        ensure!(answer.headers().get("x-amz-function-error").is_none(), "{function} failed: {text}");
        ensure!(answer.status().is_success(), "{function}: {} {text}", answer.status());
        Ok(serde_json::from_str(&text)?)
    }

    pub(crate) async fn secret(&self, name: &str, value: &Value) -> anyhow::Result<String> {
        let body = json!({"Name": name, "SecretString": value.to_string(), "ClientRequestToken": uuid::Uuid::new_v4()});
        let made = self.call("secretsmanager", "secretsmanager.CreateSecret", &body).await?;
        Ok(made["ARN"].as_str().context("the secret has no ARN")?.to_owned())
    }

    /// Its SQS, to the SDK.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .credentials_provider(Credentials::new(ACCOUNT, "test", None, None, "emulator"))
            .endpoint_url(self.url())
            .timeout_config(timeouts())
            .http_client(http_client(self.transport.clone()))
            .build();
        aws_sdk_sqs::Client::from_conf(config)
    }

    /// The way of Graph's notifications to the function's URL.
    pub(crate) fn way_in(&self) -> WayIn {
        WayIn { base: self.url(), transport: self.transport.clone() }
    }
}

/// The emulator looks at who asks for what, not at signatures.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// Takes what goes to a function's URL to where the emulator has it.
pub(crate) struct WayIn {
    base: String,
    transport: ReqwestTransport,
}

impl Receiver for WayIn {
    fn post<'a>(
        &'a self,
        url: &'a str,
        content_type: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        Box::pin(async move {
            let rest = url.strip_prefix("https://")?;
            let (id, rest) = rest.split_once(".lambda-url.")?;
            let (_, query) = rest.split_once('/')?;
            let uri = format!("{}/_aws/lambda-url/{id}/{query}", self.base);
            let request = Request::post(uri).header(CONTENT_TYPE, content_type).body(body).ok()?;
            let answer =
                self.transport.send(request, Limits { time: Duration::from_secs(15), body: 64 * 1024 }).await.ok()?;
            let (head, body) = answer.into_parts();
            Some((head.status.as_u16(), head.headers, body))
        })
    }
}
