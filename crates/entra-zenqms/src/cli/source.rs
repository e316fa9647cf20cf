use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

use super::StackOptions;

/// By what both services are reached: a deployed stack, or settings in a file.
#[derive(Clone, Debug)]
pub(crate) struct SourceOptions {
    pub(crate) by: By,
    pub(crate) json: bool,
}

/// What the administrator has.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// A stack.
    Stack(StackOptions),
    /// A file with settings, and no stack.
    Settings(PathBuf),
}

#[derive(Args, Debug)]
struct Given {
    /// The stack's name in CloudFormation. Credentials are found as the AWS CLI finds them.
    #[arg(long, env = "ENTRA_ZENQMS_STACK", value_name = "NAME")]
    stack: Option<String>,
    /// Without a stack, and without AWS: a file with the settings that a stack would have, a line `NAME=value` for each.
    /// docs/deploy.md, "Without a stack", has the names.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["region", "profile"])]
    settings: Option<PathBuf>,
    /// The stack's region; that of the environment or the profile, if not given.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The profile of the AWS configuration; `AWS_PROFILE` or `default`, if not given.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// One JSON document instead of text; docs/schemas says what is in it.
    #[arg(long)]
    json: bool,
}

// By hand, since to clap a stack that the environment names contradicts the settings as one on the command line does.
impl FromArgMatches for SourceOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let typed = matches.value_source("stack") == Some(ValueSource::CommandLine);
        let Given { stack, settings, region, profile, json } = Given::from_arg_matches(matches)?;
        let by = match (settings, stack) {
            (Some(_), Some(_)) if typed => {
                let why = "--stack and --settings cannot both be given: a stack has settings of its own";
                return Err(Error::raw(ErrorKind::ArgumentConflict, why));
            }
            (Some(settings), _) => By::Settings(settings),
            (None, Some(stack)) => By::Stack(StackOptions { stack, region, profile, json }),
            (None, None) => {
                let why = "--stack NAME (or ENTRA_ZENQMS_STACK) is needed for a deployed stack, or --settings FILE without one";
                return Err(Error::raw(ErrorKind::MissingRequiredArgument, why));
            }
        };
        Ok(Self { by, json })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SourceOptions {
    fn augment_args(command: Command) -> Command {
        Given::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Given::augment_args_for_update(command)
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Sample {
        #[command(flatten)]
        source: SourceOptions,
    }

    /// As it is read where the environment names this stack, or none.
    fn read(environment: Option<&'static str>, arguments: &[&str]) -> Result<SourceOptions, Error> {
        let stack = |argument: clap::Arg| argument.env(None::<&str>);
        let mut command = Sample::command().mut_arg("stack", stack);
        if let Some(name) = environment {
            // What clap finds in the environment is there under this source; tests do not change the process's own.
            command = command.mut_arg("stack", |argument| argument.default_value(name));
        }
        let arguments = std::iter::once("sample").chain(arguments.iter().copied());
        let matches = command.try_get_matches_from(arguments)?;
        Ok(Sample::from_arg_matches(&matches)?.source)
    }

    fn said(read: Result<SourceOptions, Error>) -> String {
        match read {
            Ok(SourceOptions { by: By::Stack(options), .. }) => format!("stack {}", options.stack),
            Ok(SourceOptions { by: By::Settings(file), .. }) => format!("settings {}", file.display()),
            Err(error) => error.kind().to_string(),
        }
    }

    #[test]
    fn the_command_line_has_the_last_word_and_one_of_both_is_needed() {
        for (environment, arguments, expected) in [
            (None, &["--stack", "acme"][..], "stack acme"),
            (None, &["--settings", "acme.env"], "settings acme.env"),
            (Some("prod"), &[], "stack prod"),
            (Some("prod"), &["--stack", "acme"], "stack acme"),
            (Some("prod"), &["--settings", "acme.env"], "settings acme.env"),
        ] {
            assert_eq!(said(read(environment, arguments)), expected, "{environment:?} {arguments:?}");
        }
        let kind = |arguments: &[&str]| read(Some("prod"), arguments).unwrap_err().kind();
        let both = ["--settings", "acme.env", "--stack", "acme"];
        assert_eq!(kind(&both), ErrorKind::ArgumentConflict);
        for of_aws in ["--region", "--profile"] {
            assert_eq!(kind(&["--settings", "acme.env", of_aws, "x"]), ErrorKind::ArgumentConflict);
        }
        let neither = read(None, &["--json"]).unwrap_err();
        assert_eq!(neither.kind(), ErrorKind::MissingRequiredArgument);
        assert!(neither.to_string().contains("--settings FILE without one"), "{neither}");
    }

    #[test]
    fn commands_that_write_or_keep_something_take_no_settings() {
        let taking = |arguments: &[&str]| {
            let arguments = std::iter::once("entra-zenqms").chain(arguments.iter().copied());
            crate::cli::Cli::try_parse_from(arguments.chain(["--settings", "acme.env"]))
        };
        for reading in [
            &["plan"][..],
            &["explain", "ada@example.com"],
            &["report", "--output", "review"],
            &["doctor"],
            &["mapping", "check"],
            &["mapping", "export"],
        ] {
            assert!(taking(reading).is_ok(), "{reading:?}");
        }
        for other in [&["status"][..], &["sync"], &["held"], &["apply", "ab"], &["parked", "list"], &["exceptions"]] {
            assert_eq!(taking(other).unwrap_err().kind(), ErrorKind::UnknownArgument, "{other:?}");
        }
        let canary = taking(&["doctor", "--canary", "ada@example.com"]).unwrap_err();
        assert_eq!(canary.kind(), ErrorKind::ArgumentConflict);
    }
}
