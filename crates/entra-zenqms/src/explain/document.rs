use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::{AccountId, DirectoryUserId, GroupId, RoleId};
use sync_core::guard::{HeldPerson, Kind};
use sync_core::look::{Explanation, RoleStanding, Standing};
use sync_core::plan::{HeldBecause, Reveal, UserPlan};
use sync_core::ports::{Exception, ParkedPerson};

/// An explanation as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    user: DirectoryUserId,
    standing: &'static str,
    /// The fields of ZenQMS for which something stands in, since Entra ID lacks them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    substitutes: Vec<&'static str>,
    account: Option<&'a AccountId>,
    roles: Vec<RoleEntry<'a>>,
    /// Why things are left out, by the reasons' names in counts and metrics.
    reasons: Reasons,
    /// What is on record as kept back.
    kept_back: Option<&'a HeldPerson>,
    parked: Option<RecordEntry<'a>>,
    /// Why he is on the list of exceptions.
    exception: Option<RecordEntry<'a>>,
    next_look_writes: bool,
    /// Whether something is to be done, by the next look or by somebody.
    pub(super) waits: bool,
    sentences: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RoleEntry<'a> {
    id: &'a RoleId,
    name: &'a str,
    held: bool,
    through: &'a [GroupId],
}

#[derive(Debug, Default, Serialize)]
struct Reasons {
    profile: Vec<&'static str>,
    roles: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct RecordEntry<'a> {
    code: &'a str,
    since: Timestamp,
    because: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn of(explanation: &'a Explanation, reveal: Reveal) -> Self {
        let Explanation { user, standing, substitutes, account, roles, plan, record, .. } = explanation;
        let next_look_writes = plan.as_ref().is_some_and(|plan| !plan.is_empty());
        let keeps_back = plan.as_ref().is_some_and(keeps_back);
        Self {
            user: *user,
            standing: name(*standing),
            substitutes: substitutes.iter().map(|substitute| substitute.field.zenqms_name()).collect(),
            account: account.as_ref().map(|account| &account.id),
            roles: roles.iter().map(RoleEntry::of).collect(),
            reasons: plan.as_ref().map(Reasons::of).unwrap_or_default(),
            kept_back: record.held.as_ref(),
            parked: record.parked.as_ref().map(RecordEntry::of_parked),
            exception: record.exception.as_ref().map(RecordEntry::of_exception),
            next_look_writes,
            waits: next_look_writes || keeps_back || record.held.is_some() || record.parked.is_some(),
            sentences: explanation.sentences(reveal),
        }
    }
}

/// Whether the next look would keep something back that can be approved.
fn keeps_back(plan: &UserPlan) -> bool {
    Kind::ALL.into_iter().filter_map(|kind| plan.kept_back(kind)).any(HeldBecause::waits)
}

const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Enabled => "enabled",
        Standing::Disabled => "disabled",
        Standing::EnabledUnknown => "enabled_unknown",
        Standing::Deleted => "deleted",
        Standing::Unknown => "unknown",
    }
}

impl<'a> RoleEntry<'a> {
    fn of(standing: &'a RoleStanding) -> Self {
        let RoleStanding { role, held, through } = standing;
        Self { id: &role.id, name: &role.name, held: *held, through }
    }
}

impl Reasons {
    fn of(plan: &UserPlan) -> Self {
        Self {
            profile: plan.profile.reasons.iter().map(sync_core::plan::Reason::code).collect(),
            roles: plan.roles.reasons.iter().map(sync_core::plan::RoleReason::code).collect(),
        }
    }
}

impl<'a> RecordEntry<'a> {
    fn of_parked(parked: &'a ParkedPerson) -> Self {
        Self { code: &parked.code, since: parked.at, because: &parked.because }
    }

    fn of_exception(exception: &'a Exception) -> Self {
        Self { code: &exception.code, since: exception.since, because: &exception.because }
    }
}
