use crate::domain::{
    Account, AccountId, AccountPatch, DirectoryUser, Leaving, LinkChange, NewAccount, ProfileChanges, Replaced, Within,
};

use super::matching::held_by;
use super::{Candidates, Match, Reason, match_account};

/// How far a flow may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether a person without an account gets one. Never with initial sync OFF, whatever the flow.
    pub creates: bool,
    /// Whether fields and roles are written, or nothing but missing links.
    pub touches_fields: bool,
}

impl Policy {
    /// The initial sync: ON it creates and updates; OFF it only sets `external_id` on e-mail matches.
    #[must_use]
    pub const fn initial_sync(enabled: bool) -> Self {
        Self { creates: enabled, touches_fields: enabled }
    }

    /// Everything that comes later: linked people are updated even with initial sync OFF; only creating depends on it.
    #[must_use]
    pub const fn change(initial_sync_enabled: bool) -> Self {
        Self { creates: initial_sync_enabled, touches_fields: true }
    }
}

/// What is to be written of a person's profile, and why something is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfilePlan {
    /// The one write, if there is one to do.
    pub action: Option<ProfileAction>,
    /// Why there is none, or why it leaves something out.
    pub reasons: Vec<Reason>,
}

/// One write to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileAction {
    /// A new account.
    Create(NewAccount),
    /// An account that was nobody's becomes the person's; fields that differ go along.
    Link {
        /// The account.
        account: AccountId,
        /// The link, and the fields that differ.
        patch: AccountPatch,
        /// What these fields held.
        replaced: Replaced,
    },
    /// Fields of a linked account change.
    Update {
        /// The account.
        account: AccountId,
        /// The fields that differ.
        patch: AccountPatch,
        /// What these fields held.
        replaced: Replaced,
        /// Whether this takes the account out of use.
        deactivates: bool,
    },
}

impl ProfileAction {
    /// The account that is written; none where one is created.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Create(_) => None,
            Self::Link { account, .. } | Self::Update { account, .. } => Some(account),
        }
    }
}

impl ProfilePlan {
    fn skip(reason: Reason) -> Self {
        Self { action: None, reasons: vec![reason] }
    }
}

/// Plans the profile of a person whom the directory has (rules 1, 2, 3 and 5).
#[must_use]
pub fn plan_profile(user: &DirectoryUser, candidates: &Candidates, policy: Policy) -> ProfilePlan {
    if user.is_unreadable() {
        return ProfilePlan::skip(Reason::Unreadable);
    }
    match match_account(user.mail.as_ref(), candidates) {
        Match::Undecided(reason) => ProfilePlan::skip(reason),
        Match::Linked(account) if policy.touches_fields => plan_update(user, account, candidates),
        Match::Linked(_) => ProfilePlan::skip(Reason::LinkedAlready),
        Match::ByEmail(account) => plan_link(user, account, policy),
        Match::Absent => plan_creation(user, policy),
    }
}

/// Plans the profile of a person whom the directory has deleted: the account, if there is one, is deactivated (rule 4).
#[must_use]
pub fn plan_leaver(account: &Account) -> ProfilePlan {
    if account.is_active == Some(false) {
        return ProfilePlan::skip(Reason::Unchanged);
    }
    ProfilePlan { action: Some(update(account, ProfileChanges::deactivation())), reasons: Vec::new() }
}

/// Plans the profile of a person who is outside the scope, or may be: nobody is created or linked, and no field follows the directory.
/// The linked `account` is taken out of use where its person is disabled, as everywhere (rule 3), and where he is outside and
/// that is what is to become of it.
#[must_use]
pub fn plan_outside(
    user: &DirectoryUser,
    account: Option<&Account>,
    policy: Policy,
    (within, leaving): (Within, Leaving),
) -> ProfilePlan {
    let reason = match within {
        Within::Outside(outside) => Reason::OutOfScope(outside),
        Within::Untold | Within::Inside => Reason::ScopeUntold,
    };
    let leaves = leaving == Leaving::Deactivate && matches!(within, Within::Outside(_));
    let is_to_go = policy.touches_fields && (leaves || user.account_enabled == Some(false));
    let in_use = account.filter(|account| is_to_go && account.is_active != Some(false));
    let action = in_use.map(|account| update(account, ProfileChanges::deactivation()));
    ProfilePlan { action, reasons: vec![reason] }
}

