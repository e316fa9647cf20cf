//! One change in the directory, and what became of it in ZenQMS.

use jiff::Timestamp;
use serde::Serialize;
use simulator::{Happening, Member, World};
use sync_core::apply::{Settled, Written};
use sync_core::plan::RoleReason;
use sync_core::work::Why;
use uuid::Uuid;

use crate::agreement::{Cell, Comparison};

/// One change.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// The number of the latest news about it.
    pub(crate) revision: u64,
    /// What happened. Names ids and nobody.
    pub(crate) text: String,
    /// Whom it concerns.
    pub(crate) people: Vec<Uuid>,
    /// When, by the simulation's clock.
    pub(crate) at: Timestamp,
    /// What became of it, once that is known.
    pub(crate) end: Option<End>,
    #[serde(skip)]
    pub(super) cells: &'static [Cell],
    /// What has been written for it, while others that it concerns are still to be written.
    #[serde(skip)]
    pub(super) so_far: Vec<String>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct End {
    pub(crate) kind: Kind,
    /// How the person concerned came to be looked at; `None` where nobody had to be.
    pub(crate) how: Option<&'static str>,
    /// What was written, or why nothing was.
    pub(crate) what: String,
    /// How long that took.
    pub(crate) seconds: f64,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// ZenQMS was written.
    Written,
    /// It was not, for a reason.
    Skipped,
    /// There was nothing to write.
    Nothing,
}

const ALL: &[Cell] = &[Cell::Account, Cell::Name, Cell::Email, Cell::Title, Cell::Active, Cell::Roles];

/// What a change may make differ.
pub(super) const fn touched(happening: &Happening) -> &'static [Cell] {
    match happening {
        Happening::Hired(_) => ALL,
        Happening::TitleChanged(_) | Happening::TitleCleared(_) | Happening::TitleSet(_) => {
            &[Cell::Account, Cell::Title]
        }
        Happening::NameChanged(_) => &[Cell::Account, Cell::Name, Cell::Email],
        Happening::Disabled(_)
        | Happening::Enabled(_)
        | Happening::Deleted(_)
        | Happening::Restored(_)
        | Happening::Purged(_) => &[Cell::Account, Cell::Active],
        Happening::Joined { .. } | Happening::Left { .. } => &[Cell::Account, Cell::Roles],
    }
}

/// Whom a change concerns.
pub(super) fn concerned(happening: &Happening, world: &World) -> Vec<Uuid> {
    match *happening {
        Happening::Joined { member, .. } | Happening::Left { member, .. } => match member {
            Member::Person(person) => vec![person],
            Member::Group(group) => world.members_of(group, true).into_iter().collect(),
        },
        Happening::Hired(person)
        | Happening::TitleChanged(person)
        | Happening::TitleCleared(person)
        | Happening::TitleSet(person)
        | Happening::NameChanged(person)
        | Happening::Disabled(person)
        | Happening::Enabled(person)
        | Happening::Deleted(person)
        | Happening::Restored(person)
        | Happening::Purged(person) => vec![person],
    }
}

impl Change {
    /// Whether everybody whom it concerns is in line, as far as it goes.
    pub(super) fn is_in_line(&self, comparison: &Comparison<'_>) -> bool {
        let in_line = |person| !comparison.differing(person).iter().any(|cell| self.cells.contains(cell));
        self.people.iter().all(|&person| in_line(person))
    }

    /// Takes note of a look at somebody whom it concerns. What the look found may be older than the change; so it is over
    /// only when both sides agree, or when there is a reason why they do not.
    pub(super) fn looked(&mut self, why: Why, settled: &Settled, fields: &[String], in_line: bool, at: Timestamp) {
        let what = written(settled, fields);
        let why_not: Vec<String> = settled
            .skipped_for()
            .map(ToString::to_string)
            .into_iter()
            // That default roles stay is true of everybody, and no news.
            .chain(
                settled
                    .role_reasons
                    .iter()
                    .filter(|reason| !matches!(reason, RoleReason::DefaultRole(_)))
                    .map(ToString::to_string),
            )
            .collect();
        self.so_far.extend(what);
        if !in_line && why_not.is_empty() {
            return;
        }
        let (kind, what) = match (self.so_far.as_slice(), why_not.is_empty()) {
            ([], true) if settled.account.is_none() => (Kind::Nothing, "there is no account".to_owned()),
            ([], true) => (Kind::Nothing, "nothing differs".to_owned()),
            ([], false) => (Kind::Skipped, why_not.join("; ")),
            ([one], true) => (Kind::Written, one.clone()),
            ([one], false) => (Kind::Written, format!("{one}; {}", why_not.join("; "))),
            ([.., last], _) if self.people.len() > 1 => {
                (Kind::Written, format!("{} people written, the last: {last}", self.so_far.len()))
            }
            (several, _) => (Kind::Written, several.join("; ")),
        };
        self.end = Some(End { kind, how: Some(how(why)), what, seconds: self.age(at) });
    }

