//! `bench`: what a run costs, beside what it must cost. Counts and sizes, which hold on any machine; no seconds.

mod callgrind;
mod calls;
mod cold_start;
pub(crate) mod evidence;
mod intake;
pub(crate) mod memory;

use anyhow::bail;
use serde_json::json;

use crate::cli::BenchOptions;
use crate::tables;

/// Fails when more was needed than there is a floor or a limit for, so that CI can hold the documents to it.
pub(crate) async fn run(options: BenchOptions) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for &people in &options.sizes {
        let row = calls::count(people).await?;
        if !options.json {
            row.print();
        }
        rows.push(row);
    }
    let memory = match options.memory {
        0 => None,
        people => Some(memory::measure(people).await?),
    };
    let proving = match options.records {
        0 => None,
        records => Some(evidence::measure(records).await?),
    };
    let handlers = cold_start::measure(&options.handlers).await?;
    let intake = intake::measure(&options.handlers).await?;
    if options.json {
        let document = json!({
            "calls": rows, "memory": memory, "proving": proving, "handlers": handlers, "intake": intake
        });
        tables::line(&serde_json::to_string_pretty(&document)?);
    } else {
        if let Some(memory) = &memory {
            memory.print();
        }
        if let Some(proving) = &proving {
            proving.print();
        }
        cold_start::print(&handlers);
        if let Some(intake) = &intake {
            intake.print();
        }
    }
    if rows.iter().any(|row| !row.is_at_floor()) {
        bail!("a run made other calls than its work needs: see the table");
    }
    if memory.is_some_and(|memory| memory.is_too_much()) {
        bail!("a run took more memory than it may: see the table");
    }
    if proving.is_some_and(|proving| proving.is_too_much()) {
        bail!("proving the evidence took more memory than it may: see the table");
    }
    if intake.is_some_and(|intake| intake.is_too_much()) {
        bail!("the intake needs more for a notification than it may: see the table");
    }
    if handlers.iter().any(cold_start::ColdStart::is_too_much) {
        bail!("a handler weighs more, or takes longer to start, than it may: see the table");
    }
    Ok(())
}
