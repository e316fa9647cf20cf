use serde::{Deserialize, Serialize};

use crate::domain::{AccountId, DirectoryUserId, Email};
use crate::evidence::Head;
use crate::failure::Failure;
use crate::plan::{HeldBecause, ProfileAction, Reason, RoleReason, UserPlan};

/// What became of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    /// An account was created.
    Created,
    /// An account was linked.
    Linked,
    /// Fields were changed.
    Updated,
    /// The account was taken out of use.
    Deactivated,
}

impl ProfileAction {
    /// What it comes to once it is done.
    #[must_use]
    pub const fn outcome(&self) -> Written {
        match self {
            Self::Create(_) => Written::Created,
            Self::Link { .. } => Written::Linked,
            Self::Update { deactivates: true, .. } => Written::Deactivated,
            Self::Update { deactivates: false, .. } => Written::Updated,
        }
    }

    /// The address that the account has once it is done, where that is another than before.
    #[must_use]
    pub const fn new_email(&self) -> Option<&Email> {
        match self {
            Self::Create(new) => Some(&new.profile.email),
            Self::Link { patch, .. } | Self::Update { patch, .. } => patch.changes.email.as_ref(),
        }
    }
}

/// What became of a plan.
#[derive(Debug)]
pub struct Settled {
    /// Whom it was about.
    pub user: DirectoryUserId,
    /// What was written of the profile.
    pub written: Option<Written>,
    /// How many roles were given.
    pub roles_added: u64,
    /// How many roles were taken.
    pub roles_removed: u64,
    /// The person's account, where he has one.
    pub account: Option<AccountId>,
    /// The address that the account has from now on, where it changed.
    pub new_email: Option<Email>,
    /// Why something was left out.
    pub reasons: Vec<Reason>,
    /// Why mapped roles stay.
    pub role_reasons: Vec<RoleReason>,
    /// Why not everything could be written.
    pub failure: Option<Failure>,
    /// Whether the directory has deleted the person: who was taken out of use for it is not looked at again.
    pub deleted: bool,
    /// Whether something is kept back of him, by this look or from before.
    pub held: bool,
    /// Whether the failure is that a link which was made could not be recorded.
    pub link_unrecorded: bool,
    /// What is on record of it.
    pub trail: Trail,
}

/// How far the evidence of a person goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trail {
    /// Nobody has looked: nothing was to be written.
    #[default]
    Untouched,
    /// It ends here, and nothing is missing.
    Whole(Head),
    /// What became of a write is not on record yet. It ends here, if that is known.
    Open(Option<Head>),
}

impl Trail {
    /// Whether there is still something to be put on record.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Where it ends.
    #[must_use]
    pub const fn head(self) -> Option<Head> {
        match self {
            Self::Untouched => None,
            Self::Whole(head) => Some(head),
            Self::Open(head) => head,
        }
    }
}

impl Settled {
    /// Nothing was done yet.
    #[must_use]
    pub const fn untouched(user: DirectoryUserId) -> Self {
        Self {
            user,
            written: None,
            roles_added: 0,
            roles_removed: 0,
            account: None,
            new_email: None,
            reasons: Vec::new(),
            role_reasons: Vec::new(),
            failure: None,
            deleted: false,
            held: false,
            link_unrecorded: false,
            trail: Trail::Untouched,
        }
    }

    /// The plan had nothing to write.
    #[must_use]
    pub fn left_alone(plan: UserPlan) -> Self {
        Self {
            account: plan.account,
            reasons: plan.profile.reasons,
            role_reasons: plan.roles.reasons,
            ..Self::untouched(plan.user)
        }
    }

    /// Why something was kept back by the guard, if something was: the account first, then roles.
    #[must_use]
    pub fn held_for(&self) -> Option<HeldBecause> {
        self.all_held_for().next()
    }

    /// Whether something is to be taken that the guard has not seen.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        self.all_held_for().any(|because| because == HeldBecause::Unseen)
    }

    fn all_held_for(&self) -> impl Iterator<Item = HeldBecause> {
        let account = self.reasons.iter().filter_map(Reason::held);
        account.chain(self.role_reasons.iter().filter_map(RoleReason::held))
    }

    /// Why the person was left alone, where there is more to say than that nothing differs.
    #[must_use]
    pub fn skipped_for(&self) -> Option<&Reason> {
        let leaves_out = |reason: &&Reason| !matches!(reason, Reason::Unchanged | Reason::Held(HeldBecause::Later));
        self.reasons.iter().find(leaves_out)
    }
}
