//! `exceptions`: people who are not in line with Entra ID, for a reason that stays until somebody mends what is wrong.

#[cfg(test)]
mod tests;

use serde::Serialize;
use sync_core::io::SystemClock;
use sync_core::ports::{Clock, Exception, ExceptionList};

use crate::cli::ExceptionsOptions;
use crate::on_list::OnList;
use crate::stack::Stack;
use crate::tables;

/// The list as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    exceptions: Vec<OnList<'a>>,
}

pub(crate) async fn run(options: ExceptionsOptions) -> anyhow::Result<()> {
    let stack = Stack::find(&options.stack).await?;
    let mut exceptions = stack.ledger.exceptions().await.map_err(|failure| stack.explained(failure))?;
    longest_first(&mut exceptions);
    if options.stack.json {
        return tables::json(&Document { exceptions: exceptions.iter().map(OnList::from).collect() });
    }
    stack.introduce();
    tables::line("");
    for exception in &exceptions {
        OnList::from(exception).show(SystemClock.now());
    }
    match exceptions.len() {
        0 => tables::good("Nobody is on the list of exceptions."),
        people => tables::line(&format!(
            "{} not in line with Entra ID. Mend it there or in ZenQMS; the next look takes them off the list.",
            tables::counted(people as u64, "person is", "people are")
        )),
    }
    Ok(())
}

fn longest_first(exceptions: &mut [Exception]) {
    exceptions.sort_by_key(|exception| (exception.since, exception.user));
}
