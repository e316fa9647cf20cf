//! The memory of a run over many people with nothing to change. The services are simulated in a process of their own, and
//! the run is one, too, so that nothing else counts.

use std::process::Stdio;

use anyhow::Context;
use initial_sync::Silent;
use serde::{Deserialize, Serialize};
use sync_core::io::SystemClock;
use sync_core::io::http::ReqwestTransport;
use sync_core::look::Unobserved;
use sync_core::run::Counts;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::cli::BenchSyncOptions;
use crate::connection::connect;
use crate::tables::{self, thousands};

#[derive(Debug, Serialize)]
pub(super) struct Memory {
    pub(super) people: usize,
    /// Peak resident set of the process that syncs, kB.
    pub(super) peak_kb: u64,
    pub(super) counts: Counts,
}

#[derive(Deserialize, Serialize)]
struct Measured {
    peak_kb: u64,
    counts: Counts,
}

#[derive(Deserialize)]
struct Served {
    base: String,
    #[serde(rename = "GROUP_ROLE_MAPPING")]
    mapping: serde_json::Value,
}

/// Measures a run over so many people and as many accounts.
pub(super) async fn measure(people: usize) -> anyhow::Result<Memory> {
    let program = std::env::current_exe()?;
    let mut simulator = Command::new(&program)
        .args(["simulate", "--likeness", "settled", "--rate", "0", "--people", &people.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting the simulator")?;
    let output = simulator.stdout.take().context("the simulator's output")?;
    let served = BufReader::new(output).lines().next_line().await?.context("the simulator's address")?;
    let Served { base, mapping } = serde_json::from_str(&served)?;
    let sync = Command::new(&program)
        .args(["bench-sync", "--base", &base, "--mapping", &mapping.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .await?;
    let Measured { peak_kb, counts } =
        serde_json::from_slice(&sync.stdout).context("what the sync measured of itself")?;
    Ok(Memory { people, peak_kb, counts })
}

/// The process that is measured.
pub(crate) async fn sync(options: BenchSyncOptions) -> anyhow::Result<()> {
    let transport = ReqwestTransport::new()?;
    let host = connect(&options.base, transport, SystemClock, 1e6, &options.mapping, Unobserved).await?;
    let report = host.full(&Silent).await?;
    let measured = Measured { peak_kb: peak_kb()?, counts: report.counts };
    tables::line(&serde_json::to_string(&measured)?);
    Ok(())
}

/// The greatest resident set so far, kB, as Linux counts it.
pub(super) fn peak_kb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("peak memory is measured on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    line.split_whitespace().next().context("no number")?.parse().context("no number")
}

/// What a process took, beside what it may take.
pub(super) fn print_peak(process: &str, peak_kb: u64, limit_kb: u64) {
    let kilobytes = |number| format!("{} kB", thousands(number));
    let row = vec![process.to_owned(), kilobytes(peak_kb), kilobytes(limit_kb)];
    tables::table(&["peak resident set", "measured", "must stay below"], &[row]);
}

/// The limit, kB. It is meant for a million people; fewer need less.
const LIMIT_KB: u64 = 128 * 1024;

impl Memory {
    pub(super) const fn is_too_much(&self) -> bool {
        self.peak_kb >= LIMIT_KB
    }

    pub(super) fn print(&self) {
        let people = thousands(self.people as u64);
        tables::heading(&format!("Memory: {people} people and as many accounts, nothing to change"));
        print_peak("the process that syncs", self.peak_kb, LIMIT_KB);
        tables::line(&format!(
            "{} people seen, {} unchanged",
            thousands(self.counts.seen),
            thousands(self.counts.unchanged)
        ));
    }
}
