//! A call of any field, built from what introspection tells of the schema.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Server;

const INTROSPECTION: &str = "{ __schema {
    types { name kind enumValues { name } fields { name args { name type { ...T } } type { ...T } }
        inputFields { name defaultValue type { ...T } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The schema as introspection tells it.
pub(crate) struct Introspected {
    types: Value,
    /// Ids by the names of the arguments and members that are to have them; `field.argument` goes before `argument`.
    known: BTreeMap<&'static str, Value>,
}

impl Introspected {
    pub(crate) async fn by(server: &Server, known: BTreeMap<&'static str, Value>) -> Self {
        let schema = server.ask(None, INTROSPECTION, Value::Null).await;
        Self { types: schema["data"]["__schema"]["types"].clone(), known }
    }

    fn of_type(&self, name: &str) -> &Value {
        let types = self.types.as_array().expect("types");
        types.iter().find(|of| of["name"] == name).unwrap_or_else(|| panic!("no type {name}"))
    }

    /// A value of a type, in GraphQL's own notation.
    fn value(&self, field: &str, member: &str, of: &Value) -> String {
        match (of["kind"].as_str(), of["name"].as_str()) {
            (Some("NON_NULL"), _) => self.value(field, member, &of["ofType"]),
            (Some("LIST"), _) => format!("[{}]", self.value(field, member, &of["ofType"])),
            (Some("ENUM"), Some(name)) => {
                self.of_type(name)["enumValues"][0]["name"].as_str().expect("a value").to_owned()
            }
            (Some("INPUT_OBJECT"), Some(name)) => {
                let fields = self.of_type(name)["inputFields"].as_array().expect("fields");
                let required: Vec<&Value> =
                    fields.iter().filter(|member| member["type"]["kind"] == "NON_NULL").collect();
                // a one-of type requires none of its fields, and wants exactly one
                let chosen = if required.is_empty() { vec![&fields[0]] } else { required };
                let given = chosen.iter().map(|member| {
                    let name = member["name"].as_str().expect("a name");
                    format!("{name}: {}", self.value(field, name, &member["type"]))
                });
                format!("{{ {} }}", given.collect::<Vec<_>>().join(", "))
            }
            (_, Some("UUID")) => {
                let own = format!("{field}.{member}");
                let known = self.known.get(own.as_str()).or_else(|| self.known.get(member));
                known.map_or_else(|| "\"00000000-0000-0000-0000-000000000001\"".to_owned(), Value::to_string)
            }
            (_, Some("Int" | "Position")) => "1".to_owned(),
            (_, Some("Float")) => "0.5".to_owned(),
            (_, Some("Boolean")) => "true".to_owned(),
            (_, Some("DateTime")) => "\"2026-01-01T00:00:00Z\"".to_owned(),
            _ => "\"text\"".to_owned(),
        }
    }

    /// A call of a field with the arguments that it needs; of an object, it selects as little as possible.
    pub(crate) fn call(&self, parent: &str, name: &str) -> String {
        let fields = self.of_type(parent)["fields"].as_array().expect("fields");
        let field = fields.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("no {parent}.{name}"));
        let arguments = field["args"].as_array().expect("arguments").iter();
        let arguments: Vec<String> = arguments
            .filter(|argument| argument["type"]["kind"] == "NON_NULL")
            .map(|argument| {
                let argument_name = argument["name"].as_str().expect("a name");
                format!("{argument_name}: {}", self.value(name, argument_name, &argument["type"]))
            })
            .collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let mut result = &field["type"];
        while !result["ofType"].is_null() {
            result = &result["ofType"];
        }
        let is_leaf = matches!(result["kind"].as_str(), Some("SCALAR" | "ENUM"));
        format!("{name}{arguments}{}", if is_leaf { "" } else { " { __typename }" })
    }
}
