//! The cleanup on Lambda: when the stack is deleted, by its queue while that takes longer than one invocation, and by hand.

mod events;
mod stack;

use std::process::ExitCode;

use events::Office;
use lambda_host::run;

fn main() -> ExitCode {
    run(Office::new, async |office: &Office, invocation| office.handle(&invocation).await)
}
