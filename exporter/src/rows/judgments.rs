//! Every judgment by itself, with who gave it, by a pseudonym.

use std::borrow::Cow;

use serde_json::json;
use stele_domain::form::AnswerValue;
use stele_recipe::Recipe;

use super::{
    Drawn, Reason, Source,
    judge::{Pseudonyms, credit, last_cells, last_columns},
};
use crate::{
    replay::Judgment,
    table::{Column, Kind},
};

pub(super) fn columns(recipe: &Recipe) -> Vec<Column> {
    let mut columns = vec![
        Column::new("responses", Kind::list_of(Kind::Text)),
        Column::optional("models", Kind::list_of(Kind::Text)),
        Column::new("annotator", Kind::Text),
        Column::new("answer", Kind::Text),
    ];
    columns.extend(last_columns(recipe));
    columns
}

/// A row for each judgment, in the order in which they were made.
pub(super) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let responses = &source.task.responses;
    responses.iter().try_for_each(|response| source.fits(response))?;
    let texts: Vec<String> = responses.iter().map(|response| response.text.clone()).collect();
    let models: Option<Vec<String>> = responses.iter().map(|response| response.model.clone()).collect();
    let models = models.filter(|models| !models.is_empty());
    let (mut rows, mut erased) = (Vec::new(), false);
    for judgment in source.in_order() {
        let Some(answer) = answer(judgment)? else {
            erased = true;
            continue;
        };
        let annotator = pseudonyms.of(judgment.annotator);
        let mut cells =
            vec![texts.clone().into(), models.clone().into(), annotator.as_str().into(), answer.as_str().into()];
        cells.extend(last_cells(source.recipe, judgment));
        let mut says = vec![Cow::Owned(annotator), Cow::Owned(answer)];
        says.extend(responses.iter().map(|response| Cow::Borrowed(response.text.as_str())));
        let mut row = Drawn::new(cells, says, source.task.sources_of(&judgment.given));
        credit(&mut row, &judgment.given);
        if let Some(AnswerValue::Text(text)) = judgment.given.answer() {
            row.whose.insert(text.subject());
        }
        rows.push(row);
    }
    match rows.is_empty() {
        true if erased => Err(Reason::Erased),
        true => Err(Reason::NotJudged),
        false => Ok(rows),
    }
}

/// What was answered, as JSON in a text, so that every row has the same columns whatever was asked; nothing if it is gone with
/// whoever wrote it.
fn answer(judgment: &Judgment) -> Result<Option<String>, Reason> {
    let answer = judgment.given.answer().ok_or(Reason::NotJudged)?;
    let json = match answer {
        AnswerValue::Text(text) => match text.as_clear() {
            Some(text) => serde_json_canonicalizer::to_string(&json!({"text": text})),
            None => return Ok(None),
        },
        answer => serde_json_canonicalizer::to_string(answer),
    };
    json.map(Some).map_err(|_| Reason::NotJudged)
}
