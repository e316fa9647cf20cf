use std::sync::Arc;

use serde_json::{Map, Value};

use crate::answer::json_answer;
use crate::change::View;
use crate::state::{Call, State};
use crate::world::{Account, AccountNumber, AccountsFilter};

use super::{ZenqmsError, ZenqmsResult, account_segment, body, ids, show};

const FIELDS: [&str; 6] = ["external_id", "email", "first_name", "last_name", "title", "is_active"];
const TEXTS: [(&str, usize); 4] = [("email", 254), ("first_name", 64), ("last_name", 64), ("title", 128)];

pub(super) fn create(state: &mut State, call: &Call<'_>) -> ZenqmsResult {
    let body = body::object(call.request, &FIELDS)?;
    let change = Change::read(&body)?;
    let missing: Vec<_> =
        TEXTS.iter().filter(|(name, _)| !body.contains_key(*name)).map(|&(name, _)| (name, "required")).collect();
    if !missing.is_empty() {
        return Err(ZenqmsError::invalid(missing));
    }
    change.check_unique(state, None)?;
    let id = state.world.accounts.next_id();
    let roles = state.world.roles.values().filter(|role| role.is_default).map(|role| role.id).collect();
    let mut account = Account::new(id.0, "", "", "", "");
    account.roles = roles;
    change.apply(&mut account);
    state.editor(call).add_account(account);
    state.wrote(call, id);
    Ok(json_answer(201, &shown(state, id)))
}

pub(super) fn patch(state: &mut State, call: &Call<'_>) -> ZenqmsResult {
    let id = find(state, call)?;
    let change = Change::read(&body::object(call.request, &FIELDS)?)?;
    change.check_unique(state, Some(id))?;
    state.editor(call).update_account(id, |account| change.apply(account));
    state.wrote(call, id);
    Ok(json_answer(200, &shown(state, id)))
}

pub(super) fn search(state: &mut State, call: &Call<'_>) -> ZenqmsResult {
    let body = body::object(call.request, &["filter", "page", "page_size"])?;
    let zenqms = &state.behaviour.zenqms;
    let (page, size) = body::page(&body, zenqms.page_cap)?;
    let none = Map::new();
    let filter = match body.get("filter") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(filter)) => filter,
        Some(_) => return Err(ZenqmsError::new(400, "bad_request", "The filter must be an object.")),
    };
    body::only(filter, &["external_id", "email", "ids", "is_active", "has_external_id"])?;
    let view = state.view(call);
    let skip = (page - 1).saturating_mul(size);
    let states = AccountsFilter {
        is_active: filter.get("is_active").and_then(Value::as_bool),
        has_external_id: filter.get("has_external_id").and_then(Value::as_bool),
    };
    let (found, total) = match narrow(&view, filter, state)? {
        Some(found) => {
            let found: Vec<&Account> = found.into_iter().filter(|account| states.matches(account)).collect();
            let total = found.len();
            (found.into_iter().skip(skip).take(size).collect(), total)
        }
        None => view.accounts_page(states, skip, size),
    };
    let entries = found.into_iter().map(|account| show::account(account, &view.world().roles, zenqms)).collect();
    Ok(json_answer(200, &show::list(entries, page, size, total, zenqms)))
}

/// The accounts that a filter names one by one; `None` if it names none.
fn narrow<'v>(
    view: &'v View<'_>,
    filter: &'v Map<String, Value>,
    state: &State,
) -> Result<Option<Vec<&'v Account>>, ZenqmsError> {
    let text = |name: &'static str| match filter.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(ZenqmsError::new(400, "bad_request", format!("`{name}` must be a text."))),
    };
    let (external_id, email) = (text("external_id")?, text("email")?);
    let listed = match filter.get("ids") {
        None => None,
        Some(Value::Array(listed)) => Some(
            listed
                .iter()
                .filter_map(|id| ids::read(id, state.behaviour.zenqms.id_form, "usr"))
                .filter_map(|number| view.account(AccountNumber(number)))
                .collect::<Vec<_>>(),
        ),
        Some(_) => return Err(ZenqmsError::new(400, "bad_request", "`ids` must be a list.")),
    };
    let mut found = match (external_id, email, listed) {
        (None, None, None) => return Ok(None),
        (Some(external_id), _, _) => view.accounts_by_external_id(external_id),
        (None, Some(email), _) => view.accounts_by_email(email),
        (None, None, Some(listed)) => listed,
    };
    if external_id.is_some()
        && let Some(email) = email
    {
        found.retain(|account| account.email.to_lowercase() == email.to_lowercase());
    }
    Ok(Some(found))
}

