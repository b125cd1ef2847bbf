//! The secondary tables, which are read into memory by their keys, and what a row finds in them.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    path::Path,
};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    mapping::Shape,
    reading::{Found, NotFound, Reading, excerpt},
    source::{Column, ListElement, Source},
    table::{BadRow, OpenError, Row, Table},
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

impl<'a> Reading<'a> {
    /// The value that a lookup has for the row.
    pub(super) fn look_up(
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
