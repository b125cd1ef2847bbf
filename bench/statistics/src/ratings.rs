//! Ratings from CSV: who put which task into which category.

use std::path::Path;

use anyhow::Context;
use stele_agreement::consensus::{Label, Labels, Shape};

use crate::{columns, names::Names, open, parts::Parts};

/// Reads ratings of which workers don't matter. Labels are integers from 0 to 255.
pub(crate) fn read_scores(file: &Path) -> anyhow::Result<Parts> {
    let mut reader = open(file)?;
    let [task, label] = columns(&mut reader, ["task", "label"])?;
    let mut parts = Parts::default();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        let score = str::from_utf8(&record[label]).ok().and_then(|label| label.parse().ok());
        let score = score.with_context(|| format!("line {}: a label that is no integer to 255", line(&record)))?;
        parts.add(&record[task], score).with_context(|| format!("line {}", line(&record)))?;
    }
    Ok(parts)
}

fn line(record: &csv::ByteRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// Labels and the names of what is numbered in them.
#[derive(Debug)]
pub(crate) struct Ratings {
    pub(crate) tasks: Names,
    pub(crate) categories: Names,
    pub(crate) labels: Labels,
}

/// Reads ratings with their workers. Labels are any text.
pub(crate) fn read_labels(file: &Path) -> anyhow::Result<Ratings> {
    let mut reader = open(file)?;
    let [task, worker, label] = columns(&mut reader, ["task", "worker", "label"])?;
    let [mut tasks, mut workers, mut categories] = [(); 3].map(|()| Names::default());
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        let (item, annotator) = (tasks.number(&record[task])?, workers.number(&record[worker])?);
        rows.push(Label { item, annotator, category: categories.number(&record[label])? });
    }
    let [items, annotators, count] = [&tasks, &workers, &categories].map(|names| u32::try_from(names.len()));
    let shape = Shape { items: items?, annotators: annotators?, categories: count? };
    let labels = Labels::new(shape, &rows)?;
    Ok(Ratings { tasks, categories, labels })
}