    /// Whether nobody made it: a write that another change let happen.
    pub(crate) const fn is_unasked(&self) -> bool {
        self.cells.is_empty()
    }

    pub(super) fn age(&self, at: Timestamp) -> f64 {
        at.duration_since(self.at).as_secs_f64()
    }
}

/// How somebody came to be looked at.
pub(super) const fn how(why: Why) -> &'static str {
    match why {
        Why::Notification => "notification",
        Why::Sweep => "sweep",
        Why::SecondLook => "second look",
        Why::Neighbour => "neighbour",
        Why::Operator => "operator",
    }
}

/// What was written, in words; `None`: nothing.
pub(super) fn written(settled: &Settled, fields: &[String]) -> Option<String> {
    let roles = |number: u64, verb: &str| match number {
        0 => None,
        1 => Some(format!("1 role {verb}")),
        _ => Some(format!("{number} roles {verb}")),
    };
    let profile = settled.written.map(|written| match written {
        Written::Created => "account created".to_owned(),
        Written::Linked => "account linked".to_owned(),
        Written::Deactivated => "account deactivated".to_owned(),
        Written::Updated if fields.is_empty() => "account updated".to_owned(),
        Written::Updated => format!("{} updated", fields.join(", ")),
    });
    let parts = [profile, roles(settled.roles_added, "given"), roles(settled.roles_removed, "taken")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use sync_core::domain::DirectoryUserId;
    use sync_core::plan::Reason;

    use super::*;

    fn change() -> Change {
        Change {
            number: 1,
            revision: 1,
            text: "Something happened.".to_owned(),
            people: vec![Uuid::from_u128(1)],
            at: Timestamp::UNIX_EPOCH,
            end: None,
            cells: ALL,
            so_far: Vec::new(),
        }
    }

    fn settled() -> Settled {
        Settled::untouched(DirectoryUserId::from_bytes([1; 16]))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_look_that_came_too_early_does_not_end_a_change() {
        let mut change = change();
        change.looked(Why::Notification, &settled(), &[], false, at(1));
        assert_eq!(change.end, None);
        let wrote = Settled { written: Some(Written::Updated), roles_added: 2, ..settled() };
        change.looked(Why::Sweep, &wrote, &["title".to_owned()], true, at(3));
        let end = change.end.unwrap();
        assert_eq!(
            (end.kind, end.how, end.what.as_str()),
            (Kind::Written, Some("sweep"), "title updated, 2 roles given")
        );
        assert!((end.seconds - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_reason_ends_a_change_in_words() {
        let mut change = change();
        let skipped = Settled { reasons: vec![Reason::NotInZenqms], ..settled() };
        change.looked(Why::Notification, &skipped, &[], false, at(1));
        let end = change.end.unwrap();
        assert_eq!(end.kind, Kind::Skipped);
        assert_eq!(end.what, "no account matches, and with initial sync OFF none is created");
    }

    #[test]
    fn the_json_of_a_change_has_what_the_page_reads() {
        let mut change = change();
        change.looked(Why::Notification, &settled(), &[], true, at(2));
        let json = serde_json::to_value(&change).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "number": 1,
                "revision": 1,
                "text": "Something happened.",
                "people": ["00000000-0000-0000-0000-000000000001"],
                "at": "1970-01-01T00:00:00Z",
                "end": {"kind": "nothing", "how": "notification", "what": "there is no account", "seconds": 2.0},
            })
        );
    }
}
