//! The dataset card: what the Hugging Face hub and `datasets` read of a folder, and what people read of it.

use std::fmt::Write as _;

use super::{Manifest, files::Described, training};
use crate::table::{Columns, Kind};

/// `README.md`: metadata in YAML, so that every column has its type whatever its values are, and how the dataset was made.
pub(super) fn card(manifest: &Manifest, described: &Described) -> String {
    let mut card = String::from("---\n");
    header(&mut card, manifest, described);
    card.push_str("---\n\n");
    body(&mut card, manifest);
    card
}

fn header(card: &mut String, manifest: &Manifest, described: &Described) {
    let about = &manifest.recipe.card;
    line(card, 0, &format!("license: {}", quoted(&about.license)));
    if !about.languages.is_empty() {
        let languages: Vec<String> = about.languages.iter().map(|language| quoted(language)).collect();
        line(card, 0, &format!("language: [{}]", languages.join(", ")));
    }
    line(card, 0, &format!("size_categories: [{}]", size_category(manifest.rows)));
    line(card, 0, &format!("tags: [human-feedback, stele, {}]", manifest.format.as_str()));
    line(card, 0, "configs:");
    line(card, 0, "- config_name: default");
    line(card, 1, "data_files:");
    for split in manifest.splits.keys() {
        line(card, 1, &format!("- split: {split}"));
        line(card, 2, &format!("path: data/{split}-*.parquet"));
    }
    line(card, 0, "dataset_info:");
    line(card, 1, "features:");
    features(card, 1, &described.columns);
    line(card, 1, "splits:");
    for (split, rows) in &manifest.splits {
        line(card, 1, &format!("- name: {split}"));
        line(card, 2, &format!("num_bytes: {}", described.bytes_of(&format!("{split}.jsonl"))));
        line(card, 2, &format!("num_examples: {rows}"));
    }
    line(card, 1, &format!("download_size: {}", described.bytes_under("data/")));
    let lines: u64 = manifest.splits.keys().map(|split| described.bytes_of(&format!("{split}.jsonl"))).sum();
    line(card, 1, &format!("dataset_size: {lines}"));
}

/// The columns, as `datasets` names their types.
fn features(card: &mut String, depth: usize, columns: &Columns) {
    for column in columns.iter() {
        line(card, depth, &format!("- name: {}", column.name));
        feature(card, depth + 1, &column.kind);
    }
}

fn feature(card: &mut String, depth: usize, kind: &Kind) {
    match kind {
        Kind::Struct(columns) => {
            line(card, depth, "struct:");
            features(card, depth, columns);
        }
        Kind::List(element) => match &**element {
            Kind::Struct(columns) => {
                line(card, depth, "list:");
                features(card, depth, columns);
            }
            Kind::List(_) => {
                line(card, depth, "list:");
                feature(card, depth + 1, element);
            }
            scalar => line(card, depth, &format!("list: {}", dtype(scalar))),
        },
        scalar => line(card, depth, &format!("dtype: {}", dtype(scalar))),
    }
}

const fn dtype(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "bool",
        Kind::Unsigned32 => "uint32",
        Kind::Unsigned64 => "uint64",
        Kind::Float => "float64",
        Kind::Text | Kind::Time | Kind::List(_) | Kind::Struct(_) => "string",
    }
}

const fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        _ => "10M<n<100M",
    }
}

fn body(card: &mut String, manifest: &Manifest) {
    let paragraph = |card: &mut String, text: &str| {
        card.push_str(text);
        card.push_str("\n\n");
    };
    paragraph(card, &format!("# {}", manifest.title()));
    if !manifest.recipe.card.description.is_empty() {
        paragraph(card, &manifest.recipe.card.description);
    }
    paragraph(
        card,
        "Made by Stele out of a ledger of human feedback. The same recipe at the same position gives the same rows; the column \
         `events` names the events that a row comes from, and `manifest.json` has all of this for programs.",
    );
    if let Some(hint) = training::hint(&manifest.recipe) {
        paragraph(card, &hint);
    }
    card.push_str("| what | |\n|---|---|\n");
    for (what, value) in [
        ("project", manifest.project_name.clone()),
        ("ledger", format!("{} (`{}`)", manifest.ledger_name, manifest.ledger_id)),
        ("position", manifest.known_at.position.to_string()),
        ("Merkle root", format!("`{}`", manifest.known_at.merkle_root)),
        ("recipe, SHA-256", format!("`{}`", manifest.recipe_sha256)),
        ("rows, SHA-256", format!("`{}`", manifest.digest)),
        ("tasks, judgments, rows", format!("{}, {}, {}", manifest.tasks, manifest.judgments, manifest.rows)),
    ] {
        // writing to a text can't fail
        let _ = writeln!(card, "| {what} | {} |", value.replace('|', "\\|"));
    }
    card.push('\n');
    let left_out: Vec<_> = manifest.left_out.iter().collect();
    if !left_out.is_empty() {
        paragraph(card, "Left out:");
        for (reason, count) in left_out {
            let _ = writeln!(card, "- {count} {}", reason.describe());
        }
    }
}

fn line(card: &mut String, depth: usize, text: &str) {
    card.extend(std::iter::repeat_n("  ", depth));
    card.push_str(text);
    card.push('\n');
}

/// A text in YAML, whatever it is: JSON's strings are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
