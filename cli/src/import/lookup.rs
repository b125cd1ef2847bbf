//! Where a value is found: in the row itself, or in a secondary table that is read into memory by its key.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    fmt,
    path::Path,
};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    mapping::{Pairs, Shape},
    table::{BadRow, OpenError, Row, Table, kind_of},
};

/// A secondary table, read into memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupMapping {
    /// The file, beside the votes file.
    pub(super) file: String,
    /// What its rows are found by.
    pub(super) by: LookupKey,
}

/// What the rows of a lookup are found by.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Shape<IgnoredAny, String>")]
pub(super) enum LookupKey {
    /// Their number, from 0; written `$row`.
    RowNumber,
    /// The text in one or several columns.
    Columns(Vec<Column>),
}

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

/// The secondary tables, by name.
pub(super) struct Lookups(BTreeMap<String, Lookup>);

/// One secondary table, with no more of its columns than the mapping takes.
struct Lookup {
    file: String,
    by: String,
    columns: Vec<String>,
    rows: HashMap<Vec<String>, Kept>,
}

/// What is kept of a row: its place, and a value for each of [`Lookup::columns`].
struct Kept {
    line: u64,
    values: Box<[Option<Value>]>,
}

impl Lookups {
    /// Reads the tables that lie in `folder`, as far as `sources` refer to them.
    pub(super) fn load(
        tables: &BTreeMap<String, LookupMapping>,
        sources: &[&Source],
        folder: &Path,
    ) -> Result<Self, OpenError> {
        let mut taken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for source in sources {
            source.add_taken(&mut taken);
        }
        let used = tables.iter().filter_map(|(name, table)| Some((name, table, taken.get(name.as_str())?)));
        let loaded = used.map(|(name, table, taken)| Ok((name.clone(), Lookup::load(table, taken, folder)?)));
        loaded.collect::<Result<_, _>>().map(Self)
    }
}

impl Lookup {
    fn load(mapping: &LookupMapping, taken: &BTreeSet<&str>, folder: &Path) -> Result<Self, OpenError> {
        let table = Table::open(&folder.join(&mapping.file), None)?;
        let (by, keys): (_, &[Column]) = match &mapping.by {
            LookupKey::RowNumber => ("$row".into(), &[]),
            LookupKey::Columns(columns) => {
                (columns.iter().map(|column| column.text.as_str()).collect::<Vec<_>>().join(", "), columns)
            }
        };
        table.check_columns(&taken.iter().copied().chain(keys.iter().map(|key| key.name.as_str())).collect())?;
        let columns = taken.iter().map(|column| (*column).to_owned()).collect();
        let mut lookup = Self { file: table.file().to_owned(), by, columns, rows: HashMap::new() };
        for row in table {
            lookup.add(row?, &mapping.by)?;
        }
        Ok(lookup)
    }

    fn add(&mut self, mut row: Row, by: &LookupKey) -> Result<(), BadRow> {
        let bad = |reason| BadRow { file: self.file.clone(), line: row.line, reason };
        let key = match by {
            LookupKey::RowNumber => vec![row.number.to_string()],
            LookupKey::Columns(columns) => {
                let names = columns.iter().map(|column| {
                    let value = column.find(row.value.get(&column.name)).ok_or_else(|| column.missing())?;
                    Found::Json(value).name(column).map(Cow::into_owned)
                });
                names.collect::<Result<_, _>>().map_err(bad)?
            }
        };
        match self.rows.entry(key) {
            Entry::Occupied(first) => {
                let (line, key) = (first.get().line, first.key().join(", "));
                Err(bad(format!("{} is {key}, as on line {line} already; it must be unique", self.by)))
            }
            Entry::Vacant(place) => {
                let values = self.columns.iter().map(|column| row.value.remove(column)).collect();
                place.insert(Kept { line: row.line, values });
                Ok(())
            }
        }
    }

    fn column<'a>(&'a self, kept: &'a Kept, column: &Column) -> Option<&'a Value> {
        let index = self.columns.iter().position(|name| *name == column.name)?;
        column.find(kept.values.get(index)?.as_ref())
    }
}

