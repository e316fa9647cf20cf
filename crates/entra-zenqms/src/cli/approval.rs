use std::path::PathBuf;

use clap::Args;

use super::{SourceOptions, StackOptions};

#[derive(Args, Debug)]
pub(crate) struct HeldOptions {
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Args, Debug)]
pub(crate) struct PlanOptions {
    /// People to show.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) show: usize,
    /// A file that all of them are written to, with personal data; one that exists is not written over.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) source: SourceOptions,
}

#[derive(Args, Debug)]
pub(crate) struct ApplyOptions {
    /// The hash that `plan` showed.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: String,
    /// Where something differs, have what is still as proposed done, and leave the rest.
    #[arg(long)]
    pub(crate) what_matches: bool,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Args, Debug)]
pub(crate) struct ApproveOptions {
    /// The hash that `held` or `plan` showed, or a file that `held --json` wrote: then a refusal says what has changed.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: String,
    /// Why; it is kept with the approval.
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: String,
    /// For how long it is valid.
    #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(1..=168))]
    pub(crate) hours: u16,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}
