use crate::domain::{DirectoryUser, DirectoryUserId, Email, Mapping};
use crate::plan::{Candidates, KnownGroups, Policy, RolesPlan, UserPlan, plan_leaver, plan_user};

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
        groups: KnownGroups,
    },
    /// The directory has deleted him.
    Deleted(DirectoryUserId),
}

impl Subject {
    /// The person's id.
    #[must_use]
    pub const fn id(&self) -> DirectoryUserId {
        match self {
            Self::Present { user, .. } => user.id,
            Self::Deleted(user) => *user,
        }
    }

    /// Whether the directory has deleted him.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }

    /// The address by which an account may be the person's.
    #[must_use]
    pub const fn email(&self) -> Option<&Email> {
        match self {
            Self::Present { user, .. } => user.mail.as_ref(),
            Self::Deleted(_) => None,
        }
    }

    /// Plans the person, given the accounts that were found.
    #[must_use]
    pub fn plan(&self, mut found: Candidates, mapping: &Mapping, policy: Policy) -> UserPlan {
        match self {
            Self::Present { user, rivals, groups } => {
                found.rivals.clone_from(rivals);
                plan_user(user, &found, groups, mapping, policy)
            }
            Self::Deleted(user) => {
                let account = match found.by_external_id.as_slice() {
                    [account] => Some(account),
                    _ => None,
                };
                UserPlan {
                    user: *user,
                    profile: account.map(plan_leaver).unwrap_or_default(),
                    account: account.map(|account| account.id.clone()),
                    roles: RolesPlan::default(),
                }
            }
        }
    }
}
