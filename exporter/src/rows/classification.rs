//! Texts and the categories that they belong to.

use std::collections::BTreeMap;

use stele_domain::form::AnswerValue;

use super::{Drawn, Reason, Source, count};
use crate::{
    replay::majority_of,
    table::{Cell, Column, Kind},
};

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::optional("label", Kind::Text),
        Column::optional("labels", Kind::list_of(Kind::Text)),
        Column::new("votes_total", Kind::Unsigned32),
    ]
}

/// A row of the category that more than half of all say; or, where several may be chosen, of all that more than half say.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let answers = source.task.answers();
    let total = u32::try_from(answers.len()).unwrap_or(u32::MAX);
    let several: Vec<&Vec<String>> = answers
        .iter()
        .filter_map(|answer| match answer {
            AnswerValue::Choices(chosen) => Some(chosen),
            _ => None,
        })
        .collect();
    let (label, labels) = if several.is_empty() {
        let categories = answers.iter().filter_map(|answer| answer.category());
        let (label, votes) = majority_of(categories).ok_or(Reason::NoMajority)?;
        source.agrees(votes, total)?;
        (Cell::Text(label), Cell::None)
    } else {
        let mut counts = BTreeMap::<&String, u32>::new();
        several.iter().flat_map(|chosen| chosen.iter()).for_each(|option| *counts.entry(option).or_default() += 1);
        let chosen = counts.into_iter().filter(|(_, count)| count * 2 > total).map(|(option, _)| option.clone());
        (Cell::None, chosen.collect::<Vec<_>>().into())
    };
    let says = vec![format!("{label:?}{labels:?}").into()];
    let cells = vec![label, labels, count(source.task.judgments.len())];
    Ok(vec![Drawn { cells, says, events: source.task.sources() }])
}
