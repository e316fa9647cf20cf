use std::io::Write;

use sync_core::domain::{GroupId, Personal};

use crate::spreadsheet::{self, harmless};

use super::finding::Finding;
use super::review::Line;

const HEADER: [&str; 11] = [
    "finding",
    "role",
    "role name",
    "name",
    "email",
    "account",
    "in use",
    "directory user",
    "groups",
    "since",
    "because",
];

/// The name of a finding in the table.
const fn code(finding: Finding) -> &'static str {
    match finding {
        Finding::InUse => "account in use",
        Finding::RoleWithoutGroup => "role without group",
        Finding::RoleStays => "role that stays",
        Finding::RoleByHand => "role by hand",
        Finding::OutOfScope => "outside the scope",
        Finding::LinkedToNobody => "linked to nobody",
        Finding::Exception => "exception",
        Finding::Holds => "role through group",
        Finding::NoRole => "no role",
    }
}

/// Writes the review for a spreadsheet.
pub(super) fn write(lines: &[Line], unread: &[GroupId], out: impl Write) -> Result<(), csv::Error> {
    let mut writer = spreadsheet::writer(out)?;
    writer.write_record(HEADER)?;
    for line in lines {
        writer.write_record(row(line))?;
    }
    for group in unread {
        let mut row: [String; 11] = std::array::from_fn(|_| String::new());
        let [finding, .., groups, _, because] = &mut row;
        "group not read".clone_into(finding);
        *groups = group.to_string();
        "its members could not be read whole".clone_into(because);
        writer.write_record(row)?;
    }
    Ok(writer.flush()?)
}

fn row(line: &Line) -> [String; 11] {
    let personal = |text: Option<&Personal>| text.map(|text| harmless(text.expose())).unwrap_or_default();
    let (role, role_name) = line.role.as_ref().map(|(id, name)| (id.to_string(), name.clone())).unwrap_or_default();
    let groups: Vec<_> = line.through.iter().map(ToString::to_string).collect();
    [
        code(line.finding).to_owned(),
        harmless(&role),
        harmless(&role_name),
        personal(line.name.as_ref()),
        personal(line.email.as_ref()),
        line.account.as_ref().map(|account| harmless(&account.to_string())).unwrap_or_default(),
        super::in_use(line.in_use).to_owned(),
        line.user.map(|user| user.to_string()).unwrap_or_default(),
        groups.join(" "),
        line.since.map(|since| since.to_string()).unwrap_or_default(),
        line.because.clone().unwrap_or_default(),
    ]
}
