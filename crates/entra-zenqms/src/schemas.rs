//! What `--json` writes is what docs/schemas promises: a test that has a document of a command holds it to its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use clap::CommandFactory;
use jsonschema::Validator;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cli::Cli;

const SUFFIX: &str = ".schema.json";
/// Unknown everywhere: no name of a reason, no id.
const STRANGER: &str = "no such key";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas")
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(folder().join(format!("{name}{SUFFIX}"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn all() -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let names = files.filter_map(|file| Some(file.strip_suffix(SUFFIX)?.to_owned()));
    names.map(|name| (name.clone(), schema(&name))).collect()
}

fn validator(schema: &Value) -> Validator {
    let built = jsonschema::draft202012::options().should_validate_formats(true).build(schema);
    built.unwrap_or_else(|error| panic!("{}, at {}: {error}", schema["$id"], error.instance_path()))
}

fn complaints(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("at {}: {error}", error.instance_path())).collect()
}

/// Holds a document to the schema of this name, which must not take it with a key more, wherever that stands. What was opened, as
/// docs/schemas/README.md shows, must take it as well: no two shapes may be told apart only by what they lack.
pub(crate) fn hold(name: &str, document: &impl Serialize) {
    let mut document = serde_json::to_value(document).unwrap();
    let schema = schema(name);
    assert!(validator(&opened(schema.clone())).is_valid(&document), "{name}, opened:\n{document:#}");
    let validator = validator(&schema);
    let complaints = complaints(&validator, &document);
    assert!(complaints.is_empty(), "{name}: {}\n{document:#}", complaints.join("\n"));
    for place in objects(&document) {
        object(&mut document, &place).insert(STRANGER.to_owned(), json!(true));
        assert!(!validator.is_valid(&document), "{name} takes anything at {place:?}");
        object(&mut document, &place).remove(STRANGER);
    }
}

/// The schema as one for documents of later releases.
fn opened(schema: Value) -> Value {
    match schema {
        Value::Object(map) => {
            let stays = map.into_iter().filter(|(key, value)| key != "additionalProperties" || value != &json!(false));
            stays.map(|(key, value)| (key, opened(value))).collect()
        }
        Value::Array(list) => list.into_iter().map(opened).collect(),
        other => other,
    }
}

/// Where there are objects, as pointers. No key has a sign in it that a pointer writes in another way.
fn objects(document: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match document {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let here = document.is_object().then(String::new);
    let places = below
        .into_iter()
        .flat_map(|(step, value)| objects(value).into_iter().map(move |place| format!("/{step}{place}")));
    here.into_iter().chain(places).collect()
}

fn object<'a>(document: &'a mut Value, place: &str) -> &'a mut Map<String, Value> {
    document.pointer_mut(place).and_then(Value::as_object_mut).unwrap()
}

