use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template with the short forms (`!Ref`) written out and what is shared (`<<`) put in place, as `sam` does it.
pub(super) struct Template(Value);

impl Template {
    pub(super) fn read() -> Self {
        let text = file("template.yaml");
        let documents = Yaml::load_from_str(&text).unwrap();
        Self(value(&documents[0]))
    }

    pub(super) fn section(&self, name: &str) -> &Map<String, Value> {
        self.0[name].as_object().unwrap()
    }

    pub(super) fn names(&self, section: &str) -> BTreeSet<&str> {
        self.section(section).keys().map(String::as_str).collect()
    }

    pub(super) fn resource(&self, name: &str) -> &Value {
        &self.0["Resources"][name]
    }

    pub(super) fn properties(&self, name: &str) -> &Value {
        &self.resource(name)["Properties"]
    }

    /// The resources of a type.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.section("Resources")
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
    }

    /// What a function is told, what all are told included.
    pub(super) fn environment(&self, function: &str) -> Map<String, Value> {
        let mut variables = self.0["Globals"]["Function"]["Environment"]["Variables"].as_object().unwrap().clone();
        variables.extend(self.properties(function)["Environment"]["Variables"].as_object().unwrap().clone());
        variables
    }

    /// Everything that anything refers to.
    pub(super) fn needs_of_everything(&self) -> BTreeSet<&str> {
        needs(&self.0)
    }

    /// Every resource with what it refers to, those included that SAM makes of a function: its event sources, its address.
    pub(super) fn expanded(&self) -> BTreeMap<String, BTreeSet<String>> {
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let mut all = BTreeMap::new();
        for (name, resource) in self.section("Resources") {
            let mut resource = resource.clone();
            let function = BTreeSet::from([name.clone()]);
            if resource["Type"] == "AWS::Serverless::Function" {
                let properties = resource["Properties"].as_object_mut().unwrap();
                for (event, source) in properties.remove("Events").iter().flat_map(|events| events.as_object().unwrap())
                {
                    let mut needed = owned(needs(source));
                    needed.insert(name.clone());
                    all.insert(format!("{name}{event}"), needed);
                }
                if properties.remove("FunctionUrlConfig").is_some() {
                    all.insert(format!("{name}Url"), function.clone());
                    all.insert(format!("{name}UrlPublicPermissions"), function.clone());
                    all.insert(format!("{name}URLInvokeAllowPublicAccess"), function);
                }
                properties.insert("Globals".to_owned(), self.0["Globals"]["Function"].clone());
            }
            all.insert(name.clone(), owned(needs(&resource)));
        }
        let resources: BTreeSet<_> = all.keys().cloned().collect();
        for needed in all.values_mut() {
            needed.retain(|name| resources.contains(name));
        }
        all
    }
}

/// A file of the project.
pub(super) fn file(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The same, if there is one.
pub(super) fn file_if_there(path: &str) -> Option<String> {
    root().join(path).is_file().then(|| file(path))
}

/// The files of a folder of the project, one after the other.
pub(super) fn files(folder: &str) -> String {
    let paths = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names that a part of the template refers to.
pub(super) fn needs(part: &Value) -> BTreeSet<&str> {
    match part {
        Value::Array(items) => items.iter().flat_map(needs).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match name.as_str() {
                "Ref" | "Condition" if value.is_string() => value.as_str().into_iter().collect(),
                "Fn::GetAtt" => value[0].as_str().into_iter().collect(),
                "DependsOn" => match value {
                    Value::String(one) => BTreeSet::from([one.as_str()]),
                    several => several.as_array().unwrap().iter().filter_map(Value::as_str).collect(),
                },
                "Fn::Sub" => {
                    let text = value.as_str().or_else(|| value[0].as_str()).unwrap();
                    substituted(text).chain(needs(value)).collect()
                }
                _ => needs(value),
            })
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// The names in `${name}` and `${name.attribute}`.
pub(super) fn substituted(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next())
}

fn value(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(flag)) => json!(flag),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(fields) => {
            let mut object = Map::new();
            for (name, field) in fields {
                match (name.as_str().unwrap(), value(field)) {
                    ("<<", shared) => {
                        for (name, field) in shared.as_object().unwrap() {
                            object.entry(name).or_insert_with(|| field.clone());
                        }
                    }
                    (name, field) => {
                        object.insert(name.to_owned(), field);
                    }
                }
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, inner) => match (tag.suffix.as_str(), value(inner)) {
            ("Ref", name) => json!({ "Ref": name }),
            ("GetAtt", Value::String(path)) => {
                let (name, attribute) = path.split_once('.').unwrap();
                json!({ "Fn::GetAtt": [name, attribute] })
            }
            (function, argument) => json!({ format!("Fn::{function}"): argument }),
        },
        other => panic!("{other:?}"),
    }
}
