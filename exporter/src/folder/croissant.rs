//! Croissant metadata (version 1.1 of the format, `MLCommons` 2026): what the dataset holds, for search engines and loaders.

use serde_json::{Value, json};

use super::{Manifest, files::Described};
use crate::table::{Column, Kind};

/// `croissant.json`, with all that the specification requires.
pub(super) fn croissant(manifest: &Manifest, described: &Described) -> Value {
    let about = &manifest.recipe.card;
    let description = if about.description.is_empty() {
        format!("Human feedback of the project {}, from a ledger.", manifest.project_name)
    } else {
        about.description.clone()
    };
    let splits = manifest.splits.keys();
    let version = manifest.release.as_ref().map_or_else(|| "0.0.0".to_owned(), |release| release.version.to_string());
    json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": manifest.title(),
        "description": description,
        "license": about.license,
        "url": about.url.clone().unwrap_or_else(|| format!("urn:uuid:{}", manifest.ledger_id)),
        "creator": {
            "@type": "sc:Organization",
            "name": about.creator.clone().unwrap_or_else(|| manifest.ledger_name.clone()),
        },
        "datePublished": manifest.known_at.recorded_at,
        "version": version,
        "isLiveDataset": false,
        "distribution": described.files.iter().map(file_object).collect::<Vec<_>>(),
        "recordSet": splits.map(|split| record_set(split, described)).collect::<Vec<_>>(),
    })
}

fn file_object(file: &stele_domain::dataset::ReleasedFile) -> Value {
    let format = match file.path.rsplit_once('.') {
        Some((_, "parquet")) => "application/x-parquet",
        Some((_, "json")) => "application/json",
        _ => "application/jsonlines",
    };
    json!({
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": format!("{} B", file.bytes),
        "encodingFormat": format,
        "sha256": file.sha256,
    })
}

fn record_set(split: &str, described: &Described) -> Value {
    let fields = described.columns.iter().filter_map(|column| field(split, column));
    json!({"@type": "cr:RecordSet", "@id": split, "name": split, "field": fields.collect::<Vec<_>>()})
}

/// A column, if the format has a word for it: it has none for lists of lists, nor for lists or parts of messages that may be
/// missing.
fn field(split: &str, column: &Column) -> Option<Value> {
    if column.is_optional && matches!(column.kind, Kind::List(_)) {
        return None;
    }
    let source = |transform: Option<&str>| {
        let mut source = json!({"fileObject": {"@id": format!("{split}.jsonl")}, "extract": {"column": column.name}});
        if let Some(path) = transform {
            source["transform"] = json!({"jsonPath": path});
        }
        source
    };
    let named = |id: String, name: &str| json!({"@type": "cr:Field", "@id": id, "name": name});
    let mut field = named(format!("{split}/{}", column.name), column.name);
    let element = match &column.kind {
        Kind::List(element) => {
            field["isArray"] = true.into();
            field["arrayShape"] = "-1".into();
            &**element
        }
        one => one,
    };
    if let Kind::Struct(columns) = element {
        let required = columns.iter().filter(|column| !column.is_optional);
        let parts = required.filter_map(|part| {
            let mut field = named(format!("{split}/{}/{}", column.name, part.name), part.name);
            field["dataType"] = data_type(&part.kind)?.into();
            field["source"] = source(Some(part.name));
            Some(field)
        });
        field["subField"] = parts.collect();
    } else {
        field["dataType"] = data_type(element)?.into();
        field["source"] = source(None);
    }
    Some(field)
}

/// A type of schema.org.
const fn data_type(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Text => Some("sc:Text"),
        // the loader makes times of whatever is called `..._at`
        Kind::Time => Some("sc:DateTime"),
        Kind::Boolean => Some("sc:Boolean"),
        Kind::Unsigned32 | Kind::Unsigned64 => Some("sc:Integer"),
        Kind::Float => Some("sc:Float"),
        Kind::List(_) | Kind::Struct(_) => None,
    }
}

/// The names that the format uses, as its reference loader writes them. `@vocab` has https: the loader knows schema.org by no
/// other name.
fn context() -> Value {
    let mut context = json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "description": {"@container": "@language"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "name": {"@container": "@language"},
    });
    for name in [
        "arrayShape",
        "citeAs",
        "column",
        "containedIn",
        "equivalentProperty",
        "extract",
        "field",
        "fileObject",
        "fileProperty",
        "fileSet",
        "format",
        "includes",
        "isArray",
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "recordSet",
        "references",
        "regex",
        "repeated",
        "replace",
        "samplingRate",
        "separator",
        "source",
        "subField",
        "transform",
    ] {
        context[name] = format!("cr:{name}").into();
    }
    context
}
