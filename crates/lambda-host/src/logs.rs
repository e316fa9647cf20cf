use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::environment::{Environment, SettingsError};
use crate::variable::LOG_LEVEL;

/// Our own crates. Everybody else is heard from `warn` on: what a library tells at `debug` may hold a request's body.
const OURS: [&str; 9] = [
    "cleanup",
    "group_flow",
    "initial_sync",
    "lambda_host",
    "lambda_runtime",
    "notification_intake",
    "subscription_keeper",
    "sync_core",
    "user_flow",
];

/// From here on, each line of the log is one JSON object.
pub(crate) fn init(environment: &Environment) -> Result<(), SettingsError> {
    let level = level(environment.text(LOG_LEVEL).unwrap_or("info"));
    let (level, refused) = match level {
        Ok(level) => (level, Ok(())),
        Err(error) => (LevelFilter::INFO, Err(error)),
    };
    let targets =
        Targets::new().with_default(LevelFilter::WARN).with_targets(OURS.map(|crate_name| (crate_name, level)));
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // Where there is a subscriber already, it stays.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
    refused
}

fn level(text: &str) -> Result<LevelFilter, SettingsError> {
    match text {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        _ => Err(SettingsError::new(LOG_LEVEL, format!("is set to `{text}`; expected error, warn, info or debug"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_of_four_words() {
        assert_eq!(level("debug"), Ok(LevelFilter::DEBUG));
        let refused = level("Debug").unwrap_err().to_string();
        assert_eq!(
            refused,
            "the environment variable LOG_LEVEL is set to `Debug`; expected error, warn, info or debug"
        );
    }
}
