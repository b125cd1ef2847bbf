//! Comparisons from CSV: who preferred which of two items.

use std::path::Path;

use anyhow::bail;
use stele_agreement::preference::{Judgment, Judgments, Outcome};

use crate::{columns, names::Names, open};

/// Judgments and the names of what is numbered in them.
#[derive(Debug)]
pub(crate) struct Comparisons {
    pub(crate) workers: Names,
    pub(crate) items: Names,
    pub(crate) judgments: Judgments,
}

/// Reads comparisons.
pub(crate) fn read(file: &Path) -> anyhow::Result<Comparisons> {
    let mut reader = open(file)?;
    let [worker, left, right, label] = columns(&mut reader, ["worker", "left", "right", "label"])?;
    let [mut workers, mut items] = [(); 2].map(|()| Names::default());
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        let outcome = match &record[label] {
            preferred if *preferred == record[left] => Outcome::Left,
            preferred if *preferred == record[right] => Outcome::Right,
            _ => bail!("line {}: the preferred item is neither", reader.position().line()),
        };
        let (annotator, left) = (workers.number(&record[worker])?, items.number(&record[left])?);
        rows.push(Judgment { annotator, left, right: items.number(&record[right])?, outcome });
    }
    let [annotators, count] = [&workers, &items].map(|names| u32::try_from(names.len()));
    let judgments = Judgments::new(annotators?, count?, &rows)?;
    Ok(Comparisons { workers, items, judgments })
}
