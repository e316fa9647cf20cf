//! What a look at a person would find and do, without doing it: why he has what he has, and why not more.

#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;

use crate::apply::{Membership, Subject};
use crate::domain::{
    Account, DirectoryUserId, Field, GroupId, Instead, Lens, Mapping, MissingFields, Personal, Role, Within,
};
use crate::failure::Failure;
use crate::guard::{HolderSearch, Limits, Occasion, Seen, keep, rule};
use crate::plan::{KnownGroups, Policy, UserPlan, within_scope};
use crate::ports::{
    AccountsFind, Allowances, Clock, DirectoryAddresses, DirectoryGroups, DirectoryLook, DirectoryPresence,
    GroupMembers, Nesting, PersonRecord, Records,
};
use crate::run::RunId;

use super::find::find;
use super::questions::{Planned, ask_after_groups, ask_after_rivals};
use super::{Services, Subjects, Whole};

/// What there is to say of a person. Its words are in [`Self::sentences`].
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Who.
    pub user: DirectoryUserId,
    /// What the directory says of him.
    pub standing: Standing,
    /// Whether he is in the scope; `None` where nothing limits it, or he is gone.
    pub within: Option<Within>,
    /// What stands in for what the directory does not say of him.
    pub substitutes: Vec<Substitute>,
    /// His account.
    pub account: Option<Account>,
    /// The mapped roles that he holds or that a group gives him.
    pub roles: Vec<RoleStanding>,
    /// What the next look would do, and why it would leave things out. `None`: the directory knows nothing of him.
    pub plan: Option<UserPlan>,
    /// What is on record.
    pub record: PersonRecord,
    /// Whether there is any record; where there is none, that nothing is on it means nothing.
    pub recorded: bool,
    /// What the directory was to be asked, and did not answer.
    pub unanswered: Option<Failure>,
}

/// What the directory says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// He may sign in.
    Enabled,
    /// He may not.
    Disabled,
    /// He is there, and it does not say.
    EnabledUnknown,
    /// He was deleted.
    Deleted,
    /// It knows nothing of him.
    Unknown,
}

/// What stands in for a field that the directory lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitute {
    /// The field.
    pub field: Field,
    /// What it holds.
    pub text: Personal,
    /// Where that is from.
    pub instead: Instead,
}

/// A mapped role, as far as it concerns a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleStanding {
    /// The role.
    pub role: Role,
    /// Whether the account holds it.
    pub held: bool,
    /// The mapped groups that give it to him.
    pub through: Vec<GroupId>,
}

/// By which rules somebody is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// How far a flow goes.
    pub policy: Policy,
    /// What may be taken away without being asked.
    pub limits: &'a Limits,
    /// How people are seen; the directory shows them so, and this is how that is told.
    pub lens: &'a Lens,
}

