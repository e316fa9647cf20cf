//! Graph's JSON, read once and leniently: every property may be absent or null, unknown ones are ignored.

use std::collections::HashMap;

use serde::Deserialize;

use crate::domain::{
    Attribute, DirectoryUser, DirectoryUserId, Email, Extension, FieldSet, GroupId, Lens, Personal, Property, Shown,
    Within,
};

#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
    #[serde(rename = "@odata.count")]
    pub(super) count: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    id: Option<String>,
    mail: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    job_title: Option<String>,
    account_enabled: Option<bool>,
    #[serde(rename = "userPrincipalName")]
    sign_in_name: Option<String>,
    display_name: Option<String>,
    department: Option<String>,
    company_name: Option<String>,
    office_location: Option<String>,
    employee_type: Option<String>,
    mail_nickname: Option<String>,
    #[serde(rename = "userType")]
    kind: Option<String>,
    employee_id: Option<String>,
    city: Option<String>,
    country: Option<String>,
    usage_location: Option<String>,
    #[serde(rename = "onPremisesExtensionAttributes")]
    extensions: Option<HashMap<String, Option<String>>>,
}

impl User {
    /// `None` for an entry that names nobody.
    pub(super) fn into_domain(self, lens: &Lens) -> Option<DirectoryUser> {
        let text = |text: &Option<String>| text.as_deref().and_then(Personal::trimmed);
        let user = DirectoryUser {
            id: DirectoryUserId::parse(self.id.as_deref()?).ok()?,
            mail: self.mail.as_deref().and_then(Email::new),
            given_name: text(&self.given_name),
            surname: text(&self.surname),
            job_title: text(&self.job_title),
            account_enabled: self.account_enabled,
            substituted: FieldSet::default(),
            within: Within::Inside,
        };
        Some(lens.see(user, |property| self.shown(property)))
    }

    fn shown(&self, property: Property) -> Shown<'_> {
        let text = match property {
            Property::Attribute(attribute) => self.attribute(attribute),
            Property::Mail => self.mail.as_deref(),
            Property::JobTitle => self.job_title.as_deref(),
            Property::UserType => self.kind.as_deref(),
            Property::EmployeeId => self.employee_id.as_deref(),
            Property::City => self.city.as_deref(),
            Property::Country => self.country.as_deref(),
            Property::UsageLocation => self.usage_location.as_deref(),
            Property::Extension(extension) => self.extension(extension),
        };
        Shown(text.map(str::trim).filter(|text| !text.is_empty()))
    }

    fn attribute(&self, attribute: Attribute) -> Option<&str> {
        let text = match attribute {
            Attribute::UserPrincipalName => &self.sign_in_name,
            Attribute::DisplayName => &self.display_name,
            Attribute::Department => &self.department,
            Attribute::CompanyName => &self.company_name,
            Attribute::OfficeLocation => &self.office_location,
            Attribute::EmployeeType => &self.employee_type,
            Attribute::MailNickname => &self.mail_nickname,
        };
        text.as_deref()
    }

    fn extension(&self, extension: Extension) -> Option<&str> {
        let name = format!("extensionAttribute{}", extension.number());
        self.extensions.as_ref()?.get(&name)?.as_deref()
    }
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) id: Option<String>,
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
}

impl Member {
    /// The group; `None` for a person, a device or whatever else may be in a group. The cast leaves the type out.
    pub(super) fn group(&self) -> Option<GroupId> {
        let is_group = self.kind.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("#microsoft.graph.group"));
        GroupId::parse(self.id.as_deref().filter(|_| is_group)?).ok()
    }

    /// The person; `None` for a group, a device or whatever else may be in a group.
    pub(super) fn person(&self) -> Option<DirectoryUserId> {
        // Payloads write #microsoft.graph.user, notifications #Microsoft.Graph.User.
        let is_person = self.kind.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("#microsoft.graph.user"));
        DirectoryUserId::parse(self.id.as_deref().filter(|_| is_person)?).ok()
    }
}

#[derive(Default, Deserialize)]
pub(super) struct ErrorAnswer {
    #[serde(default)]
    pub(super) error: ErrorBody,
}

#[derive(Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
    /// Both spellings occur.
    #[serde(default, alias = "innererror", rename = "innerError")]
    pub(super) inner: Option<InnerError>,
}

#[derive(Deserialize)]
pub(super) struct InnerError {
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default, alias = "innererror", rename = "innerError")]
    pub(super) inner: Option<Box<InnerError>>,
}

impl ErrorBody {
    /// The most specific code: the innermost that is there.
    pub(super) fn most_specific_code(&self) -> &str {
        let mut code = self.code.as_str();
        let mut inner = self.inner.as_ref();
        while let Some(error) = inner {
            code = error.code.as_deref().filter(|code| !code.is_empty()).unwrap_or(code);
            inner = error.inner.as_deref();
        }
        code
    }
}
