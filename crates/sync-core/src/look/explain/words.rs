use jiff::Timestamp;

use crate::domain::{Account, GroupId, Instead, Within};
use crate::guard::{HeldPerson, Withdrawal};
use crate::plan::{Reason, Reveal};

use super::{Explanation, RoleStanding, Standing, Substitute};

const NO_RECORD: &str = "There is no record to ask: who has linked him, whether something is kept back from him, whether he is parked or an \
                         exception, and when he was last looked at, is not known.";

impl Explanation {
    /// In sentences: what the directory says, whether he is in the scope, what stands in for what it does not say, which account that is, which roles through which groups, what was left out and why,
    /// what is on record, and what the next look would do.
    #[must_use]
    pub fn sentences(&self, reveal: Reveal) -> Vec<String> {
        let mut sentences = vec![self.standing.sentence().to_owned()];
        // Of somebody outside it is said why, among what is left out.
        sentences.extend((self.within == Some(Within::Inside)).then(|| "He is in the scope.".to_owned()));
        sentences.push(self.account());
        sentences.extend(self.substitutes.iter().map(|substitute| substitute.sentence(reveal)));
        let is_inside = self.within.is_none_or(|within| within == Within::Inside);
        sentences.extend(self.roles.iter().map(|role| role.sentence(is_inside)));
        if self.roles.is_empty() && self.plan.is_some() {
            sentences
                .push("No mapped group gives him a role, and the account holds none of the mapped ones.".to_owned());
        }
        sentences.extend(self.left_out());
        sentences.extend(self.record.held.as_ref().map(kept_back));
        if let Some(parked) = &self.record.parked {
            sentences.push(format!("Parked since {}: {}.", second(parked.at), parked.because));
        }
        if let Some(exception) = &self.record.exception {
            let since = second(exception.since);
            sentences.push(format!("On the list of exceptions since {since}: {}.", exception.because));
        }
        if let Some(read) = self.record.known.read_at {
            sentences.push(format!("Last looked at {}.", second(read)));
        }
        sentences.extend((!self.recorded).then(|| NO_RECORD.to_owned()));
        sentences.push(self.next(reveal));
        sentences
    }

    fn account(&self) -> String {
        let Some(Account { id, is_active, external_id, .. }) = &self.account else {
            return "No account is his.".to_owned();
        };
        let state = match is_active {
            Some(true) => "in use",
            Some(false) => "not in use",
            None => "perhaps in use; ZenQMS does not say",
        };
        let link = match &self.record.link {
            Some(link) if link.account == *id => {
                format!("linked by this integration on {}, by {}", second(link.set_at), link.set_by)
            }
            _ if external_id.is_some() && !self.recorded => "linked to him".to_owned(),
            _ if external_id.is_some() => "linked to him by somebody else than this integration".to_owned(),
            _ => "which carries his address and is not linked yet".to_owned(),
        };
        format!("Account {id} is his: {link}; it is {state}.")
    }

    /// Why something was left out; that nothing differs is what the last sentence says.
    fn left_out(&self) -> Vec<String> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let profile =
            plan.profile.reasons.iter().filter(|reason| **reason != Reason::Unchanged).map(ToString::to_string);
        let reasons = profile.chain(plan.roles.reasons.iter().map(ToString::to_string));
        let mut sentences: Vec<String> = reasons.map(|reason| format!("Left out: {reason}.")).collect();
        sentences.extend(self.unanswered.as_ref().map(|failure| format!("Left out, since {failure}.")));
        sentences
    }

    fn next(&self, reveal: Reveal) -> String {
        match &self.plan {
            None => "The next look would write nothing: not being found is no reason to take anything away.".to_owned(),
            Some(plan) if plan.is_empty() => "The next look would write nothing.".to_owned(),
            Some(plan) => format!("The next look would write, for {}", plan.describe(reveal)),
        }
    }
}

impl Standing {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Enabled => "Entra ID has him, and he may sign in.",
            Self::Disabled => "Entra ID has him, and he may not sign in: his account is not to be in use.",
            Self::EnabledUnknown => {
                "Entra ID has him, and does not say whether he may sign in: whether his account is in use is left alone."
            }
            Self::Deleted => "Entra ID has deleted him: his account is not to be in use.",
            Self::Unknown => "Entra ID knows nothing of him, neither among the living nor among the deleted.",
        }
    }
}

impl Substitute {
    /// The text is shown only to whoever asked for values: it may be somebody's name or address.
    fn sentence(&self, reveal: Reveal) -> String {
        let Self { field, text, instead } = self;
        let what = match reveal {
            Reveal::Values => format!("`{}`", text.expose()),
            Reveal::Ids => "a substitute".to_owned(),
        };
        let gives = match instead {
            Instead::Text(_) => "gives this text".to_owned(),
            Instead::Attribute(attribute) => format!("takes {attribute} instead"),
        };
        let (title, lacks) = (field.zenqms_name(), field.directory_name());
        format!("His {title} is {what}: Entra ID has no {lacks}, and the setting MissingFields {gives}.")
    }
}

impl RoleStanding {
    fn sentence(&self, is_inside: bool) -> String {
        let Self { role, held, through } = self;
        let name = format!("{} ({})", role.name, role.id);
        match (held, through.as_slice()) {
            (true, []) if role.is_default => format!("Holds the role {name}, which ZenQMS gives to everybody."),
            (true, []) => format!("Holds the role {name}, which no mapped group gives him."),
            (true, groups) => format!("Holds the role {name} through {}.", list(groups)),
            (false, groups) if !is_inside => {
                format!("Would hold the role {name} through {}, if he were in the scope.", list(groups))
            }
            (false, groups) => format!("Is to hold the role {name} through {}, and does not yet.", list(groups)),
        }
    }
}

fn list(groups: &[GroupId]) -> String {
    let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
    format!("{} {}", if groups.len() == 1 { "group" } else { "groups" }, groups.join(", "))
}

fn kept_back(held: &HeldPerson) -> String {
    let HeldPerson { withdrawal: Withdrawal { deactivates, roles, .. }, because, since, by, approval, .. } = held;
    let account = deactivates.then(|| "the account".to_owned()).into_iter();
    let what: Vec<String> = account.chain(roles.iter().map(|role| format!("role {role}"))).collect();
    let approval = match approval {
        Some(approval) => format!(
            "Approved {} by {} ({}), until {}.",
            second(approval.at),
            approval.by,
            approval.why,
            second(approval.until)
        ),
        None => "Nobody has approved it.".to_owned(),
    };
    let (what, since) = (what.join(", "), second(*since));
    format!("He would lose {what}, {because}. On record since {since}, by {by}. {approval}")
}

/// To the second: fractions tell nobody anything.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
