use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::SourceOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum MappingCommand {
    /// Whether the mapping fits Entra ID and ZenQMS as they are now. Writes nothing. Exit code 0: it does; 1: that could not
    /// be found out; 2: something is wrong with it, or it is not what the flows work by.
    Check(MappingCheckOptions),
    /// Writes the mapping by which the flows work, or would, with the ids of its roles.
    Export(MappingExportOptions),
}

#[derive(Args, Debug)]
pub(crate) struct MappingCheckOptions {
    /// A file with a mapping that is not deployed yet, and what it would change; `-` for standard input. The mapping that is
    /// deployed, or that of the settings, if not given.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) source: SourceOptions,
}

#[derive(Args, Debug)]
pub(crate) struct MappingExportOptions {
    /// What it is written as.
    #[arg(long, value_enum, default_value_t = MappingFormat::Json)]
    pub(crate) format: MappingFormat,
    /// The file; one that exists is not written over. Standard output, if not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) source: SourceOptions,
}

/// What a mapping is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MappingFormat {
    /// What the parameter `GroupRoleMapping` takes.
    Json,
    /// A line for each role of each group, with the role's name, for a spreadsheet.
    Csv,
}
