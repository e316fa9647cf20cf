//! `bench`: what a run costs, beside what it must cost. Counts and sizes, which hold on any machine; no seconds.

mod callgrind;
mod calls;
mod cold_start;
pub(crate) mod evidence;
mod intake;
pub(crate) mod memory;

use anyhow::bail;
use serde::Serialize;

use crate::cli::BenchOptions;
use crate::tables;

/// All that was measured, as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    calls: &'a [calls::Row],
    memory: Option<&'a memory::Memory>,
    proving: Option<&'a evidence::Proving>,
    handlers: &'a [cold_start::ColdStart],
    intake: Option<&'a intake::Intake>,
}

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
        tables::json(&Document {
            calls: &rows,
            memory: memory.as_ref(),
            proving: proving.as_ref(),
            handlers: &handlers,
            intake: intake.as_ref(),
        })?;
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

#[cfg(test)]
mod tests {
    use sync_core::run::Counts;

    use super::*;
    use crate::schemas::hold;

    #[tokio::test]
    async fn the_document_is_what_its_schema_says() {
        let rows = [calls::count(30).await.unwrap()];
        let memory = memory::Memory { people: 30, peak_kb: 16_000, counts: Counts::default() };
        let proving = evidence::Proving { records: 100, people: 10, peak_kb: 12_000 };
        let handler = |instructions| cold_start::ColdStart {
            handler: "cleanup",
            bytes: 5_000_000,
            zipped: 2_000_000,
            instructions,
        };
        hold(
            "bench",
            &Document {
                calls: &rows,
                memory: Some(&memory),
                proving: Some(&proving),
                handlers: &[handler(Some(2_000_000)), handler(None)],
                intake: Some(&intake::Intake { judged: 40_000, queued: 90_000 }),
            },
        );
        hold("bench", &Document { calls: &[], memory: None, proving: None, handlers: &[], intake: None });
    }
}
