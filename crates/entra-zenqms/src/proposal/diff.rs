use std::fmt::Write;

use anstyle::Style;
use sync_core::domain::Personal;
use sync_core::evidence::{FieldChange, RecordedField, RoleChange};

use crate::tables::{BAD, GOOD, HEADING, WARN, plain};

use super::Person;

/// What would be written for a person: a line that says whom it is about, and one for each value.
pub(crate) fn person(person: &Person) -> String {
    let what = match &person.account {
        None => "a new account".to_owned(),
        Some(account) => plain(&format!("account {account}")),
    };
    let deleted = if person.deleted { ", deleted in Entra ID" } else { "" };
    let outside = person.outside.map(|outside| format!(", outside the scope ({})", outside.name())).unwrap_or_default();
    let mut text = format!("{HEADING}{}{HEADING:#}  {what}{deleted}{outside}", person.user);
    for change in &person.fields {
        field(change, &mut text);
    }
    for role in &person.given {
        let groups: Vec<_> = role.groups.iter().map(ToString::to_string).collect();
        line(&mut text, GOOD, '+', &format!("role {} through group {}", named(role), groups.join(", ")));
    }
    for role in &person.taken {
        line(&mut text, BAD, '-', &format!("role {}", named(role)));
    }
    text
}

fn field(change: &FieldChange, text: &mut String) {
    let name = match change.field {
        RecordedField::Link => "external_id",
        RecordedField::Profile(field) => field.zenqms_name(),
    };
    let value = |value: &Personal| format!("\"{}\"", plain(value.expose()));
    // Behind the quotes, where no value can pretend to be it.
    let mark = if change.substitute { "  substitute" } else { "" };
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => line(text, WARN, '~', &format!("{name}  {} -> {}{mark}", value(from), value(to))),
        (None, Some(to)) => line(text, GOOD, '+', &format!("{name}  {}{mark}", value(to))),
        (Some(from), None) => line(text, BAD, '-', &format!("{name}  {}", value(from))),
        (None, None) => {}
    }
}

fn named(role: &RoleChange) -> String {
    plain(&format!("{} ({})", role.name, role.role))
}

fn line(text: &mut String, style: Style, sign: char, what: &str) {
    let _ = write!(text, "\n    {style}{sign}{style:#} {what}");
}
