use crate::domain::{Account, DirectoryUserId, Email, ExternalId, Field};

use super::{Answer, Answered, FieldChange, Intent, Outcome, RecordedField, RoleChange, Write};

impl Intent {
    /// What became of it, by what the person's accounts show since: for intents whose answer was lost, or taken by somebody who
    /// did not live to tell. `number` is the intent's.
    #[must_use]
    pub fn seen<'s>(
        &self,
        number: u64,
        user: DirectoryUserId,
        mut accounts: impl Iterator<Item = &'s Account>,
    ) -> Outcome {
        let is_meant = |account: &&Account| match &self.account {
            Some(id) => account.id == *id,
            None => account.is_linked_to(user),
        };
        let account = accounts.find(is_meant);
        let answers = self.writes().map(|write| {
            let answer = match (account, write) {
                (Some(account), Write::Account) => told(Some(self.fields.iter().all(|change| shows(account, change)))),
                (Some(account), Write::RolesGiven) => told(holds(account, &self.given, true)),
                (Some(account), Write::RolesTaken) => told(holds(account, &self.taken, false)),
                // An account that was to be created, and that nobody is linked to.
                (None, _) if self.account.is_none() => Answer::NotShown,
                (None, _) => Answer::NotTold,
            };
            Answered { write, answer }
        });
        let answers = answers.collect();
        Outcome { of: number, account: account.map(|account| account.id.clone()), answers }
    }
}

const fn told(shown: Option<bool>) -> Answer {
    match shown {
        Some(true) => Answer::Shown,
        Some(false) => Answer::NotShown,
        None => Answer::NotTold,
    }
}

fn shows(account: &Account, change: &FieldChange) -> bool {
    match change.field {
        RecordedField::Link => {
            let wanted = change.to.as_ref().and_then(|to| ExternalId::new(to.expose()));
            account.external_id == wanted
        }
        RecordedField::Profile(Field::Email) => {
            account.email == change.to.as_ref().and_then(|to| Email::new(to.expose()))
        }
        RecordedField::Profile(field) => account.text(field) == change.to,
    }
}

/// Whether the account holds all of these roles, or none of them.
fn holds(account: &Account, roles: &[RoleChange], wanted: bool) -> Option<bool> {
    let held = account.roles.as_ref()?;
    Some(roles.iter().all(|change| held.iter().any(|role| role.id == change.role) == wanted))
}
