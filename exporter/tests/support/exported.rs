//! What a folder holds.

use std::{collections::BTreeSet, fs::File, path::Path};

use parquet::file::{reader::FileReader as _, serialized_reader::SerializedFileReader};
use serde_json::Value;
use stele_exporter::{Manifest, Recipe, export};

use super::{Campaign, request};

/// The rows of each side, and the manifest. Both of a side's files must say the same.
pub(crate) async fn exported(campaign: &Campaign, out: &Path, recipe: &str) -> (Manifest, Vec<Value>) {
    let recipe = Recipe::parse("recipe", recipe).expect("a recipe");
    let manifest = export(&campaign.ledger, &request(recipe), out, |_| {}).await.expect("exports");
    let mut all = Vec::new();
    let columns: BTreeSet<Vec<String>> = manifest.splits.keys().map(|side| columns(out, side)).collect();
    assert_eq!(columns.len(), 1, "every side has the same columns");
    for side in manifest.splits.keys() {
        let rows = rows(&out.join(format!("{side}.jsonl")));
        let same = parquet_rows(&out.join(format!("data/{side}-00000-of-00001.parquet")));
        assert_eq!(rows, same, "both forms say the same");
        assert_eq!(rows.len() as u64, manifest.splits[side]);
        all.extend(rows);
    }
    (manifest, all)
}

/// The names of a side's columns in Parquet.
fn columns(out: &Path, side: &str) -> Vec<String> {
    let file = File::open(out.join(format!("data/{side}-00000-of-00001.parquet"))).expect("readable");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let fields = reader.metadata().file_metadata().schema().get_fields();
    fields.iter().map(|field| field.name().to_owned()).collect()
}

pub(crate) fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("readable");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The rows of a Parquet file. What a row lacks is null there, and not there in JSON, which has 1 for 1.0.
fn parquet_rows(path: &Path) -> Vec<Value> {
    let reader = SerializedFileReader::new(File::open(path).expect("readable")).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row").to_json_value());
    rows.map(as_in_json).collect()
}

fn as_in_json(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(fields.map(|(name, value)| (name, as_in_json(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(as_in_json).collect()),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => {
                serde_json::from_str(&format!("{float:.0}")).expect("a whole number")
            }
            _ => number.into(),
        },
        other => other,
    }
}

/// These fields of a row.
pub(crate) fn fields(row: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| row[name].clone()).collect()
}
