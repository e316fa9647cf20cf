//! `exceptions`: people who are not in line with Entra ID, for a reason that stays until somebody mends what is wrong.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sync_core::domain::DirectoryUserId;
use sync_core::io::SystemClock;
use sync_core::ports::{Clock, Exception, ExceptionList};

use crate::cli::ExceptionsOptions;
use crate::stack::Stack;
use crate::tables;
use crate::when::at_and_in;

pub(crate) async fn run(options: ExceptionsOptions) -> anyhow::Result<()> {
    let stack = Stack::find(&options.stack).await?;
    let mut exceptions = stack.ledger.exceptions().await.map_err(|failure| stack.explained(failure))?;
    longest_first(&mut exceptions);
    if options.stack.json {
        let people: Vec<_> = exceptions.iter().map(Entry::of).collect();
        return tables::json(&json!({ "exceptions": people }));
    }
    stack.introduce();
    tables::line("");
    for exception in &exceptions {
        let (title, because) = entry(exception, SystemClock.now());
        tables::line(&title);
        tables::line(&tables::wrapped(&because, "    "));
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

/// Somebody on the list, as JSON.
#[derive(Serialize)]
struct Entry<'a> {
    user: DirectoryUserId,
    code: &'a str,
    since: Timestamp,
    because: &'a str,
}

impl<'a> Entry<'a> {
    fn of(exception: &'a Exception) -> Self {
        Self { user: exception.user, code: &exception.code, since: exception.since, because: &exception.because }
    }
}

/// Somebody on the list in words: who, since when; and why.
fn entry(exception: &Exception, now: Timestamp) -> (String, String) {
    let Exception { user, code, because, since } = exception;
    (format!("{user}  {}", at_and_in(*since, now)), tables::plain(&format!("{code}: {because}")))
}
