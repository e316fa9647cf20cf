use crate::domain::{AccountId, DirectoryUser, DirectoryUserId, Mapping, Within};

use super::{Candidates, KnownGroups, Match, Policy, ProfileAction, ProfilePlan, RolesPlan};
use super::{match_account, plan_outside, plan_profile, plan_roles, within_scope};

/// All that is to be done for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPlan {
    /// Whom it is about.
    pub user: DirectoryUserId,
    /// The profile.
    pub profile: ProfilePlan,
    /// The account whose roles change; `None` for one that is yet to be created, or when there is none.
    pub account: Option<AccountId>,
    /// The roles.
    pub roles: RolesPlan,
}

impl UserPlan {
    /// Whether nothing is to be written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.profile.action.is_none() && self.roles.is_empty()
    }
}

/// Plans a person whom the directory has: profile and roles together, so that a new or newly linked account gets its
/// roles at once. Roles follow the groups even where the profile has to wait for a missing field; without an account,
/// and in an initial sync that is OFF, there are none to plan. Of whoever is outside the scope, or may be, all that is taken is an
/// account out of use.
#[must_use]
pub fn plan_user(
    user: &DirectoryUser,
    candidates: &Candidates,
    groups: &KnownGroups,
    mapping: &Mapping,
    policy: Policy,
) -> UserPlan {
    let within = within_scope(user, groups, mapping.scope());
    if within != Within::Inside && !user.is_unreadable() {
        let account = match match_account(user.mail.as_ref(), candidates) {
            Match::Linked(account) => Some(account),
            _ => None,
        };
        let profile = plan_outside(user, account, policy, (within, mapping.scope().leaving));
        let account = account.map(|account| account.id.clone());
        return UserPlan { user: user.id, profile, account, roles: RolesPlan::default() };
    }
    let profile = plan_profile(user, candidates, policy);
    let mut plan = UserPlan { user: user.id, profile, account: None, roles: RolesPlan::default() };
    if !policy.touches_fields || user.is_unreadable() {
        return plan;
    }
    match (&plan.profile.action, match_account(user.mail.as_ref(), candidates)) {
        (Some(ProfileAction::Create(_)), _) => plan.roles = plan_roles(Some(&[]), groups, mapping),
        (Some(ProfileAction::Link { .. }), Match::ByEmail(account)) | (_, Match::Linked(account)) => {
            plan.roles = plan_roles(account.roles.as_deref(), groups, mapping);
            plan.account = Some(account.id.clone());
        }
        _ => {}
    }
    plan
}
