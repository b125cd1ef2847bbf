//! Texts and what was marked in them.

use stele_domain::{
    form::{AnswerValue, QuestionKind, Span, SpanText, SpansQuestion},
    task::ResponseIndex,
};
use stele_recipe::Recipe;

use super::{
    Drawn, Reason, Source,
    judge::Pseudonyms,
    marked::{self, Marks},
    model, model_column,
};
use crate::{
    replay::index,
    table::{Cell, Column, Columns, Kind},
};

/// The content field that a question's spans are in, if they are in one.
pub(super) fn field(kind: &QuestionKind) -> Option<&str> {
    match kind {
        QuestionKind::Spans(SpansQuestion { over: SpanText::Content(field), .. }) => Some(field),
        _ => None,
    }
}

pub(super) fn columns(recipe: &Recipe, kind: Option<&QuestionKind>) -> Vec<Column> {
    let span = Columns::new(vec![
        Column::new("start", Kind::Unsigned32),
        Column::new("end", Kind::Unsigned32),
        Column::new("label", Kind::Text),
    ]);
    let mut columns = Vec::new();
    if kind.and_then(field).is_none() {
        columns.extend([Column::new("completion", Kind::Text), model_column("model")]);
    }
    columns.push(Column::new("spans", Kind::list_of(Kind::Struct(span))));
    columns.extend(marked::columns(recipe));
    columns
}

/// A row for each who marked a text: the content field, or each of the responses. A text in which they marked nothing is a row
/// too.
pub(super) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let in_content = source.kind.and_then(field).is_some();
    let mut rows = Vec::new();
    for marks in marked::of(source) {
        let Some(AnswerValue::Spans(spans)) = marks.given.answer() else { continue };
        if in_content {
            rows.push(row(source, &marks, spans, None, pseudonyms)?);
        } else {
            for place in 0..source.task.responses.len() {
                rows.push(row(source, &marks, spans, Some(index(place)), pseudonyms)?);
            }
        }
    }
    if rows.is_empty() { Err(Reason::NotJudged) } else { Ok(rows) }
}

fn row<'a>(
    source: &'a Source<'_>,
    marks: &Marks<'_>,
    spans: &[Span],
    within: Option<ResponseIndex>,
    pseudonyms: &Pseudonyms<'_>,
) -> Result<Drawn<'a>, Reason> {
    let (mut cells, mut says) = (Vec::new(), Vec::new());
    if let Some(response) = within.and_then(|within| source.task.responses.get(usize::from(within.0))) {
        source.fits(response)?;
        cells.extend([response.text.as_str().into(), model(response)]);
        says.push(response.text.as_str().into());
    }
    let spans = spans.iter().filter(|span| span.response == within);
    let spans: Vec<Cell> = spans
        .map(|span| Cell::Struct(vec![span.start.into(), span.end.into(), span.label.as_str().into()]))
        .collect();
    says.push(format!("{spans:?}").into());
    cells.push(Cell::List(spans));
    Ok(marks.row(source, cells, says, pseudonyms))
}