/// The account that the path names.
pub(super) fn find(state: &State, call: &Call<'_>) -> Result<AccountNumber, ZenqmsError> {
    ids::read_text(account_segment(call), state.behaviour.zenqms.id_form, "usr")
        .map(AccountNumber)
        .filter(|&id| state.world.accounts.get(id).is_some())
        .ok_or_else(|| ZenqmsError::not_found("user"))
}

/// The account as it is now.
pub(super) fn shown(state: &State, id: AccountNumber) -> Value {
    let account = state.world.accounts.get(id);
    account.map(|account| show::account(account, &state.world.roles, &state.behaviour.zenqms)).unwrap_or_default()
}

/// What a body says of an account.
struct Change {
    #[expect(clippy::option_option, reason = "absent and null mean different things")]
    external_id: Option<Option<Arc<str>>>,
    texts: Vec<(&'static str, Arc<str>)>,
    is_active: Option<bool>,
}

impl Change {
    fn read(body: &Map<String, Value>) -> Result<Self, ZenqmsError> {
        let mut wrong = Vec::new();
        let external_id = match body.get("external_id") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(Value::String(text)) if !text.is_empty() && text.len() <= 128 => Some(Some(text.as_str().into())),
            Some(_) => {
                wrong.push(("external_id", "not a text of 1 to 128 characters"));
                None
            }
        };
        let mut texts = Vec::new();
        for (name, most) in TEXTS {
            match body.get(name) {
                None => {}
                Some(Value::String(text)) if text.trim().is_empty() => wrong.push((name, "required")),
                Some(Value::String(text)) if text.chars().count() > most => wrong.push((name, "too long")),
                Some(Value::String(text)) if name == "email" && !text.contains('@') => {
                    wrong.push((name, "not an address"));
                }
                Some(Value::String(text)) => texts.push((name, text.as_str().into())),
                Some(_) => wrong.push((name, "not a text")),
            }
        }
        let is_active = match body.get("is_active") {
            None => None,
            Some(Value::Bool(active)) => Some(*active),
            Some(_) => {
                wrong.push(("is_active", "not true or false"));
                None
            }
        };
        if wrong.is_empty() { Ok(Self { external_id, texts, is_active }) } else { Err(ZenqmsError::invalid(wrong)) }
    }

    fn check_unique(&self, state: &State, own: Option<AccountNumber>) -> Result<(), ZenqmsError> {
        let accounts = &state.world.accounts;
        if let Some(Some(external_id)) = &self.external_id
            && accounts.by_external_id(external_id).any(|other| Some(other.id) != own)
        {
            return Err(ZenqmsError::new(409, "external_id_taken", "Another user has this external_id."));
        }
        let email = self.texts.iter().find(|(name, _)| *name == "email").map(|(_, email)| email);
        if let Some(email) = email
            && accounts.by_email(email).any(|other| Some(other.id) != own)
        {
            return Err(ZenqmsError::new(409, "email_taken", format!("Another user has the e-mail address {email}.")));
        }
        Ok(())
    }

    fn apply(&self, account: &mut Account) {
        if let Some(external_id) = &self.external_id {
            account.external_id.clone_from(external_id);
        }
        for (name, text) in &self.texts {
            let field = match *name {
                "email" => &mut account.email,
                "first_name" => &mut account.first_name,
                "last_name" => &mut account.last_name,
                _ => &mut account.title,
            };
            *field = text.clone();
        }
        account.is_active = self.is_active.unwrap_or(account.is_active);
    }
}
