use super::{DirectoryUserId, Email, Field, FieldSet, Personal, Profile, Within};

/// A person as the directory describes them: texts trimmed, blank ones absent. Every property but the id may be missing
/// (Graph's schema makes all of them nullable).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The object id.
    pub id: DirectoryUserId,
    /// `mail`
    pub mail: Option<Email>,
    /// `givenName`
    pub given_name: Option<Personal>,
    /// `surname`
    pub surname: Option<Personal>,
    /// `jobTitle`
    pub job_title: Option<Personal>,
    /// `accountEnabled`; `None` means unknown, which is not the same as disabled.
    pub account_enabled: Option<bool>,
    /// The fields that the directory lacks, and that hold what [`MissingFields`](super::MissingFields) says instead.
    pub substituted: FieldSet,
    /// Whether he is in the scope, as far as his own properties tell.
    pub within: Within,
}

impl DirectoryUser {
    /// The four required fields, or the names of those that are missing.
    ///
    /// # Errors
    /// The fields that the directory lacks.
    pub fn profile(&self) -> Result<Profile, FieldSet> {
        match (&self.mail, &self.given_name, &self.surname, &self.job_title) {
            (Some(email), Some(first_name), Some(last_name), Some(title)) => Ok(Profile {
                email: email.clone(),
                first_name: first_name.clone(),
                last_name: last_name.clone(),
                title: title.clone(),
            }),
            _ => Err(self.missing()),
        }
    }

    pub(super) fn missing(&self) -> FieldSet {
        Field::REQUIRED.into_iter().filter(|&field| self.text(field).is_none()).collect()
    }

    /// What stands in a required field.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&Personal> {
        match field {
            Field::Email => self.mail.as_ref().map(Email::as_personal),
            Field::FirstName => self.given_name.as_ref(),
            Field::LastName => self.surname.as_ref(),
            Field::Title => self.job_title.as_ref(),
            Field::IsActive => None,
        }
    }

    /// Puts a text, trimmed, into a required field that the directory lacks; a blank one fills nothing.
    pub(super) fn substitute(&mut self, field: Field, text: &str) {
        let text = Personal::trimmed(text);
        match field {
            Field::Email => self.mail = text.as_ref().and_then(|text| Email::new(text.expose())),
            Field::FirstName => self.given_name = text,
            Field::LastName => self.surname = text,
            Field::Title => self.job_title = text,
            Field::IsActive => {}
        }
        if self.text(field).is_some() {
            self.substituted.insert(field);
        }
    }

    /// Whether nothing but the id is there. Graph answers so when the app may not read users ("limited information"), so
    /// it is the symptom of a missing permission, never a description of a person.
    #[must_use]
    pub const fn is_unreadable(&self) -> bool {
        self.mail.is_none()
            && self.given_name.is_none()
            && self.surname.is_none()
            && self.job_title.is_none()
            && self.account_enabled.is_none()
    }
}
