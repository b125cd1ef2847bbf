//! The best response to each prompt, or what somebody wrote in its place, for supervised fine-tuning: TRL's prompt-completion
//! format.

use stele_domain::{
    form::{AnswerValue, QuestionKind},
    task::Response,
};
use stele_recipe::Style;

use super::{
    Drawn, Reason, Source, message, model, model_column,
    preference::{ONLY_PAIR, preferred, some_or_first_reason},
    ranking::ranks,
};
use crate::{
    replay::Given,
    table::{Cell, Column},
};

pub(super) fn columns(style: Style) -> Vec<Column> {
    vec![Column::new("completion", message::kind(style)), model_column("model")]
}

/// A row of the response that is better than all others: the chosen one of a pair, or the one of the highest rank. Of texts that
/// people wrote, a row for each.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    if matches!(source.kind, Some(QuestionKind::Text(_))) {
        return some_or_first_reason(source.task.given().into_iter().map(|given| written(source, given)));
    }
    let best = best(source)?;
    source.fits(best)?;
    let cells = vec![source.said(best), model(best)];
    Ok(vec![Drawn::new(cells, vec![best.text.as_str().into()], source.task.sources())])
}

fn best<'a>(source: &'a Source<'_>) -> Result<&'a Response, Reason> {
    let responses = &source.task.responses;
    if source.is_pair() {
        if responses.len() != 2 {
            return Err(Reason::NotAPair);
        }
        return Ok(preferred(source, ONLY_PAIR)?.chosen);
    }
    let ranks = ranks(source);
    let mut first = ranks.iter().zip(responses).filter(|(rank, _)| **rank == 1).map(|(_, response)| response);
    match (first.next(), first.next()) {
        (Some(best), None) if ranks.len() == responses.len() => Ok(best),
        (Some(_), Some(_)) => Err(Reason::MajorityTie),
        _ => Err(Reason::NoResponses),
    }
}

/// What somebody wrote, which no model did.
fn written<'a>(source: &'a Source<'_>, given: &'a Given) -> Result<Drawn<'a>, Reason> {
    let Some(AnswerValue::Text(text)) = given.answer() else { return Err(Reason::NotJudged) };
    let written = text.as_clear().ok_or(Reason::Erased)?;
    source.fits_text(written)?;
    let cells = vec![message::said(source.recipe.style, written), Cell::None];
    let mut row = Drawn::new(cells, vec![written.as_str().into()], source.task.sources_of(given));
    row.whose.insert(text.subject());
    Ok(row)
}
