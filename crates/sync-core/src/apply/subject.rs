use std::collections::BTreeSet;

use crate::domain::{DirectoryUser, DirectoryUserId, Email, FieldSet, GroupId, Mapping, Outside};
use crate::evidence::{Author, Intent};
use crate::plan::{Candidates, KnownGroups, Policy, ProfilePlan, Reason, RoleReason, RolesPlan, UserPlan};
use crate::plan::{plan_leaver, plan_roles, plan_user};

/// A person as the directory described him: all that planning needs besides the accounts.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The directory has him.
    Present {
        /// His properties.
        user: DirectoryUser,
        /// Other directory users with the same e-mail address.
        rivals: Vec<DirectoryUserId>,
        /// His groups.
        groups: Membership,
    },
    /// Nothing but his groups was asked for.
    Member {
        /// Who.
        user: DirectoryUserId,
        /// His groups.
        groups: KnownGroups,
    },
    /// The directory has deleted him.
    Deleted(DirectoryUserId),
}

/// What is known of a person's groups.
#[derive(Clone, Debug)]
pub enum Membership {
    /// These.
    Known(KnownGroups),
    /// The directory did not say. No role is given or taken, and he has to be looked at again.
    Unread,
    /// His roles are somebody else's affair.
    LeftAlone,
}

impl Subject {
    /// The person's id.
    #[must_use]
    pub const fn id(&self) -> DirectoryUserId {
        match self {
            Self::Present { user, .. } => user.id,
            Self::Member { user, .. } | Self::Deleted(user) => *user,
        }
    }

    /// Whether the directory has deleted him.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }

    /// Whether the directory has disabled him.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        matches!(self, Self::Present { user, .. } if user.account_enabled == Some(false))
    }

    /// The address by which an account may be the person's.
    #[must_use]
    pub const fn email(&self) -> Option<&Email> {
        match self {
            Self::Present { user, .. } => user.mail.as_ref(),
            Self::Member { .. } | Self::Deleted(_) => None,
        }
    }

    /// His groups, as far as they are known.
    #[must_use]
    pub const fn groups(&self) -> Option<&KnownGroups> {
        match self {
            Self::Present { groups: Membership::Known(groups), .. } | Self::Member { groups, .. } => Some(groups),
            Self::Present { .. } | Self::Deleted(_) => None,
        }
    }

    /// The fields that hold what stands in for what the directory lacks.
    fn substituted(&self) -> FieldSet {
        match self {
            Self::Present { user, .. } => user.substituted,
            Self::Member { .. } | Self::Deleted(_) => FieldSet::default(),
        }
    }

    /// What `plan`, made for him, is about to write.
    #[must_use]
    pub fn intent(&self, plan: &UserPlan, mapping: &Mapping, by: Author) -> Intent {
        let gone = (self.is_deleted(), self.outside(plan));
        Intent::of(plan, self.groups(), self.substituted(), gone, mapping, by)
    }

    /// What puts him outside the scope, where that is why something is taken: of whoever is disabled it would be anyway.
    fn outside(&self, plan: &UserPlan) -> Option<Outside> {
        let outside = plan.profile.reasons.iter().find_map(|reason| match reason {
            Reason::OutOfScope(outside) => Some(*outside),
            _ => None,
        });
        outside.filter(|_| !self.is_disabled())
    }

    /// The person, his roles left alone.
    #[must_use]
    pub fn without_roles(self) -> Self {
        match self {
            Self::Present { user, rivals, .. } => Self::Present { user, rivals, groups: Membership::LeftAlone },
            other => other,
        }
    }

    /// Takes note of other directory users with the same address.
    pub fn note_rivals(&mut self, others: Vec<DirectoryUserId>) {
        if let Self::Present { rivals, .. } = self {
            *rivals = others;
        }
    }

    /// Takes note of groups of which nothing can be told: that somebody is not in them proves nothing (rule 8).
    pub fn note_unread(&mut self, groups: &BTreeSet<GroupId>) {
        if let Self::Present { groups: Membership::Known(known), .. } | Self::Member { groups: known, .. } = self {
            known.unread.extend(groups);
        }
    }

    /// Plans the person, given the accounts that were found.
    #[must_use]
    pub fn plan(&self, mut found: Candidates, mapping: &Mapping, policy: Policy) -> UserPlan {
        let linked = |found: &Candidates| match found.by_external_id.as_slice() {
            [account] => Some(account.clone()),
            _ => None,
        };
        match self {
            Self::Present { user, rivals, groups: Membership::Known(groups) } => {
                found.rivals.clone_from(rivals);
                plan_user(user, &found, groups, mapping, policy)
            }
            Self::Present { user, rivals, groups: unknown } => {
                found.rivals.clone_from(rivals);
                let plan = plan_user(user, &found, &KnownGroups::unknown(mapping.scope()), mapping, policy);
                let reasons = match unknown {
                    Membership::Unread => vec![RoleReason::MembershipUnread],
                    Membership::LeftAlone | Membership::Known(_) => Vec::new(),
                };
                UserPlan { roles: RolesPlan { reasons, ..RolesPlan::default() }, ..plan }
            }
            Self::Member { user, groups } => {
                let account = linked(&found);
                let roles = account.as_ref().map(|account| plan_roles(account.roles.as_deref(), groups, mapping));
                UserPlan {
                    user: *user,
                    profile: ProfilePlan::default(),
                    account: account.map(|account| account.id),
                    roles: roles.unwrap_or_default(),
                }
            }
            Self::Deleted(user) => {
                let account = linked(&found);
                UserPlan {
                    user: *user,
                    profile: account.as_ref().map(plan_leaver).unwrap_or_default(),
                    account: account.map(|account| account.id),
                    roles: RolesPlan::default(),
                }
            }
        }
    }
}
