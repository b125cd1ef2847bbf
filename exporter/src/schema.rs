//! What rows hold, for programs: a JSON Schema of each format, and what each column is to the people in it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use stele_domain::{
    dataset::DatasetFormat,
    form::{BoxesQuestion, QuestionKind, SpanText, SpansQuestion},
};
use stele_recipe::{Aggregation, Layout, Recipe, Style, has_each_judgment};

use crate::{
    rows::{self, Layouter},
    table::{Column, Columns, Kind},
};

/// What a field is to the people that it may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Nothing in it is about a person.
    Public,
    /// It tells people apart, by names that hold in one dataset alone.
    Pseudonymous,
    /// It may be about somebody.
    Personal,
}

/// What each field that can leave is.
#[derive(Debug, Deserialize)]
struct Classified {
    columns: BTreeMap<String, Visibility>,
}

impl Classified {
    fn read() -> Result<Self, SchemaError> {
        Ok(toml::from_str(include_str!("../visibility.toml"))?)
    }
}

/// Why there are no schemas.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The classification can't be read.
    #[error("visibility.toml: {0}")]
    Malformed(#[from] toml::de::Error),
    /// A column is not classified.
    #[error("visibility.toml does not say what the column `{0}` is")]
    Unclassified(&'static str),
    /// A schema could not be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// A JSON Schema (2020-12) of the rows of each format, style and layout, by the name of a file.
pub fn dataset_schemas() -> Result<BTreeMap<String, String>, SchemaError> {
    let classified = Classified::read()?;
    let mut files = BTreeMap::new();
    for (name, columns) in shapes() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name,
            "description": format!("A row of a dataset: {name}"),
        });
        let Value::Object(mut schema) = schema else { continue };
        schema.extend(object(&columns, Some(&classified))?);
        files.insert(format!("{name}.json"), serde_json::to_string_pretty(&schema)? + "\n");
    }
    Ok(files)
}

/// Every shape that rows can have, with all columns that a recipe can ask for.
fn shapes() -> Vec<(String, Columns)> {
    let mut shapes = Vec::new();
    for format in DatasetFormat::ALL {
        for style in [Style::Standard, Style::Conversational] {
            for layout in Layout::ALL {
                let recipe = Recipe { format, style, layout, ..Recipe::default() };
                if recipe.check().is_err() {
                    continue;
                }
                let layouter = Layouter::new(&recipe, "");
                for (suffix, kind) in kinds(format) {
                    let mut parts = vec![format.as_str()];
                    parts.extend((layout != Layout::Trl).then_some(layout.as_str()));
                    parts.extend((style == Style::Conversational).then_some("conversational"));
                    parts.extend(suffix);
                    shapes.push((parts.join("-"), layouter.columns(all_columns(&recipe, kind.as_ref()))));
                }
            }
        }
    }
    shapes
}

/// The columns of a recipe, and those that it has only where it asks for them.
fn all_columns(recipe: &Recipe, kind: Option<&QuestionKind>) -> Vec<Column> {
    let each = has_each_judgment(recipe.format);
    let everything = Recipe {
        rationale: "rationale".try_into().ok().filter(|_| each),
        aggregation: Aggregation { chosen_probability: true, ..Aggregation::default() },
        ..recipe.clone()
    };
    let plain = rows::columns(recipe, kind);
    let is_extra = |column: &Column| plain.iter().all(|known| known.name != column.name);
    let all = rows::columns(&everything, kind).into_iter();
    all.map(|column| Column { is_optional: column.is_optional || is_extra(&column), ..column }).collect()
}

/// The kinds of question that make a difference to the columns.
fn kinds(format: DatasetFormat) -> Vec<(Option<&'static str>, Option<QuestionKind>)> {
    let spans = |over| QuestionKind::Spans(SpansQuestion { over, labels: Vec::new(), overlapping: true });
    match format {
        DatasetFormat::Spans => vec![
            (None, Some(spans(SpanText::Content("text".to_owned())))),
            (Some("of-responses"), Some(spans(SpanText::Responses))),
        ],
        DatasetFormat::Boxes => {
            let boxes = BoxesQuestion { content: "image".to_owned(), labels: Vec::new() };
            vec![(None, Some(QuestionKind::Boxes(boxes)))]
        }
        _ => vec![(None, None)],
    }
}

/// The schema of an object with these members, each with what it is if that has been classified.
fn object(columns: &Columns, classified: Option<&Classified>) -> Result<Map<String, Value>, SchemaError> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for column in columns.iter() {
        let mut property = kind(&column.kind)?;
        if let Some(classified) = classified {
            let visibility = classified.columns.get(column.name).ok_or(SchemaError::Unclassified(column.name))?;
            property["x-visibility"] = visibility.as_str().into();
        }
        properties.insert(column.name.to_owned(), property);
        required.extend((!column.is_optional).then_some(column.name));
    }
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    match schema {
        Value::Object(schema) => Ok(schema),
        _ => Ok(Map::new()),
    }
}

fn kind(kind_of: &Kind) -> Result<Value, SchemaError> {
    Ok(match kind_of {
        Kind::Text => json!({"type": "string"}),
        Kind::Time => json!({"type": "string", "format": "date-time"}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Unsigned32 => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        Kind::Unsigned64 => json!({"type": "integer", "minimum": 0}),
        Kind::Float => json!({"type": "number"}),
        Kind::List(element) => json!({"type": "array", "items": kind(element)?}),
        Kind::Struct(columns) => Value::Object(object(columns, None)?),
    })
}

impl Visibility {
    /// The name under which it stands in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pseudonymous => "pseudonymous",
            Self::Personal => "personal",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_is_classified_and_nothing_else() {
        let classified = Classified::read().expect("readable");
        let shapes = shapes();
        let names = |column: &Column| column.name.to_owned();
        let columns: BTreeSet<String> = shapes.iter().flat_map(|(_, columns)| columns.iter().map(names)).collect();
        assert_eq!(classified.columns.into_keys().collect::<BTreeSet<_>>(), columns);
    }
}
