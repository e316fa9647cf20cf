use std::fmt;

use uuid::Uuid;

use crate::world::Member;

/// One change in a directory. Its text names ids and nothing that is personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Somebody came.
    Hired(Uuid),
    /// Somebody has another job title.
    TitleChanged(Uuid),
    /// Somebody's job title was cleared.
    TitleCleared(Uuid),
    /// Somebody without a job title has one.
    TitleSet(Uuid),
    /// Somebody has another surname, and a mail address to match.
    NameChanged(Uuid),
    /// Somebody may not sign in any more.
    Disabled(Uuid),
    /// Somebody may sign in again.
    Enabled(Uuid),
    /// Somebody was deleted and can be restored.
    Deleted(Uuid),
    /// Somebody's deletion was taken back.
    Restored(Uuid),
    /// Somebody among the deleted is gone for good.
    Purged(Uuid),
    /// Somebody, or a group, was put into a group.
    Joined {
        /// The group.
        group: Uuid,
        /// Who came in.
        member: Member,
    },
    /// Somebody, or a group, was taken out of a group.
    Left {
        /// The group.
        group: Uuid,
        /// Who went.
        member: Member,
    },
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_person = |f: &mut fmt::Formatter<'_>, id: &Uuid, what: &str| write!(f, "Person {id} {what}.");
        let of_member = |f: &mut fmt::Formatter<'_>, member: &Member, what: &str, group: &Uuid| match member {
            Member::Person(id) => write!(f, "Person {id} {what} group {group}."),
            Member::Group(id) => write!(f, "Group {id} {what} group {group}."),
        };
        match self {
            Self::Hired(id) => of_person(f, id, "was hired"),
            Self::TitleChanged(id) => of_person(f, id, "has another job title"),
            Self::TitleCleared(id) => of_person(f, id, "has no job title any more"),
            Self::TitleSet(id) => of_person(f, id, "has a job title again"),
            Self::NameChanged(id) => of_person(f, id, "has another surname and mail address"),
            Self::Disabled(id) => of_person(f, id, "was disabled"),
            Self::Enabled(id) => of_person(f, id, "was enabled"),
            Self::Deleted(id) => of_person(f, id, "was deleted"),
            Self::Restored(id) => of_person(f, id, "was restored"),
            Self::Purged(id) => of_person(f, id, "was deleted for good"),
            Self::Joined { group, member } => of_member(f, member, "came into", group),
            Self::Left { group, member } => of_member(f, member, "left", group),
        }
    }
}
