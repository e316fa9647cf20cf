//! The initial sync on Lambda: invoked by hand, by its schedule, by its queue, and when the stack is made or changed.

mod events;
mod progress;
mod stack;

use std::process::ExitCode;

use events::Office;
use lambda_host::run;

fn main() -> ExitCode {
    run(Office::new, async |office: &Office, invocation| office.handle(&invocation).await)
}