fn plan_update(user: &DirectoryUser, account: &Account, candidates: &Candidates) -> ProfilePlan {
    let mut reasons = Vec::new();
    let mut changes = match user.profile() {
        Ok(profile) => ProfileChanges::between(account, &profile, user.account_enabled),
        Err(missing) => {
            reasons.push(Reason::MissingFields(missing));
            // Rule 3's one exception: whoever is disabled is deactivated, whatever is missing.
            if user.account_enabled == Some(false) && account.is_active != Some(false) {
                ProfileChanges::deactivation()
            } else {
                ProfileChanges::default()
            }
        }
    };
    if changes.email.is_some()
        && let Some(reason) = email_obstacle(account, candidates)
    {
        changes.email = None;
        reasons.push(reason);
    }
    if user.account_enabled.is_none() && reasons.is_empty() {
        reasons.push(Reason::EnabledUnknown);
    }
    if changes.is_empty() {
        if reasons.is_empty() {
            reasons.push(Reason::Unchanged);
        }
        return ProfilePlan { action: None, reasons };
    }
    ProfilePlan { action: Some(update(account, changes)), reasons }
}

/// Why a linked account cannot take on the person's new e-mail address. ZenQMS would answer 409, and the other fields
/// must not wait for it.
fn email_obstacle(account: &Account, candidates: &Candidates) -> Option<Reason> {
    let held = candidates.by_email.iter().find(|other| other.id != account.id).map(held_by);
    held.or_else(|| (!candidates.rivals.is_empty()).then(|| Reason::EmailSharedInDirectory(candidates.rivals.clone())))
}

fn plan_link(user: &DirectoryUser, account: &Account, policy: Policy) -> ProfilePlan {
    let profile = match user.profile() {
        Ok(profile) => profile,
        Err(missing) => return ProfilePlan::skip(Reason::MissingFields(missing)),
    };
    let mut reasons = Vec::new();
    let changes = if policy.touches_fields {
        if user.account_enabled.is_none() {
            reasons.push(Reason::EnabledUnknown);
        }
        ProfileChanges::between(account, &profile, user.account_enabled)
    } else {
        ProfileChanges::default()
    };
    let replaced = changes.replaced_in(account);
    let patch = AccountPatch { link: LinkChange::Set(user.id), changes };
    ProfilePlan { action: Some(ProfileAction::Link { account: account.id.clone(), patch, replaced }), reasons }
}

fn plan_creation(user: &DirectoryUser, policy: Policy) -> ProfilePlan {
    let profile = match user.profile() {
        Ok(profile) => profile,
        Err(missing) => return ProfilePlan::skip(Reason::MissingFields(missing)),
    };
    if !policy.creates {
        return ProfilePlan::skip(Reason::NotInZenqms);
    }
    // An account must be made active or inactive, and giving access on a guess is the one thing not to do.
    let Some(is_active) = user.account_enabled else {
        return ProfilePlan::skip(Reason::EnabledUnknown);
    };
    let account = NewAccount { external_id: user.id, profile, is_active };
    ProfilePlan { action: Some(ProfileAction::Create(account)), reasons: Vec::new() }
}

fn update(account: &Account, changes: ProfileChanges) -> ProfileAction {
    ProfileAction::Update {
        account: account.id.clone(),
        deactivates: changes.is_active == Some(false),
        replaced: changes.replaced_in(account),
        patch: AccountPatch { link: LinkChange::Keep, changes },
    }
}
