use serde_json::{Map, Value};

use crate::answer::{empty_answer, json_answer};
use crate::behaviour::RolesAnswer;
use crate::state::{Call, State};
use crate::world::{AccountNumber, Role, RoleNumber};

use super::{ZenqmsError, ZenqmsResult, body, ids, show, users};

pub(super) fn add(state: &mut State, call: &Call<'_>) -> ZenqmsResult {
    let account = users::find(state, call)?;
    let roles = named(state, call)?;
    state.editor(call).update_account(account, |account| account.roles.extend(roles));
    done(state, call, account)
}

pub(super) fn remove(state: &mut State, call: &Call<'_>) -> ZenqmsResult {
    let account = users::find(state, call)?;
    let roles = named(state, call)?;
    if roles.iter().any(|role| state.world.roles.get(role).is_some_and(|role| role.is_default)) {
        return Err(ZenqmsError::new(422, "default_role", "A default role cannot be removed."));
    }
    state.editor(call).update_account(account, |account| account.roles.retain(|role| !roles.contains(role)));
    done(state, call, account)
}

#[expect(clippy::unnecessary_wraps, reason = "the last expression of functions that may fail")]
fn done(state: &mut State, call: &Call<'_>, account: AccountNumber) -> ZenqmsResult {
    state.wrote(call, account);
    Ok(match state.behaviour.zenqms.roles_answer {
        RolesAnswer::Account => json_answer(200, &users::shown(state, account)),
        RolesAnswer::NoContent => empty_answer(204),
    })
}

/// The roles that a body names, all of which exist.
fn named(state: &State, call: &Call<'_>) -> Result<Vec<RoleNumber>, ZenqmsError> {
    let body = body::object(call.request, &["role_ids"])?;
    let Some(Value::Array(listed)) = body.get("role_ids") else {
        return Err(ZenqmsError::invalid(vec![("role_ids", "required")]));
    };
    if listed.is_empty() {
        return Err(ZenqmsError::invalid(vec![("role_ids", "empty")]));
    }
    listed
        .iter()
        .map(|id| {
            ids::read(id, state.behaviour.zenqms.id_form, "rol")
                .map(RoleNumber)
                .filter(|role| state.world.roles.contains_key(role))
                .ok_or_else(|| ZenqmsError::not_found("role"))
        })
        .collect()
}

pub(super) fn search(state: &mut State, call: &Call<'_>) -> ZenqmsResult {
    let body = body::object(call.request, &["filter", "page", "page_size"])?;
    let zenqms = &state.behaviour.zenqms;
    let (page, size) = body::page(&body, zenqms.page_cap)?;
    let none = Map::new();
    let filter = body.get("filter").and_then(Value::as_object).unwrap_or(&none);
    body::only(filter, &["name", "ids"])?;
    let wanted = |role: &&Role| {
        filter.get("name").is_none_or(|name| name.as_str() == Some(&role.name))
            && filter
                .get("ids")
                .and_then(Value::as_array)
                .is_none_or(|listed| listed.iter().any(|id| ids::read(id, zenqms.id_form, "rol") == Some(role.id.0)))
    };
    let found: Vec<&Role> = state.world.roles.values().filter(wanted).collect();
    let total = found.len();
    let entries = found
        .into_iter()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(|role| show::role(role, zenqms))
        .collect();
    Ok(json_answer(200, &show::list(entries, page, size, total, zenqms)))
}
