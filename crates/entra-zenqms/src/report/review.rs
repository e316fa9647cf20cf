use std::collections::HashMap;

use initial_sync::Survey;
use jiff::Timestamp;
use sync_core::domain::{
    Account, AccountId, DirectoryUser, DirectoryUserId, Email, ExternalId, Field, GroupId, Leaving, Mapping, Personal,
    Role, RoleId, Within,
};
use sync_core::guard::{HeldPerson, Protected};
use sync_core::plan::{KnownGroups, Reason, RoleReason, within_scope};
use sync_core::ports::{Exception, ParkedPerson};

use crate::when::at;

use super::finding::Finding;

/// A line of the review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) finding: Finding,
    pub(crate) role: Option<(RoleId, String)>,
    pub(crate) user: Option<DirectoryUserId>,
    pub(crate) account: Option<AccountId>,
    pub(crate) name: Option<Personal>,
    pub(crate) email: Option<Personal>,
    pub(crate) in_use: Option<bool>,
    pub(crate) through: Vec<GroupId>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) because: Option<String>,
}

/// What the ledger and the settings know besides.
pub(crate) struct OnRecord<'a> {
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) held: Vec<HeldPerson>,
    pub(crate) parked: Vec<ParkedPerson>,
    pub(crate) protected: &'a Protected,
    /// Whether there is a stack that would have put it there, and takes what is to be taken.
    pub(crate) is_recorded: bool,
}

/// Goes through both services as they were read: who has what, and why.
pub(crate) fn review(
    survey: &Survey,
    mapping: &Mapping,
    roles: &HashMap<RoleId, Role>,
    on_record: OnRecord<'_>,
) -> Vec<Line> {
    let OnRecord { exceptions, held, parked, protected, is_recorded } = on_record;
    let unknown = exceptions.iter().filter(|exception| exception.code == Reason::NotInDirectory.code());
    let reviewer = Reviewer {
        survey,
        mapping,
        roles,
        unknown: unknown.map(|exception| (exception.user, exception.because.clone())).collect(),
        held: held.into_iter().map(|held| (held.withdrawal.user, held)).collect(),
        parked: parked.into_iter().map(|parked| (parked.user, parked.because)).collect(),
        protected,
        is_recorded,
    };
    let mut lines: Vec<Line> = survey.accounts.iter().flat_map(|account| reviewer.account(&account)).collect();
    lines.extend(exceptions.into_iter().flat_map(|exception| reviewer.exception(&exception)));
    lines.sort_by_cached_key(|line| {
        let role = line.role.as_ref().map(|(id, name)| (name.clone(), id.to_string()));
        let account = line.account.as_ref().map(ToString::to_string);
        (line.finding, role, line.name.clone(), account, line.user)
    });
    lines
}

struct Reviewer<'a> {
    survey: &'a Survey,
    mapping: &'a Mapping,
    roles: &'a HashMap<RoleId, Role>,
    held: HashMap<DirectoryUserId, HeldPerson>,
    parked: HashMap<DirectoryUserId, String>,
    /// Why the accounts of those stay in use whom Entra ID does not know.
    unknown: HashMap<DirectoryUserId, String>,
    protected: &'a Protected,
    is_recorded: bool,
}

const SEVERAL: &str = "several accounts are linked to this person, and nothing is written to any of them";
const NOT_LISTED: &str = "not among the people whom Entra ID lists";

