//! The operator's command. Exit codes: 0 done, 1 error, 2 wrong usage.

mod agreement;
mod bench;
mod cli;
mod company;
mod connection;
mod demo;
mod floor;
mod installation;
mod live;
mod progress;
mod simulate;
mod tables;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(options) => demo::run(options).await,
        Command::Live(options) => live::run(options).await,
        Command::Simulate(options) => simulate::run(options).await,
        Command::Bench(options) => bench::run(options).await,
        Command::BenchSync(options) => bench::memory::sync(options).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tables::error(&error);
            ExitCode::FAILURE
        }
    }
}
