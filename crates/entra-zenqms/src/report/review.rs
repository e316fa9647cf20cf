use std::collections::HashMap;

use initial_sync::Survey;
use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::{
    Account, AccountId, DirectoryUser, DirectoryUserId, Email, ExternalId, GroupId, Mapping, Personal, RoleId,
};
use sync_core::guard::{HeldPerson, Protected};
use sync_core::plan::{KnownGroups, Reason, RoleReason, plan_roles};
use sync_core::ports::Exception;

/// What is said of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Finding {
    /// His account is in use, and Entra ID does not let him sign in.
    InUse,
    /// He holds a mapped role that no group gives him.
    RoleWithoutGroup,
    /// He holds a role that is not mapped, or his account is linked to nobody: somebody gave it by hand.
    RoleByHand,
    /// An account that is linked to nobody.
    LinkedToNobody,
    /// He is not in line with Entra ID until somebody mends what is wrong.
    Exception,
    /// He holds a mapped role through a group.
    Holds,
}

impl Finding {
    /// In the order in which they are shown: what asks for somebody first.
    pub(crate) const ALL: [Self; 6] =
        [Self::InUse, Self::RoleWithoutGroup, Self::RoleByHand, Self::LinkedToNobody, Self::Exception, Self::Holds];

    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::InUse => "Accounts in use whose people may not sign in",
            Self::RoleWithoutGroup => "Mapped roles that no group gives",
            Self::RoleByHand => "Roles given by hand",
            Self::LinkedToNobody => "Accounts linked to nobody",
            Self::Exception => "People who are not in line with Entra ID",
            Self::Holds => "Roles held through groups",
        }
    }

    /// What is to be done about it, or why it is there.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::InUse => {
                "Whoever is disabled in Entra ID, deleted or not there is not to have an account in use. What waits for approval: \
                 entra-zenqms held."
            }
            Self::RoleWithoutGroup => "The next look takes these, unless it says here why not.",
            Self::RoleByHand => {
                "Roles that are not mapped to any group, and those of accounts that are linked to nobody: the integration neither gives nor \
                 takes them."
            }
            Self::LinkedToNobody => {
                "No person of Entra ID is on record in these accounts. The integration leaves them alone until an e-mail address \
                 matches."
            }
            Self::Exception => "They are looked at again with each change. Mend it in Entra ID or in ZenQMS.",
            Self::Holds => "Each of them holds the role for as long as one of these groups gives it.",
        }
    }

    /// Whether somebody has what he is not to have.
    pub(crate) const fn is_wrong(self) -> bool {
        matches!(self, Self::InUse | Self::RoleWithoutGroup)
    }
}

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
    pub(crate) protected: &'a Protected,
}

/// Goes through both services as they were read: who has what, and why.
pub(crate) fn review(
    survey: &Survey,
    mapping: &Mapping,
    names: &HashMap<RoleId, String>,
    on_record: OnRecord<'_>,
) -> Vec<Line> {
    let held = on_record.held.into_iter().map(|held| (held.withdrawal.user, held)).collect();
    let unknown = on_record.exceptions.iter().filter(|exception| exception.code == Reason::NotInDirectory.code());
    let unknown = unknown.map(|exception| (exception.user, exception.because.clone())).collect();
    let reviewer = Reviewer { survey, mapping, names, held, unknown, protected: on_record.protected };
    let mut lines: Vec<Line> = survey.accounts.iter().flat_map(|account| reviewer.account(&account)).collect();
    lines.extend(on_record.exceptions.into_iter().map(|exception| reviewer.exception(exception)));
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
    names: &'a HashMap<RoleId, String>,
    held: HashMap<DirectoryUserId, HeldPerson>,
    /// Why the accounts of those stay in use whom Entra ID does not know.
    unknown: HashMap<DirectoryUserId, String>,
    protected: &'a Protected,
}