/// The names that schemas are to have: the commands that take `--json`, and those that write lines of JSON.
fn wanted(command: &clap::Command, path: &str, names: &mut BTreeSet<String>) {
    for command in command.get_subcommands() {
        let name =
            [path, command.get_name()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("-");
        for argument in command.get_arguments() {
            match argument.get_id().as_str() {
                "json" => {
                    names.insert(name.clone());
                }
                "format" if argument.get_possible_values().iter().any(|value| value.matches("jsonl", false)) => {
                    names.insert(format!("{name}.jsonl"));
                }
                _ => {}
            }
        }
        wanted(command, &name, names);
    }
}

/// Calls for each schema within a schema.
fn within(schema: &Value, look: &mut impl FnMut(&Map<String, Value>)) {
    match schema {
        Value::Object(map) => {
            look(map);
            map.values().for_each(|value| within(value, look));
        }
        Value::Array(list) => list.iter().for_each(|value| within(value, look)),
        _ => {}
    }
}

#[test]
fn each_command_with_json_has_a_schema_and_each_schema_a_command() {
    let mut commands = BTreeSet::new();
    wanted(&Cli::command(), "", &mut commands);
    assert!(commands.len() > 20, "{commands:?}");
    assert_eq!(all().into_keys().collect::<BTreeSet<_>>(), commands);
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for name in &commands {
        assert!(readme.contains(&format!("({name}{SUFFIX})")), "docs/schemas/README.md does not tell of {name}");
    }
}

#[test]
fn each_schema_is_one_and_leaves_nothing_open() {
    for (name, schema) in all() {
        let wrong = jsonschema::draft202012::meta::validate(&schema).err().map(|error| error.to_string());
        assert_eq!(wrong, None, "{name}");
        // Patterns are no part of the meta-schema, and are read here.
        validator(&schema);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("urn:entra-zenqms:{name}"));
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        within(&schema, &mut |part| {
            let is_choice =
                part.contains_key("oneOf") || part.contains_key("anyOf") && !part.contains_key("properties");
            if is_choice || part.get("type") != Some(&json!("object")) {
                return;
            }
            let Some(Value::Object(properties)) = part.get("properties") else {
                assert!(
                    part["propertyNames"].is_object() && part["additionalProperties"].is_object(),
                    "{name}: {part:?}"
                );
                return;
            };
            assert_eq!(part["additionalProperties"], false, "{name}: {part:?}");
            let required = part["required"].as_array().unwrap();
            assert!(required.iter().all(|key| properties.contains_key(key.as_str().unwrap())), "{name}: {required:?}");
        });
    }
}

/// A schema stands alone, so that whoever needs one takes one file; what several of them define is the same in each.
#[test]
fn what_has_one_name_has_one_definition() {
    let mut known: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for (schema_name, schema) in all() {
        let Some(definitions) = schema["$defs"].as_object() else { continue };
        let text = schema.to_string();
        for (name, definition) in definitions {
            assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{schema_name} has no use for {name}");
            let (first, same) = known.entry(name.clone()).or_insert_with(|| (schema_name.clone(), definition.clone()));
            assert_eq!(same, definition, "{name} in {first} and in {schema_name}");
        }
    }
}

#[test]
fn what_is_unknown_is_missing_or_has_another_form_is_refused() {
    let closed = schema("held");
    let (validator, opened) = (validator(&closed), validator(&opened(closed)));
    let good = json!({
        "plan": "ab".repeat(32),
        "people": [{
            "user": "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "account": 8412, "deactivates": true, "roles": [],
            "because": "limit", "since": "2026-11-25T08:00:00Z", "by": "user-flow"
        }],
        "approved": []
    });
    assert_eq!(complaints(&validator, &good), Vec::<String>::new());
    for (place, value) in [
        ("/plan", json!("abababababab")),
        ("/people", Value::Null),
        ("/people/0/user", json!("6F9619FF-8B86-D011-B42D-00CF4FC964FF")),
        ("/people/0/account", json!("")),
        ("/people/0/because", json!("held_over_limit")),
        ("/people/0/since", json!("2026-11-25T09:00:00+01:00")),
        ("/people/0/since", json!("2026-13-25T09:00:00Z")),
        ("/people/0/by", json!("full-20261125")),
        ("/people/0/gone", json!(false)),
    ] {
        let mut bad = good.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        object(&mut bad, parent).insert(key.to_owned(), value);
        let told = complaints(&validator, &bad);
        assert!(told.iter().any(|told| told.starts_with(&format!("at {place}: "))), "{place}: {told:?}");
    }
    for place in objects(&good) {
        let mut more = good.clone();
        object(&mut more, &place).insert("plans".to_owned(), json!(1));
        assert!(!validator.is_valid(&more) && opened.is_valid(&more), "{place}");
        let keys: Vec<String> = object(&mut more, &place).keys().cloned().collect();
        for key in keys {
            let mut less = good.clone();
            if object(&mut less, &place).remove(&key).is_some() {
                assert!(!validator.is_valid(&less) && !opened.is_valid(&less), "{place}/{key}");
            }
        }
    }
}
