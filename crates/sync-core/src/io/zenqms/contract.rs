//! Every assumption about the ZenQMS API. Some are public (the help centre's articles on the API configuration, on the
//! user and role endpoints, and on the Entra integration); the rest is marked **assumed** and is what has to be checked
//! against a live tenant before it is trusted.
//!
//! | what | value | trust |
//! |---|---|---|
//! | hosts | [`PRODUCTION`], [`SANDBOX`] | public |
//! | the token's way | [`TOKEN_HEADER`]: [`TOKEN_SCHEME`] token | assumed |
//! | create, change, find users; give, take roles | [`CREATE_USER`], [`user_path`], [`SEARCH_USERS`], [`add_roles_path`], [`remove_roles_path`] | public |
//! | find roles | [`SEARCH_ROLES`] | assumed |
//! | names of the fields | [`User`] | public |
//! | shapes of requests and answers, error codes | the types below | assumed |
//! | page size | [`PAGE_SIZE`] asked for, whatever comes accepted | assumed |
//! | rate limit | none known; 429 may come at any time | assumed |
//! | uniqueness of e-mail (without case) and `external_id` | 409 [`EMAIL_TAKEN`], [`EXTERNAL_ID_TAKEN`] | assumed |

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::domain::{
    Account, AccountId, AccountPatch, AccountRole, DirectoryUserId, Email, ExternalId, LinkChange, NewAccount,
    OpaqueId, Personal, Role, RoleId,
};
use crate::failure::{Cause, Taken};

/// Where customers work.
pub const PRODUCTION: &str = "https://public-api.zenqms.com";
/// Where customers try things out.
pub const SANDBOX: &str = "https://public-api-sandbox.zenqms.com";
/// The header that carries the token.
pub const TOKEN_HEADER: &str = "authorization";
/// What stands before the token.
pub const TOKEN_SCHEME: &str = "Bearer";
/// How many entries a page is asked to have.
pub const PAGE_SIZE: u32 = 100;

/// POST: creates a user. No invitation is sent.
pub const CREATE_USER: &str = "/v2/users";
/// POST: finds users; without a filter, lists all.
pub const SEARCH_USERS: &str = "/v2/users/search";
/// POST: finds roles.
pub const SEARCH_ROLES: &str = "/v2/roles/search";

/// PATCH: changes a user; absent fields stay, an explicit null clears `external_id`.
#[must_use]
pub fn user_path(account: &AccountId) -> String {
    format!("/v2/users/{}", encoded(account))
}

/// POST: gives roles.
#[must_use]
pub fn add_roles_path(account: &AccountId) -> String {
    format!("/v2/users/{}/roles/add", encoded(account))
}

/// DELETE, with a body: takes roles.
#[must_use]
pub fn remove_roles_path(account: &AccountId) -> String {
    format!("/v2/users/{}/roles/remove", encoded(account))
}

/// Ids are opaque, so they may hold what a path may not.
fn encoded(account: &AccountId) -> String {
    url::form_urlencoded::byte_serialize(account.to_string().as_bytes()).collect::<String>().replace('+', "%20")
}

/// The code of a 409 when the e-mail address is another user's.
pub const EMAIL_TAKEN: &str = "email_taken";
/// The code of a 409 when the `external_id` is another user's.
pub const EXTERNAL_ID_TAKEN: &str = "external_id_taken";

/// The body of a user to create.
#[derive(Serialize)]
pub struct UserToCreate<'a> {
    external_id: DirectoryUserId,
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    title: &'a str,
    is_active: bool,
}

impl<'a> From<&'a NewAccount> for UserToCreate<'a> {
    fn from(account: &'a NewAccount) -> Self {
        Self {
            external_id: account.external_id,
            email: account.profile.email.expose(),
            first_name: account.profile.first_name.expose(),
            last_name: account.profile.last_name.expose(),
            title: account.profile.title.expose(),
            is_active: account.is_active,
        }
    }
}

/// The body of a change: only what changes.
#[derive(Serialize)]
pub struct UserChange<'a> {
    /// Absent: stays. Null: is cleared.
    #[expect(clippy::option_option, reason = "JSON has both, and they mean different things")]
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<DirectoryUserId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_active: Option<bool>,
}

impl<'a> From<&'a AccountPatch> for UserChange<'a> {
    fn from(patch: &'a AccountPatch) -> Self {
        let changes = &patch.changes;
        Self {
            external_id: match patch.link {
                LinkChange::Keep => None,
                LinkChange::Set(user) => Some(Some(user)),
                LinkChange::Clear => Some(None),
            },
            email: changes.email.as_ref().map(Email::expose),
            first_name: changes.first_name.as_ref().map(Personal::expose),
            last_name: changes.last_name.as_ref().map(Personal::expose),
            title: changes.title.as_ref().map(Personal::expose),
            is_active: changes.is_active,
        }
    }
}

/// The body of giving or taking roles.
#[derive(Serialize)]
pub struct RolesToChange<'a> {
    /// The roles, each id in the form in which it came.
    pub role_ids: &'a [RoleId],
}

/// The body of a search.
#[derive(Serialize)]
pub struct Search<'a> {
    filter: Filter<'a>,
    page: u32,
    page_size: u32,
}