impl Reviewer<'_> {
    fn account(&self, account: &Account) -> Vec<Line> {
        let mut lines = Vec::new();
        match account.external_id {
            Some(ExternalId::Directory(user)) => {
                lines.extend(self.in_use(account, user));
                lines.extend(self.roles(account, Some(user)));
            }
            Some(ExternalId::Foreign(_)) => {
                let because = "its external_id is no id of Entra ID".to_owned();
                lines.push(Line { because: Some(because), ..line(Finding::LinkedToNobody, account) });
                lines.extend(self.roles(account, None));
            }
            None => {
                lines.push(line(Finding::LinkedToNobody, account));
                lines.extend(self.roles(account, None));
            }
        }
        lines
    }

    /// Whether the account is in use although its person may not sign in.
    fn in_use(&self, account: &Account, user: DirectoryUserId) -> Option<Line> {
        if account.is_active == Some(false) {
            return None;
        }
        let standing = match self.survey.users.get(&user) {
            Some(DirectoryUser { account_enabled: Some(false), .. }) => "disabled in Entra ID",
            Some(_) => return None,
            None => "not among the people whom Entra ID lists",
        };
        let held = self.held.get(&user).filter(|held| held.withdrawal.deactivates);
        // Of whom Entra ID knows nothing at all a look has found that out.
        let why = self.unknown.get(&user).cloned().unwrap_or_else(|| self.kept(account, user, held));
        Some(Line {
            user: Some(user),
            because: Some(format!("{standing}; {why}")),
            since: held.map(|held| held.since),
            ..line(Finding::InUse, account)
        })
    }

    fn roles(&self, account: &Account, user: Option<DirectoryUserId>) -> Vec<Line> {
        let groups = user.map(|user| self.survey.memberships.of(user, self.survey.accounts.slot_of(user)));
        let groups = groups.unwrap_or_default();
        let held = account.roles.as_deref();
        let reasons = plan_roles(held, &groups, self.mapping).reasons;
        let roles = held.unwrap_or_default().iter().filter(|role| !role.is_default);
        roles.filter_map(|role| self.role(account, user, &role.id, &groups, &reasons)).collect()
    }

    fn role(
        &self,
        account: &Account,
        user: Option<DirectoryUserId>,
        role: &RoleId,
        groups: &KnownGroups,
        reasons: &[RoleReason],
    ) -> Option<Line> {
        let name = self.names.get(role).or_else(|| self.mapping.role(role).map(|role| &role.name));
        let line = |finding| Line {
            user,
            role: Some((role.clone(), name.cloned().unwrap_or_default())),
            ..line(finding, account)
        };
        if !self.mapping.is_mapped(role) {
            return Some(line(Finding::RoleByHand));
        }
        let through: Vec<GroupId> =
            self.mapping.groups_giving(role).filter(|group| groups.member_of.contains(group)).collect();
        if !through.is_empty() {
            return Some(Line { through, ..line(Finding::Holds) });
        }
        let Some(user) = user else {
            let because = "the account is linked to nobody".to_owned();
            return Some(Line { because: Some(because), ..line(Finding::RoleByHand) });
        };
        let stays = reasons.iter().find(|reason| match reason {
            RoleReason::GroupUnread { role: stays, .. } | RoleReason::DefaultRole(stays) => stays == role,
            RoleReason::RolesUnknown | RoleReason::MembershipUnread | RoleReason::Held(_) => false,
        });
        if let Some(RoleReason::DefaultRole(_)) = stays {
            return None;
        }
        let held = self.held.get(&user).filter(|held| held.withdrawal.roles.contains(role));
        let because = stays.map_or_else(|| self.kept(account, user, held), ToString::to_string);
        Some(Line { because: Some(because), since: held.map(|held| held.since), ..line(Finding::RoleWithoutGroup) })
    }

    /// Why something was not taken from somebody yet.
    fn kept(&self, account: &Account, user: DirectoryUserId, held: Option<&HeldPerson>) -> String {
        if self.protected.contains(user, &account.id) {
            return "protected by the setting ProtectedPeople".to_owned();
        }
        held.map_or_else(|| "the next look takes it".to_owned(), |held| held.because.to_string())
    }

    fn exception(&self, exception: Exception) -> Line {
        let Exception { user, because, since, .. } = exception;
        let person = self.survey.users.get(&user);
        let linked = self.survey.accounts.candidates(user, None).by_external_id;
        let account = match linked.as_slice() {
            [account] => Some(account),
            _ => None,
        };
        let of_account = account.map(|account| line(Finding::Exception, account));
        let of_person = person.map(|person| Line {
            name: name(person.given_name.as_ref(), person.surname.as_ref()),
            email: person.mail.as_ref().map(Email::as_personal).cloned(),
            ..nobody(Finding::Exception)
        });
        let known = of_account.or(of_person).unwrap_or_else(|| nobody(Finding::Exception));
        Line { user: Some(user), since: Some(since), because: Some(because), ..known }
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
