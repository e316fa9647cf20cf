//! What a handler does from its first instruction until it asks Lambda for work, and what it weighs. Counted by valgrind's
//! callgrind, whose counts are the same on any machine of one architecture.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::callgrind::count;
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
    pub(super) handler: &'static str,
    pub(super) bytes: u64,
    pub(super) zipped: u64,
    /// `None` where valgrind is missing.
    pub(super) instructions: Option<u64>,
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
                instructions: count(&binary, Vec::new(), |_| None)
                    .await
                    .with_context(|| format!("counting {handler}"))?,
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
