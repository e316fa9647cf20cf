use serde::{Deserialize, Serialize};

use crate::domain::{AccountId, DirectoryUserId, LinkChange, ProfileChanges, RoleId};
use crate::plan::{HeldBecause, ProfileAction, Reason, RoleReason, UserPlan};

/// What can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The account.
    Deactivation,
    /// Roles.
    RoleLoss,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Deactivation, Self::RoleLoss];
}

/// What a plan takes from a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The person.
    pub user: DirectoryUserId,
    /// His account.
    pub account: AccountId,
    /// Whether the account is taken out of use.
    pub deactivates: bool,
    /// The roles that are taken, in order.
    pub roles: Vec<RoleId>,
}

impl Withdrawal {
    /// What `plan` takes away, if it takes anything.
    #[must_use]
    pub fn of(plan: &UserPlan) -> Option<Self> {
        let deactivates = match &plan.profile.action {
            Some(ProfileAction::Update { deactivates, .. }) => *deactivates,
            // An account that was in use may be linked to somebody who is disabled.
            Some(ProfileAction::Link { patch, .. }) => patch.changes.is_active == Some(false),
            // A new account takes nothing from anybody.
            Some(ProfileAction::Create(_)) | None => false,
        };
        if !deactivates && plan.roles.remove.is_empty() {
            return None;
        }
        let account = plan.account.clone()?;
        Some(Self { user: plan.user, account, deactivates, roles: plan.roles.remove.clone() })
    }

    /// Whether it is of this kind.
    #[must_use]
    pub const fn is(&self, kind: Kind) -> bool {
        match kind {
            Kind::Deactivation => self.deactivates,
            Kind::RoleLoss => !self.roles.is_empty(),
        }
    }

    /// The kinds that it is of.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|&kind| self.is(kind))
    }

    /// Whether it takes nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.deactivates && self.roles.is_empty()
    }

    /// This, and what `other` takes besides.
    #[must_use]
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.deactivates |= other.deactivates;
        self.roles.extend(other.roles.iter().cloned());
        self.roles.sort();
        self.roles.dedup();
        self
    }

    /// That part of it.
    #[must_use]
    pub fn only(mut self, kinds: &[Kind]) -> Self {
        if !kinds.contains(&Kind::Deactivation) {
            self.deactivates = false;
        }
        if !kinds.contains(&Kind::RoleLoss) {
            self.roles.clear();
        }
        self
    }

    /// Whether `other` takes no more than this does, of this kind and from the same account.
    #[must_use]
    pub fn covers(&self, other: &Self, kind: Kind) -> bool {
        self.user == other.user
            && self.account == other.account
            && match kind {
                Kind::Deactivation => self.deactivates,
                Kind::RoleLoss => other.roles.iter().all(|role| self.roles.contains(role)),
            }
    }
}

impl UserPlan {
    /// Takes out of the plan what would be taken away of this kind, and says why.
    pub fn keep_back(&mut self, kind: Kind, because: HeldBecause) {
        match kind {
            Kind::Deactivation => {
                self.profile.keep_in_use();
                self.profile.reasons.push(Reason::Held(because));
            }
            Kind::RoleLoss => {
                self.roles.remove.clear();
                self.roles.reasons.push(RoleReason::Held(because));
            }
        }
    }

    /// Takes out of the plan all that takes something away, and says why.
    pub fn keep_all_back(&mut self, because: HeldBecause) {
        if let Some(withdrawal) = Withdrawal::of(self) {
            withdrawal.kinds().for_each(|kind| self.keep_back(kind, because));
        }
    }

    /// Takes out of the plan all that takes something away; what is taken out is returned as a plan of its own.
    #[must_use]
    pub fn split_off_withdrawals(&mut self) -> Self {
        let mut later = self.clone();
        later.profile.only_deactivates();
        // Whoever is not in line is not in line by half.
        later.profile.reasons.retain(Reason::stands);
        later.roles.add.clear();
        later.roles.reasons.clear();
        self.keep_all_back(HeldBecause::Later);
        later
    }

    /// Why something of this kind was kept back, if it was.
    #[must_use]
    pub fn kept_back(&self, kind: Kind) -> Option<HeldBecause> {
        match kind {
            Kind::Deactivation => self.profile.reasons.iter().find_map(Reason::held),
            Kind::RoleLoss => self.roles.reasons.iter().find_map(RoleReason::held),
        }
    }
}

impl crate::plan::ProfilePlan {
    fn only_deactivates(&mut self) {
        match &mut self.action {
            Some(ProfileAction::Update { patch, deactivates: true, .. }) => {
                patch.changes = ProfileChanges::deactivation();
            }
            action => *action = None,
        }
    }

    fn keep_in_use(&mut self) {
        match &mut self.action {
            Some(ProfileAction::Update { patch, deactivates, .. }) => {
                *deactivates = false;
                patch.changes.is_active = None;
                if patch.link == LinkChange::Keep && patch.changes == ProfileChanges::default() {
                    self.action = None;
                }
            }
            Some(ProfileAction::Link { patch, .. }) => patch.changes.is_active = None,
            Some(ProfileAction::Create(_)) | None => {}
        }
    }
}
