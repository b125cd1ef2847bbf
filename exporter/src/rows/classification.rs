//! Texts and the categories that they belong to.

use std::collections::BTreeMap;

use stele_domain::form::{AnswerValue, Part, QuestionKind};

use super::{Drawn, Reason, Source, count};
use crate::table::{Cell, Column, Kind};

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::optional("label", Kind::Text),
        Column::optional("labels", Kind::list_of(Kind::Text)),
        Column::new("votes_total", Kind::Unsigned32),
    ]
}

/// A row of the category that the annotators together say; or, where several may be chosen, of all that more than half say.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let (label, labels) = match source.kind {
        Some(QuestionKind::Choices(_)) => (Cell::None, chosen(source).into()),
        _ => (Cell::Text(source.categorise(Part::Task)?), Cell::None),
    };
    let says = vec![format!("{label:?}{labels:?}").into()];
    let cells = vec![label, labels, count(source.task.judgments.len())];
    Ok(vec![Drawn::new(cells, says, source.task.sources())])
}

fn chosen(source: &Source<'_>) -> Vec<String> {
    let answers = source.task.answers();
    let mut counts = BTreeMap::<&String, usize>::new();
    for answer in &answers {
        if let AnswerValue::Choices(chosen) = answer {
            chosen.iter().for_each(|option| *counts.entry(option).or_default() += 1);
        }
    }
    counts.into_iter().filter(|(_, count)| count * 2 > answers.len()).map(|(option, _)| option.clone()).collect()
}
