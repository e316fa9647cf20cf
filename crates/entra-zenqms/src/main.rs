//! The operator's command. Exit codes: 0 done, 1 error, 2 wrong usage; of `status`, `held` and `explain` also: something
//! waits; of `doctor`, `audit` and `mapping`: something is bad.

mod agreement;
mod audit;
mod bench;
mod cli;
mod company;
mod completions;
mod connection;
mod demo;
mod direct;
mod doctor;
mod exceptions;
mod exit;
mod explain;
mod floor;
mod hashing;
mod held;
mod installation;
mod live;
mod mapping;
mod new_file;
mod on_list;
mod parked;
mod person;
mod progress;
mod proposal;
mod report;
#[cfg(test)]
mod schemas;
mod simulate;
mod source;
mod spreadsheet;
mod stack;
mod status;
mod sync;
mod tables;
mod watch;
mod web;
mod when;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Status(options) => status::run(options).await,
        Command::Parked(command) => parked::run(command).await.map(done),
        Command::Exceptions(options) => exceptions::run(options).await.map(done),
        Command::Explain(options) => explain::run(options).await,
        Command::Doctor(options) => doctor::run(options).await,
        Command::Held(options) => held::run(options).await,
        Command::Approve(options) => held::approve(options).await.map(done),
        Command::Plan(options) => proposal::plan(options).await,
        Command::Apply(options) => proposal::apply(options).await,
        Command::Report(options) => report::run(options).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Mapping(command) => mapping::run(command).await,
        Command::Sync(options) => sync::run(options).await.map(done),
        Command::Completions(options) => completions::run(&options).map(done),
        Command::Demo(options) => demo::run(options).await.map(done),
        Command::Live(options) => live::run(options).await.map(done),
        Command::Simulate(options) => simulate::run(options).await.map(done),
        Command::Bench(options) => bench::run(options).await.map(done),
        Command::BenchVerify(options) => bench::evidence::prove(options).await.map(done),
        Command::BenchSync(options) => bench::memory::sync(options).await.map(done),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            tables::error(&error);
            ExitCode::FAILURE
        }
    }
}

const fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
