//! The deployment, tried: the real template with the real binaries on an emulator of AWS, against the simulated services.
//!
//! | room | what it knows |
//! |---|---|
//! | [`emulator`] | AWS on this machine |
//! | [`stack`] | SAM: build, deploy, delete |
//! | [`operator`] | the operator's command, for a deployed stack |
//! | [`company`] | Entra ID and ZenQMS on this machine, and what has to be true of them |
//! | [`scenes`] | what is tried, in which order |
//!
//! `make test-deploy` installs what it needs and calls this.

#![expect(clippy::indexing_slicing, reason = "the values of JSON answer null where there is nothing")]

mod company;
mod emulator;
mod operator;
mod scenes;
mod stack;

use std::process::ExitCode;
use std::time::Instant;

use crate::scenes::Stage;

#[tokio::main]
async fn main() -> ExitCode {
    match play().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("FAILED: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn play() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "how long a scene took is told, not judged")]
    let began = Instant::now;
    let all = began();
    let stage = Stage::new().await?;
    for (name, scene) in scenes::ALL {
        let started = began();
        say(&format!("-- {name}"));
        scene(&stage).await.map_err(|error| error.context(*name))?;
        say(&format!("   ok, {} s", started.elapsed().as_secs()));
    }
    say(&format!("deployment test result: ok. {} scenes passed in {} s", scenes::ALL.len(), all.elapsed().as_secs()));
    Ok(())
}

/// The one place that prints.
#[expect(clippy::print_stdout, reason = "a test program tells how it goes")]
fn say(line: &str) {
    println!("{line}");
}