#[derive(Default, Serialize)]
struct Filter<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<DirectoryUserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<&'a [AccountId]>,
}

impl<'a> Search<'a> {
    /// A page of everything.
    #[must_use]
    pub fn all(page: u32) -> Self {
        Self { filter: Filter::default(), page, page_size: PAGE_SIZE }
    }

    /// Those who carry this `external_id`.
    #[must_use]
    pub fn by_external_id(user: DirectoryUserId) -> Self {
        Self { filter: Filter { external_id: Some(user), ..Filter::default() }, page: 1, page_size: PAGE_SIZE }
    }

    /// Those with these ids; no more than a page has.
    #[must_use]
    pub fn by_ids(accounts: &'a [AccountId]) -> Self {
        Self { filter: Filter { ids: Some(accounts), ..Filter::default() }, page: 1, page_size: PAGE_SIZE }
    }

    /// Those who carry this e-mail address.
    #[must_use]
    pub fn by_email(email: &'a Email) -> Self {
        let filter = Filter { email: Some(email.expose()), ..Filter::default() };
        Self { filter, page: 1, page_size: PAGE_SIZE }
    }
}

/// A page of a search. The list may stand under three names, and the total may be missing.
#[derive(Deserialize)]
pub struct Page<T> {
    #[serde(alias = "data", alias = "results")]
    items: Vec<T>,
    #[serde(default, deserialize_with = "lenient")]
    total: Option<u64>,
}

impl<T> Page<T> {
    /// The entries of which `read` can make something.
    pub fn read<U>(self, read: impl Fn(T) -> Option<U>) -> Listed<U> {
        let entries = self.items.len();
        let listed: Vec<U> = self.items.into_iter().filter_map(read).collect();
        Listed { unreadable: entries - listed.len(), listed, total: self.total }
    }
}

/// What a page brought.
pub struct Listed<T> {
    /// The entries that could be read.
    pub listed: Vec<T>,
    /// How many could not.
    pub unreadable: usize,
    /// How many there are on all pages, if the service said.
    pub total: Option<u64>,
}

/// A user. Whatever is missing, null or of an unexpected type is absent.
#[derive(Deserialize)]
pub struct User {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<OpaqueId>,
    #[serde(default, alias = "externalId", deserialize_with = "lenient")]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    email: Option<String>,
    #[serde(default, alias = "firstName", deserialize_with = "lenient")]
    first_name: Option<String>,
    #[serde(default, alias = "lastName", deserialize_with = "lenient")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    title: Option<String>,
    #[serde(default, alias = "isActive", deserialize_with = "lenient")]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    roles: Option<Vec<HeldRole>>,
}

#[derive(Deserialize)]
struct HeldRole {
    id: OpaqueId,
    #[serde(default, alias = "isDefault")]
    is_default: bool,
}

impl User {
    /// The account; `None` without an id, since nothing could be done with it.
    #[must_use]
    pub fn into_account(self) -> Option<Account> {
        // As it is, not trimmed: a padded value differs from a trimmed one, and is to be overwritten.
        let text = |text: Option<String>| text.filter(|text| !text.is_empty()).map(|text| Personal::new(&text));
        Some(Account {
            id: AccountId(self.id?),
            external_id: self.external_id.as_deref().and_then(ExternalId::new),
            email: self.email.as_deref().and_then(Email::new),
            first_name: text(self.first_name),
            last_name: text(self.last_name),
            title: text(self.title),
            is_active: self.is_active,
            roles: self.roles.map(|roles| {
                roles.into_iter().map(|role| AccountRole { id: RoleId(role.id), is_default: role.is_default }).collect()
            }),
        })
    }
}

/// A role.
#[derive(Deserialize)]
pub struct ListedRole {
    #[serde(default, deserialize_with = "lenient")]
    id: Option<OpaqueId>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, alias = "isDefault", deserialize_with = "lenient")]
    is_default: Option<bool>,
}

impl ListedRole {
    /// The role; `None` without an id or a name.
    #[must_use]
    pub fn into_role(self) -> Option<Role> {
        Some(Role { id: RoleId(self.id?), name: self.name?, is_default: self.is_default.unwrap_or(false) })
    }
}

/// Reads a value of the expected type, and takes any other for absent.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

#[derive(Default, Deserialize)]
struct ErrorAnswer {
    #[serde(default)]
    error: ErrorBody,
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    #[expect(clippy::zero_sized_map_values, reason = "the texts beside the names may quote personal data")]
    fields: BTreeMap<String, serde::de::IgnoredAny>,
}

/// What an error answer means, but for 401, 403 and what every service answers alike.
#[must_use]
pub fn refusal(status: u16, body: &[u8]) -> Cause {
    let error = serde_json::from_slice::<ErrorAnswer>(body).unwrap_or_default().error;
    match status {
        404 => Cause::NotFound,
        409 => Cause::Taken(match error.code.as_str() {
            EMAIL_TAKEN => Taken::Email,
            EXTERNAL_ID_TAKEN => Taken::ExternalId,
            _ => Taken::Unknown,
        }),
        _ => Cause::Rejected {
            status,
            code: if error.code.is_empty() { "no code".to_owned() } else { error.code },
            fields: error.fields.into_keys().collect(),
            message: Personal::new(&error.message),
        },
    }
}