impl Reviewer<'_> {
    fn account(&self, account: &Account) -> Vec<Line> {
        let Some(ExternalId::Directory(user)) = account.external_id else {
            let foreign = account.external_id.is_some().then(|| "its external_id is no id of Entra ID".to_owned());
            let mut lines = vec![Line { because: foreign, ..line(Finding::LinkedToNobody, account) }];
            lines.extend(self.given(account).map(|role| {
                let mapped = self.mapping.is_mapped(&role).then(|| "the account is linked to nobody".to_owned());
                Line { because: mapped, role: Some(self.named(&role)), ..line(Finding::RoleByHand, account) }
            }));
            return lines;
        };
        let mut lines: Vec<Line> = self.in_use(account, user).into_iter().collect();
        lines.extend(self.roles_of(account, user));
        if lines.is_empty() && account.is_active != Some(false) {
            lines.push(line(Finding::NoRole, account));
        }
        lines.into_iter().map(|line| Line { user: Some(user), ..line }).collect()
    }

    /// Whether the account is in use although its person may not sign in.
    fn in_use(&self, account: &Account, user: DirectoryUserId) -> Option<Line> {
        if account.is_active == Some(false) {
            return None;
        }
        let standing = match self.survey.users.get(&user) {
            Some(DirectoryUser { account_enabled: Some(false), .. }) => "disabled in Entra ID",
            Some(person) if person.is_unreadable() => return None,
            Some(person) => {
                let Within::Outside(outside) = self.within(person) else { return None };
                if self.mapping.scope().leaving == Leaving::Keep {
                    return Some(Line { because: Some(outside.to_string()), ..line(Finding::OutOfScope, account) });
                }
                outside.as_str()
            }
            None => NOT_LISTED,
        };
        let held = self.held.get(&user).filter(|held| held.withdrawal.deactivates);
        let why = self.why_yet(account, user, held);
        Some(Line { because: Some(format!("{standing}; {why}")), ..line(Finding::InUse, account) })
    }

    fn within(&self, person: &DirectoryUser) -> Within {
        let groups = self.survey.memberships.of(person.id, self.survey.accounts.slot_of(person.id));
        within_scope(person, &groups, self.mapping.scope())
    }

    /// Why nothing is given to somebody and nothing taken, if the scope is why.
    fn left_alone(&self, user: DirectoryUserId) -> Option<String> {
        match self.within(self.survey.users.get(&user)?) {
            Within::Inside => None,
            Within::Outside(outside) => Some(Reason::OutOfScope(outside).to_string()),
            Within::Untold => Some(Reason::ScopeUntold.to_string()),
        }
    }

    fn roles_of(&self, account: &Account, user: DirectoryUserId) -> Vec<Line> {
        if account.roles.is_none() {
            let unknown = Some(RoleReason::RolesUnknown.to_string());
            return vec![Line { because: unknown, ..line(Finding::RoleStays, account) }];
        }
        let groups = self.survey.memberships.of(user, self.survey.accounts.slot_of(user));
        self.given(account).filter_map(|role| self.role(account, user, &role, &groups)).collect()
    }

    fn role(&self, account: &Account, user: DirectoryUserId, role: &RoleId, groups: &KnownGroups) -> Option<Line> {
        let of = |finding, because: Option<String>| {
            Some(Line { role: Some(self.named(role)), because, ..line(finding, account) })
        };
        if !self.mapping.is_mapped(role) {
            return of(Finding::RoleByHand, None);
        }
        let several = self.survey.accounts.slot_of(user).is_none().then(|| SEVERAL.to_owned());
        let readable = self.survey.users.get(&user).filter(|person| !person.is_unreadable());
        let stays = several.or_else(|| readable.and_then(|_| self.left_alone(user)));
        let giving = || self.mapping.groups_giving(role);
        let through: Vec<GroupId> = giving().filter(|group| groups.member_of.contains(group)).collect();
        if !through.is_empty() {
            return of(Finding::Holds, stays).map(|line| Line { through, ..line });
        }
        if stays.is_some() {
            return of(Finding::RoleStays, stays);
        }
        match self.survey.users.get(&user) {
            Some(person) if person.is_unreadable() => {
                return of(Finding::RoleStays, Some(Reason::Unreadable.to_string()));
            }
            Some(_) => {}
            None => {
                let why = format!("{NOT_LISTED}: the account is what he loses, and roles stay with it");
                return of(Finding::RoleStays, Some(why));
            }
        }
        let unread = giving().find(|group| groups.unread.contains(group));
        let empty = unread.filter(|&group| self.survey.memberships.is_empty(group));
        if let Some(group) = empty {
            let why = format!("the list of group {group} is empty: whoever holds the role is asked after singly");
            return of(Finding::RoleStays, Some(why));
        }
        if let Some(group) = unread {
            return of(Finding::RoleStays, Some(RoleReason::GroupUnread { role: role.clone(), group }.to_string()));
        }
        let held = self.held.get(&user).filter(|held| held.withdrawal.roles.contains(role));
        of(Finding::RoleWithoutGroup, Some(self.why_yet(account, user, held)))
    }

    /// The roles that somebody can have given: ZenQMS gives the default ones to everybody, whichever of its lists says which those
    /// are.
    fn given(&self, account: &Account) -> impl Iterator<Item = RoleId> {
        let is_default = |id: &RoleId| {
            let known = self.roles.get(id).into_iter().chain(self.mapping.role(id));
            known.into_iter().any(|role| role.is_default)
        };
        let roles = account.roles.iter().flatten().filter(|role| !role.is_default && !is_default(&role.id));
        roles.map(|role| role.id.clone()).collect::<Vec<_>>().into_iter()
    }

    fn named(&self, role: &RoleId) -> (RoleId, String) {
        let known = self.roles.get(role).or_else(|| self.mapping.role(role));
        (role.clone(), known.map(|role| role.name.clone()).unwrap_or_default())
    }

    /// Why something that is to be taken from somebody was not taken yet.
    fn why_yet(&self, account: &Account, user: DirectoryUserId, held: Option<&HeldPerson>) -> String {
        if self.protected.contains(user, &account.id) {
            return "protected by the setting ProtectedPeople".to_owned();
        }
        if self.survey.accounts.slot_of(user).is_none() {
            return SEVERAL.to_owned();
        }
        if let Some(held) = held {
            return format!("{} (since {})", held.because, at(held.since));
        }
        if let Some(because) = self.parked.get(&user) {
            return format!("parked: {because}");
        }
        match (self.unknown.get(&user), self.survey.users.contains_key(&user)) {
            (Some(because), _) => because.clone(),
            (None, _) if !self.is_recorded => "a run takes it, as far as the limits allow".to_owned(),
            (None, true) => "the next look takes it".to_owned(),
            (None, false) => "the next full run asks after him".to_owned(),
        }
    }

    /// A line for each of his accounts, or one.
    fn exception(&self, exception: &Exception) -> Vec<Line> {
        let Exception { user, because, since, .. } = exception;
        let person = self.survey.users.get(user);
        let linked = self.survey.accounts.candidates(*user, None).by_external_id;
        let mut known: Vec<Line> = linked.iter().map(|account| line(Finding::Exception, account)).collect();
        if known.is_empty() {
            known.push(person.map_or_else(|| nobody(Finding::Exception), of_person));
        }
        let told = |known| Line { user: Some(*user), since: Some(*since), because: Some(because.clone()), ..known };
        known.into_iter().map(told).collect()
    }
}

/// What Entra ID itself says of a person; what stands in for something is left out.
fn of_person(person: &DirectoryUser) -> Line {
    let own = |field| person.text(field).filter(|_| person.substituted.iter().all(|substituted| substituted != field));
    Line {
        name: name(own(Field::FirstName), own(Field::LastName)),
        email: own(Field::Email).cloned(),
        ..nobody(Finding::Exception)
    }
}

const fn nobody(finding: Finding) -> Line {
    Line {
        finding,
        role: None,
        user: None,
        account: None,
        name: None,
        email: None,
        in_use: None,
        through: Vec::new(),
        since: None,
        because: None,
    }
}

fn line(finding: Finding, account: &Account) -> Line {
    Line {
        account: Some(account.id.clone()),
        name: name(account.first_name.as_ref(), account.last_name.as_ref()),
        email: account.email.as_ref().map(Email::as_personal).cloned(),
        in_use: account.is_active,
        ..nobody(finding)
    }
}

fn name(first: Option<&Personal>, last: Option<&Personal>) -> Option<Personal> {
    let both: Vec<&str> = [first, last].into_iter().flatten().map(Personal::expose).collect();
    Personal::trimmed(&both.join(" "))
}
