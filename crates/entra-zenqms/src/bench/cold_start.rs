//! What a handler does from its first instruction until it asks Lambda for work, and what it weighs. Counted by valgrind's
//! callgrind, whose counts are the same on any machine of one architecture.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::tables::{self, thousands};

/// The functions, each a binary of this name.
const HANDLERS: [&str; 6] =
    ["notification-intake", "user-flow", "group-flow", "initial-sync", "subscription-keeper", "cleanup"];
/// With the AWS SDK as it comes, a handler that holds clients of DynamoDB, SQS and Secrets Manager needs 22.4 million
/// instructions, most of them to read the system's certificates; and 419 million more for its first random byte.
const MOST_INSTRUCTIONS: u64 = 3_000_000;
const MOST_BYTES: u64 = 6_000_000;
const MOST_ZIPPED: u64 = 2_800_000;

#[derive(Debug, Serialize)]
pub(super) struct ColdStart {
    handler: &'static str,
    bytes: u64,
    zipped: u64,
    /// `None` where valgrind is missing.
    instructions: Option<u64>,
}

/// Measures the handlers that were built into this directory, each as `<handler>/bootstrap`; none where there are none.
pub(super) async fn measure(built: &Path) -> anyhow::Result<Vec<ColdStart>> {
    let mut measured = Vec::new();
    for handler in HANDLERS {
        let binary = built.join(handler).join("bootstrap");
        if binary.exists() {
            measured.push(ColdStart {
                handler,
                bytes: std::fs::metadata(&binary)?.len(),
                zipped: zipped(&binary)?,
                instructions: instructions(&binary).await.with_context(|| format!("counting {handler}"))?,
            });
        }
    }
    Ok(measured)
}

/// The size that Lambda loads, by the compression that SAM packs with.
fn zipped(binary: &Path) -> anyhow::Result<u64> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &std::fs::read(binary)?)?;
    Ok(encoder.finish()?.len() as u64)
}

async fn instructions(binary: &Path) -> anyhow::Result<Option<u64>> {
    let runtime = TcpListener::bind("127.0.0.1:0").await?;
    let counted: PathBuf =
        std::env::temp_dir().join(format!("callgrind-{}-{}", std::process::id(), runtime.local_addr()?.port()));
    let started = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", counted.display())])
        .arg(binary)
        .env_clear()
        .envs(surroundings(&runtime.local_addr()?.to_string()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut handler = match started {
        Ok(handler) => handler,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("starting valgrind"),
    };
    let asked = tokio::select! {
        asked = first_poll(&runtime) => asked?,
        ended = handler.wait() => anyhow::bail!("the handler ended before it asked for work: {}", ended?),
    };
    ensure!(asked.contains("/runtime/invocation/next"), "the handler asked for something else first: {asked}");
    // The connection is closed without an answer, which ends the handler.
    handler.wait().await?;
    let text = std::fs::read_to_string(&counted).context("reading what callgrind counted")?;
    std::fs::remove_file(&counted)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    Ok(Some(total.context("callgrind told no total")?.trim().parse()?))
}

/// Reads the first request, and hangs up.
async fn first_poll(runtime: &TcpListener) -> anyhow::Result<String> {
    let (mut connection, _) = runtime.accept().await?;
    let mut head = vec![0; 4_096];
    let length = connection.read(&mut head).await?;
    connection.shutdown().await?;
    let head = head.get(..length).unwrap_or_default();
    Ok(String::from_utf8_lossy(head).lines().next().unwrap_or_default().to_owned())
}

/// What Lambda and the template give a handler.
fn surroundings(runtime: &str) -> Vec<(&'static str, String)> {
    let queue = "https://sqs.eu-central-1.amazonaws.com/111122223333/queue.fifo";
    [
        ("AWS_LAMBDA_RUNTIME_API", runtime),
        ("AWS_LAMBDA_FUNCTION_NAME", "handler"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example"),
        ("AWS_SESSION_TOKEN", "example"),
        ("ENTRA_TENANT_ID", "11111111-1111-1111-1111-111111111111"),
        ("ENTRA_CLIENT_ID", "22222222-2222-2222-2222-222222222222"),
        ("CREDENTIALS_SECRET_ID", "secret"),
        ("LEDGER_TABLE", "ledger"),
        ("USER_QUEUE_URL", queue),
        ("GROUP_QUEUE_URL", queue),
        ("KEEPER_QUEUE_URL", queue),
        ("RUN_QUEUE_URL", queue),
        ("CLEANUP_QUEUE_URL", queue),
        ("NOTIFICATION_URL", "https://intake.example/"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}

impl ColdStart {
    pub(super) fn is_too_much(&self) -> bool {
        self.bytes > MOST_BYTES
            || self.zipped > MOST_ZIPPED
            || self.instructions.is_some_and(|instructions| instructions > MOST_INSTRUCTIONS)
    }
}

pub(super) fn print(measured: &[ColdStart]) {
    tables::heading("Handlers: to the first poll of Lambda's runtime, and what is loaded");
    if measured.is_empty() {
        tables::line("not measured: the handlers are not built (make handlers)");
        return;
    }
    let row = |of: &ColdStart| {
        let instructions = of.instructions.map_or_else(|| "no valgrind here".to_owned(), thousands);
        vec![of.handler.to_owned(), instructions, thousands(of.bytes), thousands(of.zipped)]
    };
    let limit = vec!["at most".to_owned(), thousands(MOST_INSTRUCTIONS), thousands(MOST_BYTES), thousands(MOST_ZIPPED)];
    let rows: Vec<_> = measured.iter().map(row).chain([limit]).collect();
    tables::table(&["handler", "instructions", "bytes", "zipped"], &rows);
    tables::line(
        "The AWS SDK with its own defaults: 22.4 million instructions, and 419 million for the first random byte.",
    );
}
