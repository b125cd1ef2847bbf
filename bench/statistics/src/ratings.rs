//! Ratings from CSV: who put which task into which category.

use std::path::Path;

use anyhow::Context;
use stele_agreement::consensus::{Label, Labels, Shape};

use crate::{batch::Batch, columns, names::Names, open};

/// What alpha is made of: a task and a small number for each rating.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    pub(crate) tasks: usize,
    pub(crate) units: Vec<u32>,
    pub(crate) labels: Vec<u8>,
}

/// Reads ratings of which workers don't matter. Labels are integers from 0 to 255.
pub(crate) fn read_scores(file: &Path) -> anyhow::Result<Scores> {
    let mut reader = open(file)?;
    let [task, label] = columns(&mut reader, ["task", "label"])?;
    let (mut tasks, mut scores) = (Names::default(), Scores::default());
    let mut batch = Batch::new();
    while let Some(records) = batch.read(&mut reader)? {
        tasks.numbers(records.iter().map(|record| &record[task]), |unit| scores.units.push(unit))?;
        for record in records {
            scores.labels.push(str::from_utf8(&record[label])?.parse().context("a label that is no integer to 255")?);
        }
    }
    scores.tasks = tasks.len();
    Ok(scores)
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
    let mut batch = Batch::new();
    while let Some(records) = batch.read(&mut reader)? {
        let start = rows.len();
        let row = |item| Label { item, annotator: 0, category: 0 };
        tasks.numbers(records.iter().map(|record| &record[task]), |item| rows.push(row(item)))?;
        for (row, record) in rows[start..].iter_mut().zip(records) {
            row.annotator = workers.number(&record[worker])?;
            row.category = categories.number(&record[label])?;
        }
    }
    let [items, annotators, count] = [&tasks, &workers, &categories].map(|names| u32::try_from(names.len()));
    let shape = Shape { items: items?, annotators: annotators?, categories: count? };
    let labels = Labels::new(shape, &rows)?;
    Ok(Ratings { tasks, categories, labels })
}
