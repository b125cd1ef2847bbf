//! Sources: where a value is found, in the row itself, in the mapping or in a secondary table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::mapping::{Pairs, Shape};

/// Where a value is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Shape<SourceObject, IgnoredAny>")]
pub(super) enum Source {
    /// In the row.
    Column(Column),
    /// In the row, as one part of a text that is split; parts are counted from 0.
    Split {
        /// The column that holds the text.
        column: Column,
        /// What stands between the parts.
        split: String,
        /// Which part it is.
        part: usize,
    },
    /// In the mapping.
    Constant(String),
    /// In a secondary table.
    Lookup {
        /// The table's name.
        lookup: String,
        /// What its row is found by.
        key: Vec<Source>,
        /// The list to search in that row, if the value is not in the row itself.
        list: Option<ListElement>,
        /// The column of the row, or of the list's element.
        take: Column,
    },
}

/// Which element of a list is meant: the one in which every field has the value that the row gives.
#[derive(Clone, Debug)]
pub(super) struct ListElement {
    /// Where the list stands.
    pub(super) list: Column,
    /// The fields and their values.
    pub(super) wanted: Vec<(String, Source)>,
}

/// The name of a column; or, with a `/` in front, a JSON pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Column {
    /// As the mapping has it.
    pub(super) text: String,
    /// The column.
    pub(super) name: String,
    /// The way from there, for a pointer of several parts.
    pub(super) inside: Vec<String>,
}

impl Column {
    /// The value that this column's pointer leads to, from the column's own value.
    pub(super) fn find<'a>(&self, value: Option<&'a Value>) -> Option<&'a Value> {
        self.inside.iter().try_fold(value?, |value, part| match value {
            Value::Object(fields) => fields.get(part),
            // RFC 6901 §4: an index has no leading zeros.
            Value::Array(items) if part == "0" || !part.starts_with(['0', '+']) => {
                items.get(part.parse::<usize>().ok()?)
            }
            _ => None,
        })
    }

    pub(super) fn missing(&self) -> String {
        if self.text == self.name {
            format!("there is no column {self}")
        } else {
            format!("there is nothing at {self}")
        }
    }
}

impl Source {
    /// Adds the columns of the row itself that this source needs.
    pub(super) fn add_columns<'a>(&'a self, columns: &mut BTreeSet<&'a str>) {
        match self {
            Self::Column(column) | Self::Split { column, .. } => {
                columns.insert(&column.name);
            }
            Self::Constant(_) => {}
            Self::Lookup { .. } => self.needed().for_each(|source| source.add_columns(columns)),
        }
    }

    /// Adds the columns of the secondary tables that this source takes.
    pub(super) fn add_taken<'a>(&'a self, taken: &mut BTreeMap<&'a str, BTreeSet<&'a str>>) {
        if let Self::Lookup { lookup, list, take, .. } = self {
            let column = list.as_ref().map_or(take, |element| &element.list);
            taken.entry(lookup).or_default().insert(&column.name);
            self.needed().for_each(|source| source.add_taken(taken));
        }
    }

    /// The sources that a lookup needs to find its row and element.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Self> {
        let (key, list) = match self {
            Self::Lookup { key, list, .. } => (key.as_slice(), list.as_ref()),
            _ => (&[][..], None),
        };
        key.iter().chain(list.into_iter().flat_map(|list| list.wanted.iter().map(|(_, source)| source)))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => column.fmt(f),
            Self::Split { column, split, part } => write!(f, "part {part} of {column} (split at {split:?})"),
            Self::Constant(_) => f.write_str("the constant"),
            Self::Lookup { lookup, take, .. } => write!(f, "{take} of the lookup {lookup}"),
        }
    }
}

/// What a source may be.
const SOURCE_FORMS: &str = "a source is the name of a column, a JSON pointer, {column, split, part}, {constant}, \
                            {lookup, key, take} or {lookup, key, list, where, take}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceObject {
    column: Option<Column>,
    split: Option<String>,
    part: Option<usize>,
    constant: Option<String>,
    lookup: Option<String>,
    key: Option<SourceKeys>,
    list: Option<Column>,
    r#where: Option<Pairs<Source>>,
    take: Option<Column>,
}

impl TryFrom<Shape<SourceObject, IgnoredAny>> for Source {
    type Error = String;

    fn try_from(shape: Shape<SourceObject, IgnoredAny>) -> Result<Self, Self::Error> {
        let object = match shape {
            Shape::Text(text) => return Column::try_from(text).map(Self::Column),
            Shape::Mapping(object) => object,
            Shape::List(_) => return Err(SOURCE_FORMS.into()),
        };
        let SourceObject { column, split, part, constant, lookup, key, list, r#where, take } = object;
        match (column, split, part, constant, lookup, key, list, r#where, take) {
            (Some(_), Some(split), Some(_), None, None, None, None, None, None) if split.is_empty() => {
                Err("`split` is empty: it says what stands between the parts".into())
            }
            (Some(column), Some(split), Some(part), None, None, None, None, None, None) => {
                Ok(Self::Split { column, split, part })
            }
            (None, None, None, Some(constant), None, None, None, None, None) => Ok(Self::Constant(constant)),
            (None, None, None, None, Some(lookup), Some(SourceKeys(key)), None, None, Some(take)) => {
                Ok(Self::Lookup { lookup, key, list: None, take })
            }
            (None, None, None, None, Some(_), Some(_), Some(_), Some(Pairs(wanted)), Some(_))
                if wanted.is_empty() =>
            {
                Err("`where` is empty: it says which element of the list is meant".into())
            }
            (
                None,
                None,
                None,
                None,
                Some(lookup),
                Some(SourceKeys(key)),
                Some(list),
                Some(Pairs(wanted)),
                Some(take),
            ) => Ok(Self::Lookup { lookup, key, list: Some(ListElement { list, wanted }), take }),
            _ => Err(SOURCE_FORMS.into()),
        }
    }
}

impl TryFrom<String> for Column {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let Some(pointer) = text.strip_prefix('/') else {
            if text.is_empty() {
                return Err("the name of a column is empty".into());
            }
            return Ok(Self { name: text.clone(), inside: Vec::new(), text });
        };
        let escapes = pointer.split('~').skip(1);
        if escapes.clone().any(|rest| !rest.starts_with(['0', '1'])) {
            return Err(format!("{text} is not a JSON pointer: ~ is written ~0 in it, and / inside a name ~1"));
        }
        let mut parts = pointer.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
        let name = parts.next().unwrap_or_default();
        Ok(Self { name, inside: parts.collect(), text })
    }
}

/// One source, or a list of them.
#[derive(Deserialize)]
#[serde(try_from = "Shape<SourceObject, Source>")]
struct SourceKeys(Vec<Source>);

impl TryFrom<Shape<SourceObject, Source>> for SourceKeys {
    type Error = String;

    fn try_from(shape: Shape<SourceObject, Source>) -> Result<Self, Self::Error> {
        match shape {
            Shape::List(sources) => Ok(Self(sources)),
            Shape::Text(text) => Source::try_from(Shape::Text(text)).map(|one| Self(vec![one])),
            Shape::Mapping(object) => Source::try_from(Shape::Mapping(object)).map(|one| Self(vec![one])),
        }
    }
}
