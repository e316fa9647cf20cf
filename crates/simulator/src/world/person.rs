use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Somebody in the directory. Every text may be missing, as every property of a Graph user is nullable; texts are
/// shared, because a million people have a few hundred first names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The object id. Never changes.
    pub id: Uuid,
    /// The mail address; absent where there is no mailbox.
    pub mail: Option<Arc<str>>,
    /// The name to sign in with.
    pub user_principal_name: Option<Arc<str>>,
    /// The first name.
    pub given_name: Option<Arc<str>>,
    /// The last name.
    pub surname: Option<Arc<str>>,
    /// The job title.
    pub job_title: Option<Arc<str>>,
    /// The name as the address book shows it.
    pub display_name: Option<Arc<str>>,
    /// Whether the person may sign in; `None` is rare and means that the directory does not say.
    pub account_enabled: Option<bool>,
    /// Colleague or guest; `None` in old objects.
    pub user_type: Option<UserType>,
    /// What few ask for. Kept apart: a million people would carry ten more texts each.
    pub details: Option<Box<Details>>,
    /// Set while the person is among the deleted, from where he can be restored for 30 days.
    pub deleted: Option<Deleted>,
}

/// More about somebody, where a company writes it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The department.
    pub department: Option<Arc<str>>,
    /// The company.
    pub company_name: Option<Arc<str>>,
    /// Where the desk is.
    pub office_location: Option<Arc<str>>,
    /// Employee, contractor and the like.
    pub employee_type: Option<Arc<str>>,
    /// The alias of the mailbox.
    pub mail_nickname: Option<Arc<str>>,
    /// The number in the personnel system.
    pub employee_id: Option<Arc<str>>,
    /// The town.
    pub city: Option<Arc<str>>,
    /// The country.
    pub country: Option<Arc<str>>,
    /// The country by its two letters, for licences.
    pub usage_location: Option<Arc<str>>,
    /// The first of the fifteen attributes that a directory on the premises can give a meaning of its own.
    pub extension_attribute_1: Option<Arc<str>>,
}

/// What Graph calls `userType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserType {
    /// A colleague.
    Member,
    /// Somebody invited from elsewhere.
    Guest,
}

impl UserType {
    /// As Graph writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Guest => "Guest",
        }
    }
}

/// A deletion that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// When it happened.
    pub when: Timestamp,
}

impl Deleted {
    /// For how long a deletion can be undone; afterwards the object is gone for good (Graph docs: deleted items).
    pub const RETENTION: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

    /// Whether it still can be undone.
    #[must_use]
    pub fn is_restorable(self, now: Timestamp) -> bool {
        now.duration_since(self.when) < Self::RETENTION
    }
}

impl Person {
    /// A colleague whose every property is there, and who may sign in.
    #[must_use]
    pub fn new(id: Uuid, given_name: &str, surname: &str, mail: &str, job_title: &str) -> Self {
        let mail: Arc<str> = mail.into();
        Self {
            id,
            user_principal_name: Some(mail.clone()),
            mail: Some(mail),
            given_name: Some(given_name.into()),
            surname: Some(surname.into()),
            job_title: Some(job_title.into()),
            display_name: Some(format!("{given_name} {surname}").into()),
            account_enabled: Some(true),
            user_type: Some(UserType::Member),
            details: None,
            deleted: None,
        }
    }

    /// The same person, of whom more is known.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// One of the texts of which more is known.
    pub(crate) fn detail(&self, of: impl Fn(&Details) -> &Option<Arc<str>>) -> Option<&str> {
        self.details.as_deref().and_then(|details| of(details).as_deref())
    }

    /// The same person, who may not sign in.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.account_enabled = Some(false);
        self
    }
}
