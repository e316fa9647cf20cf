use std::fmt;

use crate::domain::{LinkChange, ProfileChanges};

use super::{ProfileAction, UserPlan};

/// Whether a plan is shown with the values it would write. Values are personal data: they belong on the screen of
/// somebody who asked, never in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    /// Ids and field names only.
    Ids,
    /// Values, too.
    Values,
}

impl UserPlan {
    /// The plan in words: a line per write, a line per reason.
    #[must_use]
    pub fn describe(&self, reveal: Reveal) -> impl fmt::Display + '_ {
        Described { plan: self, reveal }
    }
}

struct Described<'a> {
    plan: &'a UserPlan,
    reveal: Reveal,
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        write!(f, "directory user {}", plan.user)?;
        match &plan.profile.action {
            None => {}
            Some(ProfileAction::Create(new)) => {
                let changes = ProfileChanges {
                    email: Some(new.profile.email.clone()),
                    first_name: Some(new.profile.first_name.clone()),
                    last_name: Some(new.profile.last_name.clone()),
                    title: Some(new.profile.title.clone()),
                    is_active: Some(new.is_active),
                };
                write!(f, "\n  + create an account:")?;
                self.changes(f, &changes)?;
            }
            Some(ProfileAction::Link { account, patch }) => {
                write!(f, "\n  ~ link account {account}")?;
                if !patch.changes.is_empty() {
                    f.write_str(" and update")?;
                    self.changes(f, &patch.changes)?;
                }
            }
            Some(ProfileAction::Update { account, patch, deactivates }) => {
                let verb = if *deactivates { "- deactivate" } else { "~ update" };
                write!(f, "\n  {verb} account {account}:")?;
                if patch.link == LinkChange::Clear {
                    f.write_str(" external_id")?;
                }
                self.changes(f, &patch.changes)?;
            }
        }
        for role in &plan.roles.add {
            write!(f, "\n  + give role {role}")?;
        }
        for role in &plan.roles.remove {
            write!(f, "\n  - take role {role}")?;
        }
        for reason in &plan.profile.reasons {
            write!(f, "\n  = {reason}")?;
        }
        for reason in &plan.roles.reasons {
            write!(f, "\n  = {reason}")?;
        }
        Ok(())
    }
}

impl Described<'_> {
    fn changes(&self, f: &mut fmt::Formatter<'_>, changes: &ProfileChanges) -> fmt::Result {
        let state = changes.is_active.map(|active| active.to_string());
        let values = [
            changes.email.as_ref().map(crate::domain::Email::expose),
            changes.first_name.as_ref().map(crate::domain::Personal::expose),
            changes.last_name.as_ref().map(crate::domain::Personal::expose),
            changes.title.as_ref().map(crate::domain::Personal::expose),
            state.as_deref(),
        ];
        for (field, value) in changes.fields().iter().zip(values.into_iter().flatten()) {
            match self.reveal {
                Reveal::Ids => write!(f, " {}", field.zenqms_name())?,
                Reveal::Values => write!(f, " {}={value:?}", field.zenqms_name())?,
            }
        }
        Ok(())
    }
}
