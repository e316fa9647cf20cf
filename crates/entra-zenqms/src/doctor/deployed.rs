use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambda_host::{Flow, SettingsError, Start};
use sync_core::domain::Field;
use sync_core::ports::Nesting;

use crate::tables::sentence;

use super::check::Check;
use crate::stack::Whereabouts;

const IDENTITY: &str = "who asks";
const STATUS: &str = "the stack";
pub(super) const SETTINGS: &str = "settings";
const SECRET: &str = "credentials";
/// From so many days on it is time to renew the credential, as the alarm has it.
const SOON: i64 = 30;

/// As whom AWS is asked.
pub(super) fn identity(Whereabouts { stack, region, acting_as }: &Whereabouts) -> Check {
    Check::ok(IDENTITY, format!("AWS knows you as {acting_as}; the stack is {stack} in {region}."))
}

/// What CloudFormation says of the stack (AWS docs: stack status codes).
pub(super) fn status(status: &str) -> Check {
    let says = format!("CloudFormation says {status}");
    let events = "`aws cloudformation describe-stack-events` says why: docs/deploy.md, step 5.";
    match status {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Check::ok(STATUS, format!("{says}.")),
        "UPDATE_ROLLBACK_COMPLETE" => Check::warn(
            STATUS,
            format!("{says}: the last update was taken back, and what was there before is in use."),
            events,
        ),
        "DELETE_IN_PROGRESS" => Check::warn(
            STATUS,
            format!("{says}: the integration is being removed."),
            "Wait for its end; docs/deploy.md, \"Removing it\".",
        ),
        _ if status.ends_with("_IN_PROGRESS") => Check::warn(
            STATUS,
            format!("{says}: it is being changed, and the checks below may tell of a state between two."),
            "Wait for its end, then ask again.",
        ),
        _ => Check::bad(STATUS, format!("{says}: a change of the stack has failed half-way."), events),
    }
}

/// Whether the functions can work with their settings, as they read them themselves.
pub(super) fn settings(start: &Start, flow: &Result<Flow, SettingsError>) -> Check {
    let usable = flow.as_ref().map_err(Clone::clone).and_then(|flow| start.time_budget().map(|_| flow));
    match usable {
        Ok(flow) => usable_settings(flow),
        Err(error) => Check::bad(
            SETTINGS,
            sentence(&error.to_string()),
            "docs/deploy.md, \"Environment variables\", says which parameter that is: deploy again with the right one. Until \
             then no function works, and what needs these settings was not tried here.",
        ),
    }
}

/// What the settings say.
pub(super) fn usable_settings(flow: &Flow) -> Check {
    let sync = if flow.initial_sync { "ON" } else { "OFF" };
    let nested = match flow.nesting {
        Nesting::Transitive => "count",
        Nesting::Direct => "do not count",
    };
    let missing = &flow.graph.lens().missing;
    let filled: Vec<&str> = missing.fields().map(Field::directory_name).collect();
    let filled = match filled.as_slice() {
        [] => String::new(),
        fields => format!(", something stands in for a missing {}", fields.join(", ")),
    };
    let admission = &flow.graph.lens().admission;
    let filter = admission
        .filter
        .as_ref()
        .map(|filter| format!(", nobody is synchronised but whom {filter} admits", filter = filter.as_str()));
    let guests = if admission.no_guests { ", guests are left out" } else { "" };
    let limits = format!("{guests}{}", filter.unwrap_or_default());
    let says = format!("All can be used; the initial sync is {sync}, nested groups {nested}{filled}{limits}.");
    Check::ok(SETTINGS, says)
}

/// The settings could not be read at all.
pub(super) fn unreadable(error: &anyhow::Error) -> Check {
    Check::bad(
        SETTINGS,
        sentence(&format!("{error:#}")),
        "Without them neither Entra ID nor ZenQMS can be asked as the functions ask, so that was not tried.",
    )
}

/// The secret, and how long the credential in it lasts. `read` has the day, or why the secret could not be read.
pub(super) fn credentials(read: &Result<Option<Date>, String>, now: Timestamp) -> Check {
    let cure = "docs/deploy.md, \"Rotating the credentials\"; no deployment is needed.";
    let day = match read {
        Err(why) => {
            let cure = "docs/deploy.md, step 3, has the secret's shape, and \"What the operator may\" your rights. Neither Entra \
                        ID nor ZenQMS could be asked.";
            return Check::bad(SECRET, sentence(why), cure);
        }
        Ok(None) => {
            return Check::ok(
                SECRET,
                "The secret is readable and complete. It names no day on which Entra's credential expires \
                 (`entra_credential_expires`), so that no alarm warns before.",
            );
        }
        Ok(Some(day)) => *day,
    };
    match days_until(day, now) {
        days if days < 0 => {
            Check::bad(SECRET, format!("By what the secret says, Entra's credential has expired on {day}."), cure)
        }
        days if days < SOON => Check::warn(
            SECRET,
            format!("By what the secret says, Entra's credential expires on {day}, {days} days from now."),
            cure,
        ),
        days => Check::ok(
            SECRET,
            format!("The secret is readable and complete; Entra's credential expires on {day}, {days} days from now."),
        ),
    }
}

fn days_until(day: Date, now: Timestamp) -> i64 {
    let today = TimeZone::UTC.to_datetime(now).date();
    today.until(day).map_or(i64::MAX, |span| span.get_days().into())
}
