use std::fmt;

use crate::domain::{LinkChange, ProfileChanges, Replaced};

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
                write!(f, "\n  + create an account:")?;
                self.changes(f, &new.fields(), None)?;
            }
            Some(ProfileAction::Link { account, patch, replaced }) => {
                write!(f, "\n  ~ link account {account}")?;
                if !patch.changes.is_empty() {
                    f.write_str(" and update")?;
                    self.changes(f, &patch.changes, Some(replaced))?;
                }
            }
            Some(ProfileAction::Update { account, patch, replaced, deactivates }) => {
                let verb = if *deactivates { "- deactivate" } else { "~ update" };
                write!(f, "\n  {verb} account {account}:")?;
                if patch.link == LinkChange::Clear {
                    f.write_str(" external_id")?;
                }
                self.changes(f, &patch.changes, Some(replaced))?;
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
    fn changes(
        &self,
        f: &mut fmt::Formatter<'_>,
        changes: &ProfileChanges,
        replaced: Option<&Replaced>,
    ) -> fmt::Result {
        if self.reveal == Reveal::Ids {
            return changes.fields().iter().try_for_each(|field| write!(f, " {}", field.zenqms_name()));
        }
        for (field, text) in changes.texts() {
            write!(f, " {}={:?}", field.zenqms_name(), text.expose())?;
            match replaced.map(|replaced| replaced.get(field)) {
                Some(Some(before)) => write!(f, " (was {:?})", before.expose())?,
                Some(None) => f.write_str(" (was empty)")?,
                None => {}
            }
        }
        Ok(())
    }
}
