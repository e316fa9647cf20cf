use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::behaviour::GraphBehaviour;
use crate::change::View;
use crate::world::{Person, UserType};

use super::Read;
use super::error::{GraphError, GraphResult};
use super::page_token::PageToken;

/// The properties that come without `$select`. `accountEnabled` and `userType` are not among them (Graph docs: list users).
pub(super) const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];
const KNOWN: [&str; 22] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
    "accountEnabled",
    "userType",
    "department",
    "companyName",
    "employeeType",
    "mailNickname",
    "employeeId",
    "city",
    "country",
    "usageLocation",
    "onPremisesExtensionAttributes",
];

pub(super) fn list(read: &Read<'_>, view: &View<'_>, graph: &GraphBehaviour, now: Timestamp) -> GraphResult {
    read.require(read.rights.users)?;
    let of_deltas = [("$deltatoken", &read.query.delta_token)];
    let of_deltas = of_deltas.into_iter().find(|(_, given)| given.is_some()).map(|(name, _)| name);
    if let Some(option) = read.query.unknown.first().map(String::as_str).or(of_deltas) {
        return Err(GraphError::new(400, "Request_UnsupportedQuery", format!("Unsupported query option '{option}'.")));
    }
    if let Some(filter) = &read.query.filter {
        return filtered(read, view, filter);
    }
    let token = PageToken::of(read, 0_usize, graph.page_token_life, now)?;
    check_select(token.select.as_deref())?;
    let size = token.top.min(graph.page_cap.unwrap_or(usize::MAX));
    let mut living = view.people_from(token.after).filter(|(_, person)| person.deleted.is_none());
    let mut next = token.after;
    let users: Vec<Value> = living
        .by_ref()
        .take(size)
        .map(|(place, person)| {
            next = place + 1;
            user(person, token.select.as_deref(), read.rights.users)
        })
        .collect();
    let more = living.next().is_some();
    let mut page = json!({ "@odata.context": format!("{}/$metadata#users", read.base), "value": users });
    if more && let Some(page) = page.as_object_mut() {
        page.insert("@odata.nextLink".to_owned(), token.link(read, next, now).into());
    }
    Ok(page)
}

/// The people with a mail address, or a name to sign in with, on one page. No other filter is known here.
fn filtered(read: &Read<'_>, view: &View<'_>, filter: &str) -> GraphResult {
    let clause = |clause: &str| {
        let (name, literal) = clause.split_once(" eq ")?;
        let name = ["mail", "userPrincipalName"].into_iter().find(|known| *known == name)?;
        let literal = literal.strip_prefix('\'')?.strip_suffix('\'')?;
        Some((name, literal.replace("''", "'").to_lowercase()))
    };
    let Some(clauses) = filter.split(" or ").map(clause).collect::<Option<Vec<_>>>() else {
        return Err(GraphError::new(400, "Request_UnsupportedQuery", "Unsupported filter clause."));
    };
    check_select(read.query.select.as_deref())?;
    let carries = |person: &Person| {
        clauses.iter().any(|(name, wanted)| {
            property(person, name).as_str().is_some_and(|own| own.trim().to_lowercase() == *wanted)
        })
    };
    let users: Vec<Value> = view
        .people_from(0)
        .filter(|(_, person)| person.deleted.is_none() && carries(person))
        .map(|(_, person)| user(person, read.query.select.as_deref(), read.rights.users))
        .collect();
    Ok(json!({ "@odata.context": format!("{}/$metadata#users", read.base), "value": users }))
}

pub(super) fn one(read: &Read<'_>, view: &View<'_>) -> GraphResult {
    read.require(read.rights.users)?;
    check_select(read.query.select.as_deref())?;
    let id = read.id("user")?;
    let person = view.person(id).filter(|person| person.deleted.is_none()).ok_or_else(|| GraphError::no_such(id))?;
    Ok(user(person, read.query.select.as_deref(), read.rights.users))
}

pub(super) fn check_select(select: Option<&[String]>) -> Result<(), GraphError> {
    let unknown = select.into_iter().flatten().find(|name| !KNOWN.contains(&name.as_str()));
    match unknown {
        Some(name) => Err(GraphError::new(
            400,
            "BadRequest",
            format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.user'."
            ),
        )),
        None => Ok(()),
    }
}

/// A person as Graph shows him: the selected properties, null where there is nothing; to an app without rights, nothing
/// but the id.
pub(super) fn user(person: &Person, select: Option<&[String]>, may_read: bool) -> Value {
    let mut user = Map::new();
    let mut show = |name: &str| {
        let value = if may_read || name == "id" { property(person, name) } else { Value::Null };
        user.insert(name.to_owned(), value);
    };
    match select {
        Some(names) => names.iter().for_each(|name| show(name)),
        None => USUAL.into_iter().for_each(show),
    }
    user.entry("id").or_insert_with(|| property(person, "id"));
    Value::Object(user)
}

pub(super) fn property(person: &Person, name: &str) -> Value {
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().into();
    match name {
        "id" => person.id.to_string().into(),
        "mail" => text(&person.mail),
        "givenName" => text(&person.given_name),
        "surname" => text(&person.surname),
        "jobTitle" => text(&person.job_title),
        "displayName" => text(&person.display_name),
        "userPrincipalName" => text(&person.user_principal_name),
        "accountEnabled" => person.account_enabled.into(),
        "userType" => person.user_type.map(UserType::as_str).into(),
        "department" => person.detail(|details| &details.department).into(),
        "companyName" => person.detail(|details| &details.company_name).into(),
        "officeLocation" => person.detail(|details| &details.office_location).into(),
        "employeeType" => person.detail(|details| &details.employee_type).into(),
        "mailNickname" => person.detail(|details| &details.mail_nickname).into(),
        "employeeId" => person.detail(|details| &details.employee_id).into(),
        "city" => person.detail(|details| &details.city).into(),
        "country" => person.detail(|details| &details.country).into(),
        "usageLocation" => person.detail(|details| &details.usage_location).into(),
        "onPremisesExtensionAttributes" => extension_attributes(person),
        "businessPhones" => json!([]),
        _ => Value::Null,
    }
}

/// All fifteen, as Graph shows them: null where there is nothing.
fn extension_attributes(person: &Person) -> Value {
    let of = |number: u8| match number {
        1 => person.detail(|details| &details.extension_attribute_1).into(),
        _ => Value::Null,
    };
    (1..=15).map(|number| (format!("extensionAttribute{number}"), of(number))).collect::<Map<_, _>>().into()
}
