//! `completions`: what a shell has to know to complete the operator's command.

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::{Cli, CompletionsOptions};
use crate::tables;

pub(crate) fn run(options: &CompletionsOptions) -> anyhow::Result<()> {
    tables::line(written(options)?.trim_end());
    Ok(())
}

fn written(options: &CompletionsOptions) -> anyhow::Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "entra-zenqms", &mut script);
    String::from_utf8(script).context("writing the completions")
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;
    use clap_complete::Shell;

    use super::*;

    #[test]
    fn every_shell_learns_the_commands() {
        for &shell in Shell::value_variants() {
            let script = written(&CompletionsOptions { shell }).unwrap();
            assert!(script.contains("parked") && script.contains("retry"), "{shell}");
        }
    }
}