impl Column {
    /// The value that this column's pointer leads to, from the column's own value.
    fn find<'a>(&self, value: Option<&'a Value>) -> Option<&'a Value> {
        self.inside.iter().try_fold(value?, |value, part| match value {
            Value::Object(fields) => fields.get(part),
            // RFC 6901 §4: an index has no leading zeros.
            Value::Array(items) if part == "0" || !part.starts_with(['0', '+']) => {
                items.get(part.parse::<usize>().ok()?)
            }
            _ => None,
        })
    }

    fn missing(&self) -> String {
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
    fn add_taken<'a>(&'a self, taken: &mut BTreeMap<&'a str, BTreeSet<&'a str>>) {
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

    fn look_up(
        &self,
        name: &str,
        key: &'a [Source],
        list: Option<&'a ListElement>,
        take: &Column,
    ) -> Result<Found<'a>, NotFound> {
        // The mapping was checked: the table exists.
        let table = self.lookups.0.get(name).ok_or_else(|| NotFound::Bad(format!("there is no lookup {name}")))?;
        let key: Vec<String> = key
            .iter()
            .map(|source| self.name(source).map(Cow::into_owned))
            .collect::<Result<_, _>>()
            .map_err(NotFound::Bad)?;
        let kept = table.rows.get(&key).ok_or_else(|| {
            NotFound::NoRow(format!(
                "the lookup {name} has no row whose {} is {}",
                table.by,
                excerpt(&key.join(", "))
            ))
        })?;
        let place = || format!("{}:{}", table.file, kept.line);
        let Some(ListElement { list, wanted }) = list else {
            let value = table.column(kept, take);
            return value.map(Found::Json).ok_or_else(|| NotFound::Bad(format!("{} ({})", take.missing(), place())));
        };
        let Some(Value::Array(elements)) = table.column(kept, list) else {
            return Err(NotFound::Bad(format!("{list} is not a list ({})", place())));
        };
        let element = self
            .element(elements, wanted)
            .map_err(|reason| NotFound::Bad(format!("{reason} in {list} ({})", place())))?;
        let value = take.find(element.get(&take.name));
        value.map(Found::Json).ok_or_else(|| NotFound::Bad(format!("{} in {list} ({})", take.missing(), place())))
    }

    /// The one element whose fields have the values wanted.
    fn element(&self, elements: &'a [Value], wanted: &'a [(String, Source)]) -> Result<&'a Value, String> {
        let wanted: Vec<(&str, Cow<'_, str>)> = wanted
            .iter()
            .map(|(field, source)| Ok((field.as_str(), self.name(source)?)))
            .collect::<Result<_, String>>()?;
        let matches = |element: &&Value| {
            wanted.iter().all(|(field, value)| {
                element
                    .get(field)
                    .is_some_and(|found| Found::Json(found).name(field).is_ok_and(|name| name == *value))
            })
        };
        let mut found = elements.iter().filter(matches);
        let conditions = || {
            let each = wanted.iter().map(|(field, value)| format!("{field} is {}", excerpt(value)));
            each.collect::<Vec<_>>().join(" and ")
        };
        match (found.next(), found.next()) {
            (Some(element), None) => Ok(element),
            (None, _) => Err(format!("there is no element where {}", conditions())),
            (Some(_), Some(_)) => Err(format!("there are several elements where {}", conditions())),
        }
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

impl TryFrom<Shape<IgnoredAny, String>> for LookupKey {
    type Error = String;

    fn try_from(shape: Shape<IgnoredAny, String>) -> Result<Self, Self::Error> {
        let names = match shape {
            Shape::Text(name) if name == "$row" => return Ok(Self::RowNumber),
            Shape::Text(name) => vec![name],
            Shape::List(names) => names,
            Shape::Mapping(_) => Vec::new(),
        };
        if names.is_empty() || names.iter().any(|name| name == "$row") {
            return Err("a lookup is found by $row, by a column or by a list of columns".into());
        }
        names.into_iter().map(Column::try_from).collect::<Result<_, _>>().map(Self::Columns)
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    fn source(yaml: &str) -> Source {
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(yaml, options).expect("a source")
    }

    fn row(value: Value) -> Row {
        let Value::Object(value) = value else { panic!("an object") };
        Row { line: 1, number: 0, value }
    }

    /// Loads one lookup `t` from a file with this content, for one source.
    fn load(by: &str, source: &Source, name: &str, content: &str) -> Result<Lookups, String> {
        let folder = TempDir::new().expect("folder");
        std::fs::write(folder.path().join(name), content).expect("written");
        let table = LookupMapping { file: name.into(), by: serde_saphyr::from_str(by).expect("a key") };
        let place = format!("{}/", folder.path().display());
        Lookups::load(&BTreeMap::from([("t".to_owned(), table)]), &[source], folder.path())
            .map_err(|error| error.to_string().replace(&place, ""))
    }

    /// The text that a source takes from a row, with lookup `t`.
    fn look_up(by: &str, yaml: &str, content: &str, value: Value) -> Result<String, String> {
        let source = source(yaml);
        let lookups = load(by, &source, "t.jsonl", content)?;
        let row = row(value);
        let reading = Reading { row: &row, lookups: &lookups, coerce: false };
        let text = reading.text(&source);
        text.map_err(|reason| match reason.split_once(" (/") {
            Some((before, after)) => format!("{before} ({}", after.rsplit('/').next().unwrap_or_default()),
            None => reason,
        })
    }

    fn text(yaml: &str, value: Value, coerce: bool) -> Result<String, String> {
        let (source, row) = (source(yaml), row(value));
        Reading { row: &row, lookups: &Lookups(BTreeMap::new()), coerce }.text(&source)
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

    #[test]
    fn rows_are_found_by_number_by_one_column_and_by_several() {
        let rows = "{\"id\":7,\"t\":\"x\",\"v\":\"one\"}\n\n{\"id\":7,\"t\":\"y\",\"v\":\"two\"}\n";
        let found = |by, key| {
            look_up(by, &format!("{{ lookup: t, key: {key}, take: v }}"), rows, json!({ "n": 1, "i": "7", "t": "y" }))
        };
        assert_eq!(found("$row", "n").as_deref(), Ok("two"));
        assert_eq!(found("t", "t").as_deref(), Ok("two"));
        assert_eq!(found("[id, t]", "[i, t]").as_deref(), Ok("two"));
        assert_eq!(
            found("[id, t]", "[i, i]").expect_err("refused"),
            "the lookup t has no row whose id, t is \"7, 7\""
        );
        assert_eq!(
            found("id", "i").expect_err("refused"),
            "t.jsonl:3: id is 7, as on line 1 already; it must be unique"
        );
    }

    #[test]
    fn the_one_element_of_a_list() {
        let rows = r#"{"l":{"c":[{"m":"a","v":"A"},{"m":"b"},{"m":"c","v":"1"},{"m":"c","v":"2"}]}}"#;
        let find = |m: &str| {
            let yaml = "{ lookup: t, key: n, list: /l/c, where: { m: m }, take: v }";
            look_up("$row", yaml, rows, json!({ "n": 0, "m": m }))
        };
        assert_eq!(find("a").as_deref(), Ok("A"));
        assert_eq!(find("b").expect_err("refused"), "there is no column v in /l/c (t.jsonl:1)");
        assert_eq!(
            find("c").expect_err("refused"),
            "there are several elements where m is \"c\" in /l/c (t.jsonl:1)"
        );
        assert_eq!(find("d").expect_err("refused"), "there is no element where m is \"d\" in /l/c (t.jsonl:1)");
        let yaml = "{ lookup: t, key: n, list: /l, where: { m: m }, take: v }";
        let no_list = look_up("$row", yaml, rows, json!({ "n": 0, "m": "a" }));
        assert_eq!(no_list.expect_err("refused"), "/l is not a list (t.jsonl:1)");
    }

    #[test]
    fn a_table_that_is_not_sound_is_refused_with_its_place() {
        let source = source("{ lookup: t, key: n, take: v }");
        let refused = |name, content| load("id", &source, name, content).err().expect("refused");
        assert_eq!(refused("t.csv", "id,w\n1,2\n"), "t.csv:1: there is no column v; the header names id, w");
        assert_eq!(refused("t.csv", "id,v,v\n"), "t.csv:1: the header names the column v more than once");
        assert_eq!(refused("t.jsonl", "{\"id\":1}\n{\"v\":1}\n"), "t.jsonl:2: there is no column id");
        assert_eq!(
            refused("t.jsonl", "{\"id\":1.5}"),
            "t.jsonl:1: id is 1.5, and a key or label is a text, a whole number or a boolean"
        );
        assert!(refused("t.jsonl", "{\"id\":1").starts_with("t.jsonl:1: broken JSON"));
    }
}
