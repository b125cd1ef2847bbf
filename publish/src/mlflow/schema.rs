//! A dataset's columns in MLflow's words, out of its card, which has all of them with their types.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::dataset::CARD;

#[derive(Deserialize)]
struct Header {
    dataset_info: Info,
}

#[derive(Deserialize)]
struct Info {
    features: Vec<Column>,
}

/// A column, or a part of one.
#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(flatten)]
    kind: Kind,
}

/// What a column holds, as cards have it.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Dtype(String),
    Struct(Vec<Column>),
    List(Element),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    Scalar(String),
    Struct(Vec<Column>),
    Kind(Box<Kind>),
}

/// The columns, or nothing where the card has no such header, or one of a type for which MLflow has no word.
///
/// None is required: a card does not say which columns have a value in every row.
pub(super) fn of(folder: &Path) -> Option<Vec<Value>> {
    let card = fs::read_to_string(folder.join(CARD)).ok()?;
    of_card(&card)
}

fn of_card(card: &str) -> Option<Vec<Value>> {
    let (header, _) = card.strip_prefix("---\n")?.split_once("\n---\n")?;
    let header: Header = serde_saphyr::from_str(header).ok()?;
    header.dataset_info.features.iter().map(column).collect()
}

fn column(column: &Column) -> Option<Value> {
    let mut spec = kind(&column.kind)?;
    spec["name"] = column.name.as_str().into();
    spec["required"] = false.into();
    Some(spec)
}

fn kind(of: &Kind) -> Option<Value> {
    match of {
        Kind::Dtype(dtype) => scalar(dtype),
        Kind::Struct(columns) => object(columns),
        Kind::List(element) => {
            let items = match element {
                Element::Scalar(dtype) => scalar(dtype)?,
                Element::Struct(columns) => object(columns)?,
                Element::Kind(inner) => kind(inner)?,
            };
            Some(json!({"type": "array", "items": items}))
        }
    }
}

fn object(columns: &[Column]) -> Option<Value> {
    let mut properties = Map::new();
    for column in columns {
        let mut property = kind(&column.kind)?;
        property["required"] = false.into();
        properties.insert(column.name.clone(), property);
    }
    Some(json!({"type": "object", "properties": properties}))
}

/// MLflow's types are signed: an unsigned one is the next larger one, where there is one.
fn scalar(dtype: &str) -> Option<Value> {
    let name = match dtype {
        "bool" => "boolean",
        "int8" | "int16" | "int32" | "uint8" | "uint16" => "integer",
        "int64" | "uint32" | "uint64" => "long",
        "float16" | "float32" => "float",
        "float64" => "double",
        "string" | "large_string" => "string",
        "binary" | "large_binary" => "binary",
        _ => return None,
    };
    Some(json!({"type": name}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "---
license: \"cc-by-4.0\"
dataset_info:
  features:
  - name: prompt
    list:
    - name: role
      dtype: string
    - name: tool_calls
      list:
      - name: id
        dtype: string
  - name: completions
    list:
      list:
      - name: content
        dtype: string
  - name: label
    dtype: bool
  - name: events
    list: uint64
  - name: answer
    struct:
    - name: score
      dtype: float64
---

# A card
";

    #[test]
    fn every_kind_of_column_has_its_word() {
        let text = json!({"type": "string", "required": false});
        let calls =
            json!({"type": "array", "items": {"type": "object", "properties": {"id": text}}, "required": false});
        let message = json!({"type": "object", "properties": {"role": text, "tool_calls": calls}});
        let content = json!({"type": "object", "properties": {"content": text}});
        let score = json!({"score": {"type": "double", "required": false}});
        assert_eq!(
            Value::from(of_card(CARD).expect("columns")),
            json!([
                {"name": "prompt", "type": "array", "items": message, "required": false},
                {"name": "completions", "type": "array", "items": {"type": "array", "items": content}, "required": false},
                {"name": "label", "type": "boolean", "required": false},
                {"name": "events", "type": "array", "items": {"type": "long"}, "required": false},
                {"name": "answer", "type": "object", "properties": score, "required": false},
            ])
        );
    }

    #[test]
    fn what_has_no_word_leaves_no_half_a_schema() {
        assert_eq!(of_card(&CARD.replace("dtype: bool", "dtype: image")), None);
        assert_eq!(of_card("# No header"), None);
        assert_eq!(of_card("---\nlicense: other\n---\n"), None);
    }
}
