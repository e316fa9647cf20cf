use std::fmt;

use crate::domain::{AccountId, DirectoryUserId, Field, FieldSet, GroupId, Outside, RoleId};

use super::HeldBecause;

/// Why a person's account is not written, or not written whole. There is one for every person who was looked at and not
/// fully brought in line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The account says already what the directory says.
    Unchanged,
    /// The directory lacks required fields.
    MissingFields(FieldSet),
    /// The account's e-mail address cannot be matched or changed: another account holds it.
    EmailHeld {
        /// The account that holds the address.
        holder: AccountId,
        /// The person to whom that account is linked, where it is linked to one.
        linked_to: Option<DirectoryUserId>,
    },
    /// Several accounts could be this person's.
    SeveralAccounts(Vec<AccountId>),
    /// Several directory users carry this e-mail address, so it identifies none of them.
    EmailSharedInDirectory(Vec<DirectoryUserId>),
    /// No account matches, and with initial sync OFF none is created.
    NotInZenqms,
    /// The initial sync is OFF, and it leaves accounts alone that are linked already.
    LinkedAlready,
    /// The directory does not say whether the person is enabled.
    EnabledUnknown,
    /// The person is outside the scope.
    OutOfScope(Outside),
    /// It could not be told whether the person is in the scope.
    ScopeUntold,
    /// Only the id came back: the app lacks the permission to read users.
    Unreadable,
    /// The person is not in the directory, and the directory did not say that he was deleted either.
    NotInDirectory,
    /// A change was settled for the person since the run read him, and what the run knows is older.
    ReadSince,
    /// Nothing is written, since it is not what was proposed and approved.
    NotAsProposed,
    /// The account stays in use, although the directory says otherwise.
    Held(HeldBecause),
}

impl Reason {
    /// Why the guard keeps the account in use, where that is the reason.
    #[must_use]
    pub const fn held(&self) -> Option<HeldBecause> {
        match self {
            Self::Held(because) => Some(*because),
            _ => None,
        }
    }

    /// The reason's name in counts, metrics and reports. Stable: dashboards rely on it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::MissingFields(fields) => match fields.iter().next() {
                Some(Field::FirstName) => "missing_givenName",
                Some(Field::LastName) => "missing_surname",
                Some(Field::Title) => "missing_jobTitle",
                _ => "missing_mail",
            },
            Self::EmailHeld { .. } => "email_held_by_other_account",
            Self::SeveralAccounts(_) => "several_accounts",
            Self::EmailSharedInDirectory(_) => "email_shared_in_directory",
            Self::NotInZenqms => "not_in_zenqms_initial_sync_off",
            Self::LinkedAlready => "linked_already_initial_sync_off",
            Self::EnabledUnknown => "accountEnabled_unknown",
            Self::OutOfScope(Outside::Guest) => "out_of_scope_guest",
            Self::OutOfScope(Outside::Filter) => "out_of_scope_filter",
            Self::OutOfScope(Outside::Groups) => "out_of_scope_groups",
            Self::ScopeUntold => "scope_untold",
            Self::Unreadable => "unreadable",
            Self::NotInDirectory => "not_in_directory",
            Self::ReadSince => "read_since",
            Self::NotAsProposed => "not_as_proposed",
            Self::Held(because) => because.code(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("nothing differs"),
            Self::MissingFields(fields) => {
                f.write_str("the directory lacks ")?;
                list(f, fields.iter().map(Field::directory_name))
            }
            Self::EmailHeld { holder, linked_to: Some(user) } => {
                write!(f, "the e-mail address is held by account {holder}, which is linked to directory user {user}")
            }
            Self::EmailHeld { holder, linked_to: None } => {
                write!(f, "the e-mail address is held by account {holder}, which is not this person's")
            }
            Self::SeveralAccounts(accounts) => {
                f.write_str("several accounts could be meant: ")?;
                list(f, accounts)
            }
            Self::EmailSharedInDirectory(others) => {
                f.write_str("the e-mail address is also that of directory user ")?;
                list(f, others)
            }
            Self::NotInZenqms => f.write_str("no account matches, and with initial sync OFF none is created"),
            Self::LinkedAlready => {
                f.write_str("linked already; an initial sync that is OFF changes nothing but missing links")
            }
            Self::EnabledUnknown => f.write_str("the directory does not say whether the person is enabled"),
            Self::OutOfScope(outside) => write!(f, "he is outside the scope: {outside}"),
            Self::ScopeUntold => {
                f.write_str("the directory did not show enough of him to tell whether he is in the scope")
            }
            Self::Unreadable => {
                f.write_str("only the id could be read: the app lacks the application permission User.Read.All")
            }
            Self::NotInDirectory => {
                f.write_str("the directory does not know the person, neither among the living nor the deleted")
            }
            Self::ReadSince => f.write_str("a change was settled for the person since he was read here"),
            Self::NotAsProposed => f.write_str("what would be written now is not what was proposed and approved"),
            Self::Held(because) => write!(f, "the account stays in use: {because}"),
        }
    }
}

/// Why a mapped role is not given or not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleReason {
    /// The role stays: whether the person is in this group could not be read.
    GroupUnread {
        /// The role that stays.
        role: RoleId,
        /// The group that might give it.
        group: GroupId,
    },
    /// The role stays: ZenQMS gives it to everybody.
    DefaultRole(RoleId),
    /// ZenQMS did not say which roles the account holds, so none is taken.
    RolesUnknown,
    /// The directory did not say which groups the person is in, so none is given or taken.
    MembershipUnread,
    /// Roles stay that no group gives any more.
    Held(HeldBecause),
}

impl RoleReason {
    /// Why the guard keeps roles, where that is the reason.
    #[must_use]
    pub const fn held(&self) -> Option<HeldBecause> {
        match self {
            Self::Held(because) => Some(*because),
            _ => None,
        }
    }

    /// The reason's name in counts, metrics and reports. Stable.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::GroupUnread { .. } => "group_unread",
            Self::DefaultRole(_) => "default_role",
            Self::RolesUnknown => "roles_unknown",
            Self::MembershipUnread => "membership_unread",
            Self::Held(because) => because.code(),
        }
    }
}

impl fmt::Display for RoleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupUnread { role, group } => {
                write!(f, "role {role} stays: the members of group {group} could not be read")
            }
            Self::DefaultRole(role) => write!(f, "role {role} stays: it is a default role"),
            Self::RolesUnknown => f.write_str("ZenQMS did not say which roles the account holds"),
            Self::MembershipUnread => f.write_str("the directory did not say which groups the person is in"),
            Self::Held(because) => write!(f, "roles stay: {because}"),
        }
    }
}

/// Of many, so many are named: what is kept for each of them must not grow with their number.
const NAMED: usize = 10;

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    let mut items = items.into_iter();
    for (n, item) in items.by_ref().take(NAMED).enumerate() {
        if n > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    match items.count() {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
