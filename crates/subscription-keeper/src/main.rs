//! The subscription keeper on Lambda: on schedule, by its queue, and when the stack is made or changed.

mod events;

use std::process::ExitCode;

use events::Office;
use lambda_host::run;

fn main() -> ExitCode {
    run(Office::new, async |office: &Office, invocation| office.handle(&invocation).await)
}
