//! What a source says for one row, and why it says nothing.

use std::{borrow::Cow, fmt};

use serde_json::Value;

use super::{
    lookup::Lookups,
    source::{Column, Source},
    table::{Row, kind_of},
};

/// A row, and what else a source may draw on.
pub(super) struct Reading<'a> {
    /// The row.
    pub(super) row: &'a Row,
    /// The secondary tables.
    pub(super) lookups: &'a Lookups,
    /// Whether numbers and booleans may stand where text is expected.
    pub(super) coerce: bool,
}

/// Why a source has no value for a row.
#[derive(Debug)]
pub(super) enum NotFound {
    /// A secondary table has no row under the key; an optional answer may be absent so.
    NoRow(String),
    /// Anything else.
    Bad(String),
}

impl NotFound {
    /// The reason.
    pub(super) fn reason(self) -> String {
        let (Self::NoRow(reason) | Self::Bad(reason)) = self;
        reason
    }
}

/// A value as a source has it.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// As it stands in the data.
    Json(&'a Value),
    /// A text made of it.
    Text(Cow<'a, str>),
}

impl<'a> Reading<'a> {
    /// The value of a source.
    pub(super) fn find(&self, source: &'a Source) -> Result<Found<'a>, NotFound> {
        match source {
            Source::Column(column) => self.column(column).map(Found::Json),
            Source::Constant(text) => Ok(Found::Text(Cow::Borrowed(text))),
            Source::Split { column, split, part } => {
                let text = Found::Json(self.column(column)?).text(column, self.coerce).map_err(NotFound::Bad)?;
                let found = match &text {
                    Cow::Borrowed(text) => text.split(split).nth(*part).map(Cow::Borrowed),
                    Cow::Owned(text) => text.split(split).nth(*part).map(|part| Cow::Owned(part.to_owned())),
                };
                found.map(Found::Text).ok_or_else(|| {
                    let parts = text.split(split).count();
                    let text = excerpt(&text);
                    NotFound::Bad(format!(
                        "{column} is {text}, which has {parts} parts when split at {split:?}; \
                         part {part} is wanted, counted from 0"
                    ))
                })
            }
            Source::Lookup { lookup, key, list, take } => self.look_up(lookup, key, list.as_ref(), take),
        }
    }

    /// The text of a source, which may be empty.
    pub(super) fn text(&self, source: &'a Source) -> Result<String, String> {
        self.find(source).map_err(NotFound::reason)?.text(source, self.coerce).map(Cow::into_owned)
    }

    /// The text of a source that names something, as keys and labels do.
    pub(super) fn name(&self, source: &'a Source) -> Result<Cow<'a, str>, String> {
        self.find(source).map_err(NotFound::reason)?.name(source)
    }

    /// The value of a column of the row.
    pub(super) fn column(&self, column: &Column) -> Result<&'a Value, NotFound> {
        column.find(self.row.value.get(&column.name)).ok_or_else(|| NotFound::Bad(column.missing()))
    }
}

impl<'a> Found<'a> {
    /// Whether nothing stands there: null, or a text of white space alone.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Json(Value::Null) => true,
            Self::Json(Value::String(text)) => text.trim().is_empty(),
            Self::Json(_) => false,
            Self::Text(text) => text.trim().is_empty(),
        }
    }

    /// It as a text that people read; `place` says where it was found.
    pub(super) fn text(self, place: impl fmt::Display, coerce: bool) -> Result<Cow<'a, str>, String> {
        let value = match self {
            Self::Text(text) => return Ok(text),
            Self::Json(Value::String(text)) => return Ok(Cow::Borrowed(text)),
            Self::Json(value) => value,
        };
        match value {
            Value::Bool(_) | Value::Number(_) if coerce => Ok(Cow::Owned(value.to_string())),
            Value::Bool(_) | Value::Number(_) => Err(format!(
                "{place} is {value} ({}) where text is expected; set coerce: true to take it as the text \"{value}\"",
                kind_of(value)
            )),
            _ => Err(format!("{place} is {} where text is expected", kind_of(value))),
        }
    }

    /// It as a key or a label, which may also be a whole number or a boolean.
    pub(super) fn name(self, place: impl fmt::Display) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Json(Value::String(text)) => Ok(Cow::Borrowed(text)),
            Self::Json(value @ Value::Bool(_)) => Ok(Cow::Owned(value.to_string())),
            Self::Json(Value::Number(number)) if !number.is_f64() => Ok(Cow::Owned(number.to_string())),
            Self::Json(value @ Value::Number(_)) => {
                Err(format!("{place} is {value}, and a key or label is a text, a whole number or a boolean"))
            }
            Self::Json(value) => Err(format!(
                "{place} is {}, and a key or label is a text, a whole number or a boolean",
                kind_of(value)
            )),
        }
    }
}

/// The beginning of a text, in quotes, for a message.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use serde_json::json;

    use super::*;

    fn source(yaml: &str) -> Source {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(yaml, options).expect("a source")
    }

    fn row(value: Value) -> Row {
        let Value::Object(value) = value else { panic!("an object") };
        Row { line: 1, number: 0, value }
    }

    fn text(yaml: &str, value: Value, coerce: bool) -> Result<String, String> {
        let (source, row) = (source(yaml), row(value));
        let lookups = Lookups::load(&BTreeMap::new(), &[], Path::new("")).expect("no tables");
        Reading { row: &row, lookups: &lookups, coerce }.text(&source)
    }

    #[test]
    fn columns_pointers_parts_and_constants() {
        let value = json!({ "a": "x_y", "b": { "c/d": ["p", "q"] }, "/": "slash" });
        for (yaml, expected) in [
            ("a", "x_y"),
            ("/b/c~1d/1", "q"),
            ("/~1", "slash"),
            ("{ column: a, split: _, part: 1 }", "y"),
            ("{ constant: same }", "same"),
        ] {
            assert_eq!(text(yaml, value.clone(), false).as_deref(), Ok(expected), "{yaml}");
        }
        for (yaml, reason) in [
            ("c", "there is no column c"),
            ("/b/c~1d/01", "there is nothing at /b/c~1d/01"),
            ("/b/c~1d/2", "there is nothing at /b/c~1d/2"),
            (
                "{ column: a, split: _, part: 2 }",
                "a is \"x_y\", which has 2 parts when split at \"_\"; part 2 is wanted, counted from 0",
            ),
            ("b", "b is an object where text is expected"),
        ] {
            assert_eq!(text(yaml, value.clone(), true), Err(reason.to_owned()), "{yaml}");
        }
    }

    #[test]
    fn text_is_coerced_only_on_request_and_null_never() {
        let value = json!({ "yes": true, "n": 1.5, "null": null });
        assert_eq!(text("yes", value.clone(), true).as_deref(), Ok("true"));
        assert_eq!(text("n", value.clone(), true).as_deref(), Ok("1.5"));
        assert_eq!(
            text("\"null\"", value.clone(), true).expect_err("refused"),
            "null is null where text is expected"
        );
        assert_eq!(
            text("yes", value, false).expect_err("refused"),
            "yes is true (a boolean) where text is expected; set coerce: true to take it as the text \"true\""
        );
    }
}
