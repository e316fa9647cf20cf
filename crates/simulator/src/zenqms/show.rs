use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::behaviour::{Spelling, ZenqmsBehaviour};
use crate::world::{Account, Role, RoleNumber};

use super::ids;

pub(super) fn account(account: &Account, roles: &BTreeMap<RoleNumber, Role>, zenqms: &ZenqmsBehaviour) -> Value {
    let held: Vec<Value> =
        account.roles.iter().filter_map(|number| roles.get(number)).map(|held| role(held, zenqms)).collect();
    spelled(
        json!({
            "id": ids::write(account.id.0, zenqms.id_form, "usr"),
            "external_id": account.external_id.as_deref(),
            "email": &*account.email,
            "first_name": &*account.first_name,
            "last_name": &*account.last_name,
            "title": &*account.title,
            "is_active": account.is_active,
            "roles": held,
        }),
        zenqms,
    )
}

pub(super) fn role(role: &Role, zenqms: &ZenqmsBehaviour) -> Value {
    let shown = json!({
        "id": ids::write(role.id.0, zenqms.id_form, "rol"),
        "name": &*role.name,
        "is_default": role.is_default,
    });
    spelled(shown, zenqms)
}

pub(super) fn list(entries: Vec<Value>, page: usize, size: usize, total: usize, zenqms: &ZenqmsBehaviour) -> Value {
    let mut list = json!({ "page": page, "page_size": size });
    if let Some(list) = list.as_object_mut() {
        list.insert(zenqms.list_key.as_str().to_owned(), entries.into());
        if !zenqms.omit_total {
            list.insert("total".to_owned(), total.into());
        }
    }
    list
}

fn spelled(shown: Value, zenqms: &ZenqmsBehaviour) -> Value {
    match (zenqms.spelling, shown) {
        (Spelling::Camel, Value::Object(object)) => {
            Value::Object(object.into_iter().map(|(name, value)| (camel(&name), value)).collect::<Map<_, _>>())
        }
        (_, shown) => shown,
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |done, word| {
        let mut chars = word.chars();
        let head = chars.next().map(|head| head.to_ascii_uppercase()).into_iter();
        done + &head.chain(chars).collect::<String>()
    })
}