/// Looks at a person as the user flow would, and writes nothing.
///
/// # Errors
/// What could not be read.
pub async fn explain<D, A, L, Q, C, I>(
    services: &Services<'_, D, A, L, Q, C, I>,
    terms: Terms<'_>,
    user: DirectoryUserId,
) -> Result<Explanation, Failure>
where
    D: DirectoryLook + DirectoryAddresses + DirectoryGroups + GroupMembers + DirectoryPresence,
    A: AccountsFind,
    L: Records + Allowances,
    C: Clock,
    Q: Sync,
    I: Sync,
{
    let Services { directory, accounts, ledger, clock, .. } = services;
    let Terms { mapping, nesting, policy, limits, lens } = terms;
    let record = ledger.record(user).await?;
    let groups: Vec<GroupId> = mapping.groups().collect();
    let mut read = Whole(*directory, nesting).read(&[user], &BTreeSet::new(), &groups).await?;
    let subject = match read.pop() {
        Some(subject) => subject?,
        None => None,
    };
    let Some(subject) = subject else {
        let account = accounts.by_external_id(user).await?.pop();
        let unknown = Explanation {
            user,
            standing: Standing::Unknown,
            within: None,
            substitutes: Vec::new(),
            account,
            roles: Vec::new(),
            plan: None,
            record,
            recorded: true,
            unanswered: None,
        };
        return Ok(unknown);
    };
    let mut planned = Vec::new();
    for found in find(*accounts, &[(&subject, &record.known)]).await {
        planned.push(Planned::new(subject.clone(), found?, mapping, policy));
    }
    ask_after_rivals(*directory, *accounts, &mut planned, mapping, policy).await;
    ask_after_groups(*directory, &mut planned, mapping, policy).await;
    let Some(mut planned) = planned.pop() else {
        return Err(Failure::new(
            format!("explaining directory user {user}"),
            crate::failure::Cause::Inconsistent("nothing was planned for him".to_owned()),
        ));
    };
    planned.held = record.held.clone();
    let now = clock.now();
    let (ruling, untold) = match planned.asked(mapping) {
        None => (None, None),
        Some(asked) => {
            let asked = [asked];
            let (mut window, _) = ledger.window().await?;
            let search = HolderSearch { directory: *directory, accounts: *accounts, mapping, nesting };
            let (holders, untold) = search.others(&asked, &window.lately(now)).await;
            (rule(&asked, &mut window, (limits, &holders), Occasion::Flow, now).pop(), untold)
        }
    };
    let Planned { subject, found, mut plan, left_out, .. } = planned;
    let by = RunId::from_stored("explain".to_owned());
    keep(&mut plan, ruling, record.held.as_ref(), Seen::WHOLE, (&by, now));
    let account = found.by_external_id.into_iter().next().or_else(|| {
        let of_the_plan = |account: &Account| Some(&account.id) == plan.account.as_ref();
        found.by_email.into_iter().find(of_the_plan)
    });
    Ok(Explanation {
        user,
        standing: standing(&subject),
        within: within(&subject, mapping, lens),
        substitutes: substitutes(&subject, &lens.missing),
        roles: roles(subject.groups(), account.as_ref(), mapping),
        account,
        plan: Some(plan),
        record,
        recorded: true,
        unanswered: left_out.or(untold),
    })
}

fn standing(subject: &Subject) -> Standing {
    match subject {
        Subject::Deleted(_) => Standing::Deleted,
        Subject::Present { user, .. } => match user.account_enabled {
            Some(true) => Standing::Enabled,
            Some(false) => Standing::Disabled,
            None => Standing::EnabledUnknown,
        },
        Subject::Member { .. } => Standing::EnabledUnknown,
    }
}

fn within(subject: &Subject, mapping: &Mapping, lens: &Lens) -> Option<Within> {
    let Subject::Present { user, groups, .. } = subject else { return None };
    if lens.takes_everybody(mapping.scope()) {
        return None;
    }
    Some(match groups {
        Membership::Known(groups) => within_scope(user, groups, mapping.scope()),
        Membership::Unread | Membership::LeftAlone => {
            within_scope(user, &KnownGroups::unknown(mapping.scope()), mapping.scope())
        }
    })
}

fn substitutes(subject: &Subject, missing: &MissingFields) -> Vec<Substitute> {
    let Subject::Present { user, .. } = subject else { return Vec::new() };
    let substitute = |field| {
        let (text, instead) = (user.text(field)?.clone(), missing.instead_of(field)?.clone());
        Some(Substitute { field, text, instead })
    };
    user.substituted.iter().filter_map(substitute).collect()
}

fn roles(groups: Option<&KnownGroups>, account: Option<&Account>, mapping: &Mapping) -> Vec<RoleStanding> {
    let held = account.and_then(|account| account.roles.as_deref()).unwrap_or_default();
    let standing = |role: &Role| {
        let through = groups
            .iter()
            .flat_map(|known| &known.member_of)
            .copied()
            .filter(|&group| mapping.roles_of(group).any(|given| *given == role.id))
            .collect();
        let held = held.iter().any(|has| has.id == role.id);
        RoleStanding { role: role.clone(), held, through }
    };
    mapping.roles().map(standing).filter(|role| role.held || !role.through.is_empty()).collect()
}
