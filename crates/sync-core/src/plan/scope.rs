use crate::domain::{DirectoryUser, Outside, Scope, Within};

use super::KnownGroups;

/// Whether a person is in the scope: by his own properties and, where groups say so, by being in one of them. Only a list that was
/// read whole says that he is not (rule 8).
#[must_use]
pub fn within_scope(user: &DirectoryUser, groups: &KnownGroups, scope: &Scope) -> Within {
    if user.within != Within::Inside || scope.groups.is_empty() || !scope.groups.is_disjoint(&groups.member_of) {
        return user.within;
    }
    // Of whom it is not shown whether he may sign in, it is not known what else was not shown.
    let is_told = scope.groups.is_disjoint(&groups.unread) && user.account_enabled.is_some();
    if is_told { Within::Outside(Outside::Groups) } else { Within::Untold }
}
