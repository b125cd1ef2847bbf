//! Every number that somebody gave, by itself: for reward models that learn from raw scores.

use stele_domain::{form::AnswerValue, task::Response};
use stele_recipe::Recipe;

use super::{
    Drawn, Reason, Source,
    judge::{Pseudonyms, credit, last_cells, last_columns},
    model, model_column,
};
use crate::{
    replay::Judgment,
    table::{Cell, Column, Kind},
};

pub(super) fn columns(recipe: &Recipe) -> Vec<Column> {
    let mut columns = vec![
        Column::optional("completion", Kind::Text),
        model_column("model"),
        Column::new("score", Kind::Float),
        Column::new("annotator", Kind::Text),
    ];
    columns.extend(last_columns(recipe));
    columns
}

/// A row for each number: for each response, or for the task as a whole. What a task's only response is of is known then too.
pub(super) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let responses = &source.task.responses;
    responses.iter().try_for_each(|response| source.fits(response))?;
    let only = match responses.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let mut rows = Vec::new();
    for judgment in source.in_order() {
        let row = |response, score| row(source, judgment, response, score, pseudonyms);
        match judgment.given.answer() {
            Some(AnswerValue::Rating(rating)) => rows.push(row(only, f64::from(*rating))),
            Some(AnswerValue::Scalar(scalar)) => rows.push(row(only, *scalar)),
            _ => {
                let numbers = judgment.given.numbers();
                // numbers for a version of the task with other responses don't count
                let is_of_these = numbers.len() == responses.len();
                let each = numbers.into_iter().zip(responses).filter(|_| is_of_these);
                rows.extend(each.map(|(score, response)| row(Some(response), score)));
            }
        }
    }
    if rows.is_empty() { Err(Reason::NotJudged) } else { Ok(rows) }
}

fn row<'a>(
    source: &Source<'_>,
    judgment: &Judgment,
    response: Option<&'a Response>,
    score: f64,
    pseudonyms: &Pseudonyms<'_>,
) -> Drawn<'a> {
    let annotator = pseudonyms.of(judgment.annotator);
    let completion = response.map(|response| response.text.as_str());
    let mut cells =
        vec![completion.into(), response.map_or(Cell::None, model), score.into(), annotator.as_str().into()];
    cells.extend(last_cells(source.recipe, judgment));
    let mut says = vec![annotator.into(), score.to_string().into()];
    says.extend(completion.map(Into::into));
    let mut row = Drawn::new(cells, says, source.task.sources_of(&judgment.given));
    credit(&mut row, &judgment.given);
    row
}
