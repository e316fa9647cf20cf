use std::process::ExitCode;

/// The exit code of a command that looks at something: 2 where something waits for the operator, or is wrong.
pub(crate) fn looked(waits: bool) -> ExitCode {
    if waits { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
