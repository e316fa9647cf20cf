//! `bench`: what a run costs, beside what it must cost. Counts and sizes, which hold on any machine; no seconds.

mod calls;
pub(crate) mod memory;

use serde_json::json;

use crate::cli::BenchOptions;
use crate::tables;

pub(crate) async fn run(options: BenchOptions) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for &people in &options.sizes {
        rows.push(calls::count(people).await?);
    }
    let memory = if options.memory == 0 { None } else { Some(memory::measure(options.memory).await?) };
    if options.json {
        let document = json!({ "calls": rows, "memory": memory });
        tables::line(&serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    for row in &rows {
        row.print();
    }
    if let Some(memory) = memory {
        memory.print();
    }
    Ok(())
}
